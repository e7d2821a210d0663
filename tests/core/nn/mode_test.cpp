// Training and eval mode: what is frozen by hand stays frozen, whoever changes the mode for a
// while.
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/compression/structured.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/nn/mode_guard.h"
#include "tinytorch/nn/summary.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/profiling/profile.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/roads.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch {
namespace {

void collect(const nn::Module& module, std::vector<bool>& modes) {
  modes.push_back(module.training());
  for (const auto& [name, child] : module.children()) collect(*child, modes);
}

std::vector<bool> modes(const nn::Module& module) {
  std::vector<bool> found;
  collect(module, found);
  return found;
}

// A network in training with its first batch norm frozen.
struct Frozen {
  Rng rng{1};
  std::shared_ptr<nn::Sequential> model = small::cnn(rng);
  std::shared_ptr<nn::BatchNorm2d> norm =
      std::dynamic_pointer_cast<nn::BatchNorm2d>(model->layers()[1]);
  data::TensorDataset examples{small::batch({2, 8, 8}, 12, rng), std::vector<std::int64_t>(12, 1)};
  data::DataLoader loader{examples, {.batch_size = 4}};
  std::vector<bool> before;

  Frozen() {
    norm->eval();
    before = modes(*model);
  }
};

TEST(Mode, OfEveryLayerComesBackAfterEvaluate) {
  Frozen f;
  (void)train::evaluate(*f.model, f.loader, train::cross_entropy());
  EXPECT_EQ(modes(*f.model), f.before);
  const train::Loss throws = [](const Tensor&, const data::Batch&) -> Tensor { throw Error("no"); };
  EXPECT_ERROR(train::evaluate(*f.model, f.loader, throws), "no");
  EXPECT_EQ(modes(*f.model), f.before);
}

TEST(Mode, OfAFrozenLayerStaysWhileAnEpochTrains) {
  Frozen f;
  optim::SGD sgd(f.model->parameters(), {.learning_rate = 0.01f});
  train::Trainer trainer(*f.model, sgd, train::cross_entropy(), {.validation = &f.loader});
  (void)trainer.fit(f.loader, 2);
  EXPECT_EQ(modes(*f.model), f.before);
  EXPECT_EQ(f.norm->running_mean().data()[0], 0.0f);
  const auto second = std::dynamic_pointer_cast<nn::BatchNorm2d>(f.model->layers()[5]);
  EXPECT_NE(second->running_mean().data()[0], 0.0f);
}

TEST(Mode, OfAModelInEvalModeBecomesTrainingInFit) {
  Frozen f;
  f.model->eval();
  optim::SGD sgd(f.model->parameters(), {.learning_rate = 0.01f});
  train::Trainer(*f.model, sgd, train::cross_entropy()).fit(f.loader, 1);
  for (const bool training : modes(*f.model)) EXPECT_TRUE(training);
}

TEST(Mode, ComesBackAfterSummaryProfileAndPtq) {
  Frozen f;
  (void)nn::summary(*f.model, Shape{1, 2, 8, 8});
  EXPECT_EQ(modes(*f.model), f.before);
  (void)profiling::profile_model(*f.model, Shape{2, 2, 8, 8}, {.warmup = 0, .samples = 1});
  EXPECT_EQ(modes(*f.model), f.before);
  (void)quantization::ptq(*f.model, f.examples.get(std::vector<std::int64_t>{0, 1, 2}).inputs);
  EXPECT_EQ(modes(*f.model), f.before);
  (void)quantization::ptq(*f.model, f.loader);
  EXPECT_EQ(modes(*f.model), f.before);
  EXPECT_THROW((void)quantization::ptq(*f.model, Tensor::ones({1, 3, 8, 8})), Error);
  EXPECT_EQ(modes(*f.model), f.before);
}

TEST(Mode, OfAFrozenLayerStaysInQuantizationAwareTraining) {
  Frozen f;
  const auto net = quantization::prepare_network(*f.model, {});
  optim::SGD sgd(net->parameters(), {.learning_rate = 0.01f});
  train::Trainer(*net, sgd, train::cross_entropy()).fit(f.loader, 1);
  EXPECT_EQ(modes(*f.model), f.before);
  EXPECT_EQ(f.norm->running_mean().data()[0], 0.0f);
}

TEST(Mode, OfANetworkPreparedInEvalModeBecomesTrainingInFit) {
  Frozen f;
  f.model->eval();
  const auto net = quantization::prepare_network(*f.model, {});
  optim::SGD sgd(net->parameters(), {.learning_rate = 0.01f});
  train::Trainer(*net, sgd, train::cross_entropy()).fit(f.loader, 1);
  for (const bool training : modes(*net)) EXPECT_TRUE(training);
}

// PyTorch's idiom: a module that keeps a part of itself frozen.
class KeepsNormFrozen : public nn::Module {
 public:
  KeepsNormFrozen() { train(); }
  Tensor forward(const Tensor& x) override { return norm_->forward(x); }
  void train(bool on = true) override {
    Module::train(on);
    norm_->eval();
    ++calls;
  }
  int calls = 0;

 private:
  std::shared_ptr<nn::BatchNorm2d> norm_ = register_module("norm", nn::BatchNorm2d(2));
};

TEST(Mode, IsTheModulesOwnToOverride) {
  auto inner = std::make_shared<KeepsNormFrozen>();
  nn::Sequential model({inner});
  model.eval();
  model.train();
  EXPECT_EQ(inner->calls, 3);
  EXPECT_EQ(modes(model), (std::vector<bool>{true, true, false}));
  { const nn::ModeGuard eval(model, false); }
  EXPECT_EQ(modes(model), (std::vector<bool>{true, true, false}));
}

TEST(Mode, OfShrunkLayersIsThatOfTheirOriginals) {
  Rng rng(2);
  const nn::Sequential model({small::conv(2, 4, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(4),
                              std::make_shared<nn::Dropout>(0.5f, 1),
                              std::make_shared<nn::Flatten>(),
                              std::make_shared<nn::Linear>(4 * 16, 3, rng)});
  model.layers()[1]->eval();
  model.layers()[2]->eval();
  const auto small = compression::shrink(model, compression::plan_pruning(model, 0.5));
  EXPECT_EQ(modes(*small), modes(model));
}

}  // namespace
}  // namespace tinytorch
