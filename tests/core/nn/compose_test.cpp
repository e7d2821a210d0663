#include "tinytorch/nn/compose.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::nn {
namespace {

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data().begin(), tensor.data().end()};
}

TEST(Compose, SequentialTakesLayersByValue) {
  auto model = sequential(Linear(4, 3), ReLU(), sequential(Linear(3, 2), Dropout(0.5f)));
  EXPECT_EQ(model.describe(),
            "Sequential(Linear(4, 3), ReLU(), Sequential(Linear(3, 2), Dropout(p=0.5)))");
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.named_parameters()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "0.bias", "2.0.weight", "2.0.bias"}));
  EXPECT_EQ(model(Tensor::zeros({5, 4})).shape(), (Shape{5, 2}));
  model.eval();
  EXPECT_FALSE(model.layers()[2]->children()[1].second->training());
}

// Layers made one after the other draw in that order, whatever the compiler.
TEST(Compose, ComputesWhatTheSameLayersComputeByHand) {
  manual_seed(3);
  Linear first(4, 3);
  Linear second(3, 2);
  auto model = sequential(first, ReLU(), second);
  Rng rng(3);
  Sequential made({std::make_shared<Linear>(4, 3, rng), std::make_shared<ReLU>(),
                   std::make_shared<Linear>(3, 2, rng)});
  const Tensor x = Tensor::randn({5, 4});
  EXPECT_EQ(values(model(x)), values(made(x)));
}

TEST(Compose, SharedLayersStayTheSameObjectAndCopiesShareParameters) {
  auto shared = std::make_shared<Linear>(2, 2);
  const Linear copied(2, 2);
  auto model = sequential(shared, copied);
  EXPECT_EQ(model.layers()[0].get(), shared.get());
  EXPECT_NE(model.layers()[1].get(), &copied);
  EXPECT_TRUE(model.parameters()[2].shares_storage_with(copied.weight()));
  EXPECT_ERROR(sequential(std::shared_ptr<Linear>()), "null");
}

TEST(Compose, ResidualAddsItsShortcut) {
  auto block = residual(sequential(Linear(4, 4), ReLU()));
  EXPECT_EQ(block.describe(), "Residual(Sequential(Linear(4, 4), ReLU()), Identity())");
  auto wider = residual(Linear(4, 6), Linear(4, 6));
  EXPECT_EQ(wider(Tensor::zeros({2, 4})).shape(), (Shape{2, 6}));
}

// A module as a user writes one.
class Net : public Module {
 public:
  Tensor forward(const Tensor& x) override { return fc2_->forward(fc1_->forward(x).relu()); }

 private:
  std::shared_ptr<Linear> fc1_ = register_module("fc1", Linear(4, 8));
  std::shared_ptr<Linear> fc2_ = register_module("fc2", Linear(8, 2, {.bias = false}));
};

TEST(Compose, AModuleOfOnesOwnRegistersLayersByValue) {
  Net net;
  EXPECT_EQ(net(Tensor::zeros({3, 4})).shape(), (Shape{3, 2}));
  EXPECT_EQ(net.named_parameters().size(), 3u);
  EXPECT_EQ(net.named_parameters()[0].first, "fc1.weight");
  EXPECT_EQ(net.describe(), "Module(Linear(4, 8), Linear(8, 2, bias=False))");
}

TEST(DefaultRng, ASeedGivesTheSameLayersAgain) {
  manual_seed(42);
  const Linear first(8, 8);
  const Conv2d conv(1, 2, 3);
  manual_seed(42);
  const Linear second(8, 8);
  const Conv2d again(1, 2, 3);
  EXPECT_EQ(values(first.weight()), values(second.weight()));
  EXPECT_EQ(values(first.bias()), values(second.bias()));
  EXPECT_EQ(values(conv.weight()), values(again.weight()));
  Rng rng(42);
  EXPECT_EQ(values(Linear(8, 8, rng).weight()), values(first.weight()));
  manual_seed(43);
  EXPECT_NE(values(Linear(8, 8).weight()), values(first.weight()));
}

TEST(DefaultRng, TwoDropoutLayersDropDifferentValues) {
  manual_seed(0);
  Dropout first(0.5f);
  Dropout second(0.5f);
  const Tensor x = Tensor::ones({64});
  EXPECT_NE(values(first(x)), values(second(x)));
}

TEST(DefaultRng, DrawsTensorsAndGpts) {
  manual_seed(7);
  const Tensor x = Tensor::randn({3});
  const Gpt first(
      {.vocab_size = 5, .context_length = 4, .num_layers = 1, .num_heads = 1, .embed_dim = 4});
  manual_seed(7);
  EXPECT_EQ(values(Tensor::randn({3})), values(x));
  const Gpt second(
      {.vocab_size = 5, .context_length = 4, .num_layers = 1, .num_heads = 1, .embed_dim = 4});
  EXPECT_EQ(values(first.parameters()[0]), values(second.parameters()[0]));
}

}  // namespace
}  // namespace tinytorch::nn
