// A layer without a bias is a layer whose bias is 0, on every road to integers.
#include <gtest/gtest.h>

#include "tests/support/small_networks.h"
#include "tinytorch/autograd/reduction.h"
#include "tinytorch/losses/mse.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/roads.h"

namespace tinytorch::quantization {
namespace {

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

std::shared_ptr<nn::Linear> linear(std::int64_t in, std::int64_t out, bool bias, Rng& rng) {
  return std::make_shared<nn::Linear>(in, out, nn::LinearOptions{.bias = bias}, rng);
}

std::shared_ptr<nn::Sequential> chain(bool bias) {
  Rng rng(1);
  return small::sequence(
      {linear(12, 8, bias, rng), std::make_shared<nn::ReLU>(), linear(8, 5, bias, rng)});
}

std::shared_ptr<nn::Conv2d> convolution(std::int64_t in, std::int64_t out, std::int64_t groups,
                                        bool bias, Rng& rng) {
  const nn::Conv2dOptions options{.padding = 1, .groups = groups, .bias = bias};
  return std::make_shared<nn::Conv2d>(in, out, 3, options, rng);
}

// Convolutions with nothing behind them, with a ReLU, and in a block.
std::shared_ptr<nn::Sequential> images(bool bias) {
  Rng rng(2);
  return small::sequence(
      {convolution(2, 6, 1, bias, rng), std::make_shared<nn::ReLU6>(),
       convolution(6, 6, 6, bias, rng),
       std::make_shared<nn::Residual>(small::sequence({convolution(6, 6, 1, bias, rng)})),
       std::make_shared<nn::ReLU>(), std::make_shared<nn::AdaptiveAvgPool2d>(1, 1),
       std::make_shared<nn::Flatten>(), linear(6, 5, bias, rng)});
}

struct Pair {
  std::shared_ptr<nn::Sequential> without;
  std::shared_ptr<nn::Sequential> zeros;  // the same weights, biases of 0
  Shape sample;
};

Pair pair_of(std::shared_ptr<nn::Sequential> (*make)(bool), Shape sample) {
  Pair pair{make(false), make(true), std::move(sample)};
  auto state = pair.zeros->state_dict();
  for (auto& [name, tensor] : state) {
    if (name.ends_with("bias")) tensor = Tensor::zeros(tensor.shape());
  }
  for (const auto& [name, tensor] : pair.without->state_dict()) {
    for (auto& [other, target] : state) {
      if (other == name) target = tensor;
    }
  }
  pair.zeros->load_state_dict(state);
  return pair;
}

std::vector<Pair> pairs() { return {pair_of(chain, {12}), pair_of(images, {2, 8, 8})}; }

TEST(LayersWithoutBias, ArePtqsWithBiasZero) {
  for (const Pair& pair : pairs()) {
    Rng rng(3);
    const Tensor x = small::batch(pair.sample, 32, rng);
    for (const PtqOptions& options :
         {PtqOptions{}, PtqOptions{.repair = RepairOptions{.rounding = {.steps = 20}}}}) {
      EXPECT_EQ(values(ptq(*pair.without, x, {}, options).forward(x)),
                values(ptq(*pair.zeros, x, {}, options).forward(x)));
    }
  }
}

void step(nn::Module& net, const std::vector<Tensor>& parameters, const Tensor& x) {
  optim::SGD sgd(parameters, {.learning_rate = 0.05f});
  sgd.zero_grad();
  const Tensor y = net.forward(x);
  losses::mse_loss(y, Tensor::ones(y.shape())).backward();
  sgd.step();
}

std::vector<Tensor> weights(const nn::Module& model) {
  std::vector<Tensor> found;
  for (const auto& [name, tensor] : model.named_parameters()) {
    if (!name.ends_with("bias")) found.push_back(tensor);
  }
  return found;
}

TEST(LayersWithoutBias, TrainAndConvertAsWithBiasZero) {
  for (const QConfig& config :
       {QConfig{}, QConfig{.weight_bits = 4, .granularity = Granularity::kPerTensor},
        QConfig{.weight_quantizer = WeightQuantizer::kLsq}, QConfig{.dialect = Dialect::kTflite}}) {
    for (const Pair& pair : pairs()) {
      Rng rng(4);
      const auto a = prepare_network(*pair.without, config);
      const auto b = prepare_network(*pair.zeros, config);
      const Tensor x = small::batch(pair.sample, 16, rng);
      for (const auto& net : {a, b}) {
        (void)net->forward(x);
        net->set_phase(QatPhase::kQuantize);
        for (int i = 0; i < 3; ++i) step(*net, weights(*net), x);
        net->eval();
      }
      EXPECT_EQ(values(a->forward(x)), values(b->forward(x)));
      EXPECT_EQ(values(convert_network(*a).forward(x)), values(a->forward(x)));
    }
  }
}

TEST(LayersWithoutBias, AreTakenByPrepareQatAndConvert) {
  const Pair pair = pair_of(chain, {12});
  Rng rng(5);
  const Tensor x = small::batch(pair.sample, 16, rng);
  const auto a = prepare_qat(*pair.without, {});
  const auto b = prepare_qat(*pair.zeros, {});
  for (const auto& net : {a, b}) {
    (void)net->forward(x);
    net->set_phase(QatPhase::kQuantize);
    for (int i = 0; i < 3; ++i) step(*net, weights(*net), x);
    net->eval();
  }
  EXPECT_EQ(values(convert(*a).forward(x)), values(convert(*b).forward(x)));
  EXPECT_EQ(values(convert(*a).forward(x)), values(a->forward(x)));
}

}  // namespace
}  // namespace tinytorch::quantization
