// Layers that stand twice, and layers that do not learn, in quantization-aware training.
#include <gtest/gtest.h>

#include "tests/support/small_networks.h"
#include "tinytorch/losses/mse.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

std::shared_ptr<QatNetwork> trained(const nn::Sequential& model, const QConfig& config,
                                    const Tensor& x) {
  const auto net = prepare_network(model, config);
  (void)net->forward(x);
  net->set_phase(QatPhase::kQuantize);
  optim::Adam adam(net->parameters(), {.learning_rate = 0.01f});
  for (int i = 0; i < 4; ++i) {
    adam.zero_grad();
    const Tensor y = net->forward(x);
    losses::mse_loss(y, Tensor::ones(y.shape())).backward();
    adam.step();
  }
  net->eval();
  return net;
}

TEST(TiedLayers, AreTrainedOnceAndDeployedTwice) {
  Rng rng(1);
  const auto twice = std::make_shared<nn::Linear>(6, 6, rng);
  const nn::Sequential model({twice, std::make_shared<nn::ReLU>(), twice});
  const std::vector<float> before = values(twice->weight());
  const Tensor x = small::batch({6}, 16, rng);
  for (const WeightQuantizer quantizer :
       {WeightQuantizer::kStraightThrough, WeightQuantizer::kLsq}) {
    const auto net = trained(model, {.weight_quantizer = quantizer}, x);
    EXPECT_NE(values(twice->weight()), before);
    EXPECT_EQ(values(convert_network(*net).forward(x)), values(net->forward(x)));
  }
}

TEST(FrozenLayers, KeepTheirWeightsWhileOthersLearn) {
  Rng rng(2);
  const auto model = small::mlp(rng);
  for (Tensor parameter : model->layers()[0]->parameters()) parameter.set_requires_grad(false);
  const std::vector<float> frozen = values(model->parameters()[0]);
  const std::vector<float> learning = values(model->parameters()[2]);
  const Tensor x = small::batch({12}, 16, rng);
  const auto net = trained(*model, {}, x);
  EXPECT_EQ(values(model->parameters()[0]), frozen);
  EXPECT_NE(values(model->parameters()[2]), learning);
  EXPECT_EQ(values(convert_network(*net).forward(x)), values(net->forward(x)));
}

}  // namespace
}  // namespace tinytorch::quantization
