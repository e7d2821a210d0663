// A batch whose loss is not finite is refused, and nothing has moved.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/nn/extra_state.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::train {
namespace {

using quantization::QatPhase;
using quantization::QConfig;

// Everything that training moves.
std::vector<State::Entry> everything(const nn::Module& model, const optim::Optimizer& optimizer) {
  State state;
  for (const auto& [name, tensor] : model.state_dict()) {
    const std::span<const float> values = tensor.data();
    state.add(name, State::Floats(values.begin(), values.end()));
  }
  state.add("extra", nn::extra_state_of(model));
  state.add("optimizer", optimizer.state());
  return state.entries();
}

data::Batch good(const Shape& sample, Rng& rng) {
  return {.inputs = small::batch(sample, 4, rng), .targets = {}, .labels = {0, 1, 2, 3}};
}

// A finite input too large for the network.
data::Batch huge(const Shape& sample, Rng& rng) {
  data::Batch batch = good(sample, rng);
  for (float& value : batch.inputs.data()) value *= 1e37f;
  return batch;
}

Loss infinite() {
  return [](const Tensor& output, const data::Batch& batch) {
    return cross_entropy()(output, batch) * std::numeric_limits<float>::infinity();
  };
}

void expect_nothing_moves(nn::Module& model, const Shape& sample) {
  Rng rng(7);
  optim::Adam adam(model.parameters(), {.learning_rate = 0.01f});
  (void)train_step({model, adam, cross_entropy()}, good(sample, rng));
  const auto before = everything(model, adam);
  EXPECT_THROW((void)train_step({model, adam, infinite()}, good(sample, rng)), Error);
  EXPECT_EQ(everything(model, adam), before);
  const Loss throws = [](const Tensor&, const data::Batch&) -> Tensor { throw Error("no"); };
  EXPECT_THROW((void)train_step({model, adam, throws}, good(sample, rng)), Error);
  EXPECT_EQ(everything(model, adam), before);
  const Loss nan_of_huge = [](const Tensor& output, const data::Batch&) {
    return ops::sum(output) * std::numeric_limits<float>::quiet_NaN();
  };
  EXPECT_THROW((void)train_step({model, adam, nan_of_huge}, huge(sample, rng)), Error);
  EXPECT_EQ(everything(model, adam), before);
}

TEST(RefusedStep, MovesNoStatisticsAndNoRandomStream) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    Rng rng(1);
    const auto model = example.make(rng);
    model->append(std::make_shared<nn::Dropout>(0.25f, 5));
    expect_nothing_moves(*model, example.sample);
  }
}

TEST(RefusedStep, MovesNoObserverAndNoCounter) {
  using quantization::ObserverKind;
  for (const ObserverKind kind :
       {ObserverKind::kMinMax, ObserverKind::kMovingAverage, ObserverKind::kPercentile,
        ObserverKind::kHistogram, ObserverKind::kEntropy}) {
    for (const QatPhase phase : {QatPhase::kCalibrate, QatPhase::kQuantize}) {
      for (const small::Example& example : small::every_example()) {
        SCOPED_TRACE(example.name);
        Rng rng(2);
        const auto model = example.make(rng);
        const auto net = quantization::prepare_network(*model, {.observer = kind});
        (void)net->forward(small::batch(example.sample, 8, rng));
        net->set_phase(phase);
        expect_nothing_moves(*net, example.sample);
      }
    }
  }
}

TEST(RefusedStep, LeavesSchedulesOfQuantizationWhereTheyWere) {
  Rng rng(3);
  const auto model = small::cnn(rng);
  QConfig config{.weight_quantizer = quantization::WeightQuantizer::kLsq};
  config.quantize_after_step = 1;
  config.freeze_observers_after_step = 1;
  config.freeze_batch_norm_after_step = 1;
  const auto net = quantization::prepare_network(*model, config);
  (void)net->forward(small::batch({2, 8, 8}, 8, rng));
  net->set_phase(QatPhase::kQuantize);
  expect_nothing_moves(*net, {2, 8, 8});  // the refused step is the one that switches
  EXPECT_FALSE(net->observers_frozen());
}

// Input and weights are finite, the second layer's output is not: the first observers have seen it.
TEST(RefusedStep, OfCalibrationMovesNoObserver) {
  Rng rng(4);
  const auto model = small::sequence(
      {std::make_shared<nn::Linear>(4, 4, rng), std::make_shared<nn::Linear>(4, 4, rng)});
  for (float& value : Tensor(model->parameters()[0]).data()) value = 1e3f;
  const auto net = quantization::prepare_network(*model, {});
  net->eval();
  (void)net->forward(small::batch({4}, 8, rng));
  const auto before = nn::extra_state_of(*net).entries();
  EXPECT_THROW((void)net->forward(Tensor::full({2, 4}, 1e37f)), Error);
  EXPECT_EQ(nn::extra_state_of(*net).entries(), before);
}

TEST(RefusedStep, LeavesTheLearningRateOfTheLastStepTaken) {
  Rng rng(5);
  const auto model = small::mlp(rng);
  optim::Adam adam(model->parameters(), {.learning_rate = 0.5f});
  const data::TensorDataset examples(small::batch({12}, 8, rng), std::vector<std::int64_t>(8, 1));
  data::DataLoader loader(examples, {.batch_size = 4});
  int calls = 0;
  const Loss second_is_nan = [&](const Tensor& output, const data::Batch& batch) {
    const float factor = ++calls == 2 ? std::numeric_limits<float>::quiet_NaN() : 1.0f;
    return cross_entropy()(output, batch) * factor;
  };
  Trainer trainer(*model, adam, second_is_nan, {.schedule = [](std::int64_t step) {
    return 0.25f / static_cast<float>(step + 1);
  }});
  EXPECT_THROW(trainer.fit(loader, 1), Error);
  EXPECT_EQ(trainer.steps_seen(), 1);
  EXPECT_EQ(adam.learning_rate(), 0.25f);
}

}  // namespace
}  // namespace tinytorch::train
