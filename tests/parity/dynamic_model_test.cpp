// Models that quantize on the fly: ONNX Runtime computes the very floats of the engine.
#include "tinytorch/onnx/dynamic_model.h"

#include <gtest/gtest.h>

#include "peers/onnxruntime_session.h"
#include "tests/parity/draws.h"
#include "tests/support/small_networks.h"
#include "tinytorch/quantization/deployed/dynamic_conv2d.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::parity {
namespace {

Floats run(const std::string& model, const Tensor& x, const Shape& shape) {
  Floats y(static_cast<std::size_t>(shape.numel()));
  peers::OnnxRuntimeSession session(model, peers::Optimization::kNone);
  session.bind_input("x", std::as_const(x).data(), x.shape().sizes());
  session.bind_output("y", std::span(y), shape.sizes());
  session.run();
  return y;
}

Floats values_of(const Tensor& tensor) { return {tensor.data().begin(), tensor.data().end()}; }

int safe_bits() { return largest_safe_weight() == 127 ? 8 : 7; }

TEST(DynamicModel, LinearLayersGiveTheEnginesFloats) {
  Rng rng(1301);
  const auto model = small::mlp(rng);
  model->eval();
  const std::string before =
      onnx::dynamic_model(*model, {12}, {.weight_bits = safe_bits()}).to_bytes();
  quantization::dynamic(*model, {.weight_bits = safe_bits()});
  // Layers that were replaced already are written with their own codes.
  EXPECT_EQ(onnx::float_model(*model, {12}).to_bytes(), before);
  for (int trial = 0; trial < 20; ++trial) {
    const Tensor x = small::batch({12}, 9, rng);
    const Tensor y = model->forward(x);
    EXPECT_EQ(run(before, x, y.shape()), values_of(y));
  }
}

TEST(DynamicModel, ConvolutionsGiveTheEnginesFloats) {
  Rng rng(1302);
  for (const std::int64_t groups : {1, 2, 4}) {
    nn::Sequential model({std::make_shared<nn::Conv2d>(
        4, 8, 3, nn::Conv2dOptions{.stride = 2, .padding = 1, .groups = groups}, rng)});
    const std::string bytes =
        onnx::dynamic_model(model, {4, 9, 7}, {.weight_bits = safe_bits()}).to_bytes();
    quantization::dynamic_convolutions(model, {}, safe_bits());
    EXPECT_EQ(onnx::float_model(model, {4, 9, 7}).to_bytes(), bytes);
    const Tensor x = small::batch({4, 9, 7}, 5, rng);
    const Tensor y = model.forward(x);
    EXPECT_EQ(run(bytes, x, y.shape()), values_of(y)) << groups << " groups";
  }
}

}  // namespace
}  // namespace tinytorch::parity
