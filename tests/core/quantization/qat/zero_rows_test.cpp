// Rows of zeros, as pruning leaves them: what such an output says is its bias, and that must
// survive however large the inputs are.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

constexpr float kBias = 0.2f;

// Row 1 of the weight is zero, the others are tiny; every bias is kBias. Inputs go to 1000, so that
// the input's scale is far above 1.
void prune(Tensor weight, Tensor bias, bool all_rows) {
  const auto row = static_cast<std::size_t>(weight.numel() / weight.size(0));
  const std::span<float> values = weight.data();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = all_rows || i / row == 1 ? 0.0f : 1e-4f * static_cast<float>(i % 3);
  }
  for (float& b : bias.data()) b = kBias;
}

Tensor large_inputs(Shape shape) {
  Tensor x(std::move(shape));
  for (std::size_t i = 0; i < x.data().size(); ++i) {
    x.data()[i] = static_cast<float>((i * 37) % 1001);
  }
  return x;
}

TEST(ZeroRows, KeepTheirBiasInALinearLayer) {
  for (const float input_scale : {0.01f, 1.0f, 4.0f, 1e6f, 1e-30f, 1e30f}) {
    const QuantizedLinear layer =
        quantize_linear(Tensor({2, 3}, {0, 0, 0, 1e-4f, 0, -1e-4f}), Tensor({2}, {kBias, -kBias}),
                        {input_scale, 3}, 8, false);
    std::vector<std::int32_t> acc(2);
    layer.accumulate(std::vector<std::int8_t>(3, 5), acc);
    EXPECT_NEAR(layer.real_outputs(acc)[0], kBias, 1e-6f) << input_scale;
  }
}

TEST(ZeroRows, WithoutABiasStayZero) {
  const QuantizedLinear layer =
      quantize_linear(Tensor::zeros({1, 3}), Tensor::zeros({1}), {2.0f, 0}, 8, false);
  EXPECT_EQ(layer.weight_scales()[0], 1.0f);
  std::vector<std::int32_t> acc(1);
  layer.accumulate(std::vector<std::int8_t>(3, 5), acc);
  EXPECT_EQ(acc[0], 0);
}

TEST(ZeroRows, KeepABiasTooSmallForASum) {
  const QuantizedLinear layer =
      quantize_linear(Tensor::zeros({1, 3}), Tensor({1}, {1e-38f}), {2.0f, 0}, 8, false);
  EXPECT_GE(layer.weight_scales()[0] * 2.0f, kMinScale);
}

TEST(ZeroRows, KeepTheirBiasThroughATrainedModel) {
  Rng rng(1);
  auto linear = std::make_shared<nn::Linear>(6, 3, rng);
  prune(linear->weight(), linear->bias(), false);
  nn::Sequential model({linear});
  const auto qat = prepare_qat(model, {});
  const Tensor x = large_inputs({40, 6});
  qat->train();
  (void)qat->forward(x);
  qat->eval();
  EXPECT_GT(qat->input_qparams().scale, 1.0f);
  EXPECT_NEAR(convert(*qat).forward(x).at({0, 1}), kBias, 4e-3f);
}

TEST(ZeroRows, KeepTheirBiasThroughNetworks) {
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    for (const Granularity granularity : {Granularity::kPerChannel, Granularity::kPerTensor}) {
      for (const WeightQuantizer quantizer :
           {WeightQuantizer::kStraightThrough, WeightQuantizer::kLsq}) {
        const bool all_rows = granularity == Granularity::kPerTensor;
        const QConfig config{
            .granularity = granularity, .weight_quantizer = quantizer, .dialect = dialect};
        Rng rng(1);
        auto linear = std::make_shared<nn::Linear>(6, 3, rng);
        prune(linear->weight(), linear->bias(), all_rows);
        auto conv = std::make_shared<nn::Conv2d>(2, 3, 3, nn::Conv2dOptions{.padding = 1}, rng);
        prune(conv->weight(), conv->bias(), all_rows);
        const auto through = [&](std::shared_ptr<nn::Module> layer, const Tensor& x) {
          const nn::Sequential model({std::move(layer)});
          const auto net = prepare_network(model, config);
          net->eval();
          (void)net->forward(x);
          net->set_phase(QatPhase::kQuantize);
          const Tensor y = net->forward(x);
          const Tensor deployed = convert_network(*net).forward(x);
          EXPECT_TRUE(std::equal(y.data().begin(), y.data().end(), deployed.data().begin()));
          return y;
        };
        EXPECT_NEAR(through(linear, large_inputs({40, 6})).at({0, 1}), kBias, 4e-3f);
        EXPECT_NEAR(through(conv, large_inputs({4, 2, 5, 5})).at({0, 1, 2, 2}), kBias, 8e-3f);
      }
    }
  }
}

}  // namespace
}  // namespace tinytorch::quantization
