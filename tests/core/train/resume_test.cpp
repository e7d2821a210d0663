// One epoch, saved, loaded into new objects, and one epoch more: bit for bit two epochs.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/compression/gradual.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/nn/extra_state.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/weight_qat.h"
#include "tinytorch/train/checkpoint.h"
#include "tinytorch/train/early_stopping.h"
#include "tinytorch/train/history.h"
#include "tinytorch/train/safetensors.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::train {
namespace {

using testing_support::TemporaryFile;

enum class Kind { kFloat, kQat, kQatLsq, kWeightQat, kPruning };
enum class Step { kMomentum, kNesterov, kAdam, kAdamW };

struct Setting {
  bool images;
  Step step;
  bool schedule;
  Kind kind;
  quantization::ObserverKind observer = quantization::ObserverKind::kMovingAverage;
};

std::shared_ptr<nn::Sequential> network(bool images, Rng& rng) {
  auto model = images ? small::cnn(rng) : small::mlp(rng);
  model->append(std::make_shared<nn::Dropout>(0.2f, 11));
  return model;
}

// All that takes part in one run.
struct Training {
  explicit Training(const Setting& chosen, std::uint64_t seed = 1)
      : rng(seed),
        data_rng(99),
        examples(small::batch(chosen.images ? Shape{2, 8, 8} : Shape{12}, 20, data_rng), labels()),
        loader(examples, {.batch_size = 6, .shuffle = true, .seed = 4}),
        plain(network(chosen.images, rng)),
        setting(chosen) {
    model = plain;
    if (chosen.kind == Kind::kQat || chosen.kind == Kind::kQatLsq) prepare();
    optimizer = make_optimizer();
    TrainerOptions options;
    options.clip_norm = 1.0f;
    if (chosen.schedule) {
      options.schedule = [](std::int64_t step) { return 0.02f / static_cast<float>(step + 1); };
    }
    options.validation = &validation;
    history = std::make_shared<History>();
    options.callbacks = {history, std::make_shared<EarlyStopping>(
                                      EarlyStoppingOptions{.patience = 3, .restore_best = false})};
    if (chosen.kind == Kind::kPruning) {
      options.callbacks.push_back(std::make_shared<compression::GradualPruner>(
          compression::prunable_weights(*plain),
          compression::PruningSchedule{.final = 0.6, .begin = 1, .every = 2, .updates = 2},
          compression::Scope::kGlobal));
    }
    trainer = std::make_unique<Trainer>(*model, *optimizer, cross_entropy(), options);
    if (chosen.kind == Kind::kWeightQat) {
      weights = std::make_unique<quantization::WeightQat>(
          *plain, quantization::WeightQatOptions{.bits = 6, .start_step = 2});
    }
  }

  void epochs(std::int64_t count) {
    if (weights == nullptr) {
      (void)trainer->fit(loader, count);
    } else {
      for (std::int64_t i = 0; i < count; ++i) quantized_epoch();
    }
  }

  void quantized_epoch() {
    model->enter_training();
    loader.start_epoch();
    for (data::Batch batch; loader.next(batch);) {
      optimizer->zero_grad();
      weights->train_step([&] { cross_entropy()(model->forward(batch.inputs), batch).backward(); });
      optimizer->step();
    }
  }

  Parts parts() {
    Parts all{{"optimizer", optimizer.get()}, {"trainer", trainer.get()}, {"loader", &loader}};
    if (weights != nullptr) all.emplace_back("weight_qat", weights.get());
    return all;
  }

  // Everything but the times.
  std::vector<State::Entry> everything() {
    State state;
    for (const auto& [name, tensor] : model->state_dict()) {
      const std::span<const float> values = tensor.data();
      state.add(name, State::Floats(values.begin(), values.end()));
    }
    state.add("model", nn::extra_state_of(*model));
    state.add("optimizer", optimizer->state());
    state.add("loader", loader.state());
    state.add("steps", trainer->steps_seen());
    state.add("losses", history->step_losses());
    state.add("early_stopping", trainer->state().below("callback.1"));
    if (setting.kind == Kind::kPruning) state.add("pruner", trainer->state().below("callback.2"));
    if (weights != nullptr) state.add("weights", weights->state());
    return state.entries();
  }

  Rng rng;
  Rng data_rng;
  data::TensorDataset examples;
  data::DataLoader loader;
  data::DataLoader validation{examples, {.batch_size = 7}};
  std::shared_ptr<nn::Sequential> plain;
  Setting setting;
  std::shared_ptr<nn::Module> model;
  std::unique_ptr<optim::Optimizer> optimizer;
  std::shared_ptr<History> history;
  std::unique_ptr<Trainer> trainer;
  std::unique_ptr<quantization::WeightQat> weights;

 private:
  static std::vector<std::int64_t> labels() {
    std::vector<std::int64_t> labels(20);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % 5);
    return labels;
  }

  void prepare() {
    quantization::QConfig config{.observer = setting.observer};
    if (setting.kind == Kind::kQatLsq) {
      config.weight_quantizer = quantization::WeightQuantizer::kLsq;
      config.quantize_after_step = 5;  // in the second epoch
      config.freeze_observers_after_step = 6;
      config.freeze_batch_norm_after_step = 6;
    }
    const auto net = quantization::prepare_network(*plain, config);
    Rng calibration(5);
    (void)net->forward(small::batch(setting.images ? Shape{2, 8, 8} : Shape{12}, 8, calibration));
    net->set_phase(quantization::QatPhase::kQuantize);
    model = net;
  }

  std::unique_ptr<optim::Optimizer> make_optimizer() {
    const auto parameters = model->parameters();
    switch (setting.step) {
      case Step::kMomentum:
        return std::make_unique<optim::SGD>(
            parameters, optim::SGDOptions{.learning_rate = 0.02f, .momentum = 0.9f});
      case Step::kNesterov:
        return std::make_unique<optim::SGD>(
            parameters,
            optim::SGDOptions{.learning_rate = 0.02f, .momentum = 0.9f, .nesterov = true});
      case Step::kAdam:
        return std::make_unique<optim::Adam>(parameters,
                                             optim::AdamOptions{.learning_rate = 0.02f});
      default:
        return std::make_unique<optim::AdamW>(
            parameters, optim::AdamOptions{.learning_rate = 0.02f, .weight_decay = 0.01f});
    }
  }
};

void expect_resumes(const Setting& setting) {
  const TemporaryFile file("resume.safetensors");
  manual_seed(3);
  Training whole(setting);
  whole.epochs(2);
  const float next = default_rng().uniform();
  manual_seed(3);
  Training first(setting);
  first.epochs(1);
  save_checkpoint(file.path(), *first.model, first.parts());
  Training resumed(setting, 2);  // other weights
  load_checkpoint(file.path(), *resumed.model, resumed.parts());
  resumed.epochs(1);
  EXPECT_EQ(default_rng().uniform(), next);
  const auto expected = whole.everything();
  const auto got = resumed.everything();
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].first, expected[i].first);
    EXPECT_TRUE(got[i].second == expected[i].second) << got[i].first;
  }
}

TEST(Resume, IsTheSameRunForEveryCombination) {
  for (const bool images : {false, true}) {
    for (const Step step : {Step::kMomentum, Step::kNesterov, Step::kAdam, Step::kAdamW}) {
      for (const bool schedule : {false, true}) {
        for (const Kind kind :
             {Kind::kFloat, Kind::kQat, Kind::kQatLsq, Kind::kWeightQat, Kind::kPruning}) {
          SCOPED_TRACE(::testing::Message()
                       << "images " << images << ", optimizer " << static_cast<int>(step)
                       << ", schedule " << schedule << ", kind " << static_cast<int>(kind));
          expect_resumes({images, step, schedule, kind});
        }
      }
    }
  }
}

TEST(Resume, HoldsForEveryObserver) {
  using quantization::ObserverKind;
  for (const ObserverKind observer : {ObserverKind::kMinMax, ObserverKind::kPercentile,
                                      ObserverKind::kHistogram, ObserverKind::kEntropy}) {
    expect_resumes({true, Step::kAdam, false, Kind::kQat, observer});
  }
}

TEST(Resume, KeepsTheLearningRate) {
  const TemporaryFile file("rate.safetensors");
  Rng rng(1);
  const auto model = small::mlp(rng);
  optim::Adam adam(model->parameters(), {.learning_rate = 0.5f});
  adam.set_learning_rate(0.125f);
  save_checkpoint(file.path(), *model, &adam);
  optim::Adam fresh(model->parameters(), {.learning_rate = 0.5f});
  load_checkpoint(file.path(), *model, &fresh);
  EXPECT_EQ(fresh.learning_rate(), 0.125f);
}

TEST(Resume, EarlyStoppingGoesOnWaiting) {
  Rng rng(1);
  const auto model = small::mlp(rng);
  optim::SGD sgd(model->parameters(), {.learning_rate = 0.0f});
  const data::TensorDataset examples(small::batch({12}, 8, rng), std::vector<std::int64_t>(8, 1));
  data::DataLoader loader(examples, {.batch_size = 8});
  const auto trainer = [&] {
    return std::make_unique<Trainer>(
        *model, sgd, cross_entropy(),
        TrainerOptions{
            .validation = &loader,
            .callbacks = {std::make_shared<EarlyStopping>(EarlyStoppingOptions{.patience = 2})}});
  };
  const auto first = trainer();
  (void)first->fit(loader, 2);  // best in the first epoch, one waited
  const auto second = trainer();
  second->load_state(first->state());
  EXPECT_EQ(second->fit(loader, 9).size(), 1u);
}

TEST(Resume, NamesWhatIsMissingUnknownOrOfAnotherSize) {
  const TemporaryFile file("resume.safetensors");
  const Setting setting{true, Step::kAdam, false, Kind::kQat};
  Training run(setting);
  save_checkpoint(file.path(), *run.model, run.parts());
  Training other(setting, 2);
  other.epochs(1);
  const auto before = other.everything();
  const auto refused = [&](const std::string& name, auto change, const char* message) {
    SafeTensors content = read_safetensors(file.path());
    const auto at = std::find_if(content.tensors.begin(), content.tensors.end(),
                                 [&](const StoredTensor& t) { return t.name == name; });
    ASSERT_NE(at, content.tensors.end()) << name;
    change(content.tensors, at);
    const TemporaryFile bad("bad.safetensors");
    write_safetensors(bad.path(), content);
    EXPECT_ERROR(load_checkpoint(bad.path(), *other.model, other.parts()), message);
    EXPECT_EQ(other.everything(), before) << name;
  };
  const auto erase = [](auto& tensors, auto at) { tensors.erase(at); };
  const auto rename = [](auto&, auto at) { at->name += "x"; };
  const auto shorten = [](auto&, auto at) {
    at->shape = Shape{0};
    at->bytes.clear();
  };
  for (const char* name : {"training.optimizer.0.step", "training.loader.position",
                           "training.model.phase", "training.model.observer.0.range",
                           "training.trainer.steps", "training.default_rng.rng.words"}) {
    const std::string last = std::string(name).substr(std::string(name).rfind('.') + 1);
    refused(name, erase, last.c_str());
    refused(name, rename, last.c_str());
    refused(name, shorten, last.c_str());
  }
  Parts fewer = other.parts();
  fewer.pop_back();
  EXPECT_ERROR(load_checkpoint(file.path(), *other.model, fewer), "unknown training.loader.");
  Parts more = other.parts();
  compression::GradualPruner pruner{std::vector<compression::MaskedWeight>{}};
  more.emplace_back("pruner", &pruner);
  EXPECT_ERROR(load_checkpoint(file.path(), *other.model, more), "steps is missing");
}

TEST(Resume, RefusesTheOldFormatAndSaysWhatToDo) {
  const TemporaryFile file("old.safetensors");
  Rng rng(1);
  const auto model = small::mlp(rng);
  SafeTensors old;
  for (const auto& [name, tensor] : model->state_dict()) old.tensors.push_back(store(name, tensor));
  old.tensors.push_back(store("optimizer.steps", Tensor::scalar(3.0f)));
  write_safetensors(file.path(), old);
  const auto other = small::mlp(rng);
  EXPECT_ERROR(load_checkpoint(file.path(), *other), "load_weights() reads the model in it");
  load_weights(file.path(), *other);
  EXPECT_EQ(other->parameters()[0].at({0, 0}), model->parameters()[0].at({0, 0}));
}

TEST(Resume, RefusesPartsWithoutANameOfTheirOwn) {
  const TemporaryFile file("parts.safetensors");
  Rng rng(1);
  const auto model = small::mlp(rng);
  optim::SGD sgd(model->parameters(), {});
  for (const Parts& parts :
       {Parts{{"model", &sgd}}, Parts{{"default_rng", &sgd}}, Parts{{"", &sgd}},
        Parts{{"a.b", &sgd}}, Parts{{"a", nullptr}}, Parts{{"a", &sgd}, {"a", &sgd}}}) {
    EXPECT_ERROR(save_checkpoint(file.path(), *model, parts), "checkpoint: part");
  }
}

}  // namespace
}  // namespace tinytorch::train
