// A whole network, trained to be quantized and exported: its codes are ONNX Runtime's codes.
#include "tinytorch/onnx/qdq_model.h"

#include <gtest/gtest.h>

#include "peers/onnxruntime_session.h"
#include "tests/parity/draws.h"
#include "tests/parity/tally.h"
#include "tests/support/expect_error.h"
#include "tests/support/linear_chain.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/quantization/qat/qat.h"

namespace tinytorch::parity {
namespace {

using quantization::QuantizedNetwork;

QuantizedNetwork make_network(const std::vector<std::int64_t>& sizes, int activation_bits,
                              Rng& rng) {
  nn::Sequential model;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    model.append(std::make_shared<nn::Linear>(sizes[i - 1], sizes[i], rng));
    if (i + 1 < sizes.size()) model.append(std::make_shared<nn::ReLU>());
  }
  const auto prepared = quantization::prepare_qat(
      model,
      {.weight_bits = largest_safe_weight() == 127 ? 8 : 7, .activation_bits = activation_bits});
  prepared->forward(Tensor::randn({64, sizes.front()}, rng));  // calibrates
  return quantization::convert(*prepared);
}

// At the level that fuses: unfused, ONNX Runtime sums in float.
peers::OnnxRuntimeSession session_of(const QuantizedNetwork& network, onnx::Ends ends) {
  return {onnx::qdq_model(network, ends).to_bytes(), peers::Optimization::kAll};
}

void compare_codes(const QuantizedNetwork& network, std::int64_t rows, Rng& rng, Tally& tally) {
  const std::int64_t in = network.values().front().channels;
  const std::int64_t out = network.values().back().channels;
  const Codes x = draw_codes(rows * in, -128, 127, rng);
  const auto raised = as_codes<std::uint8_t>(x);
  std::vector<std::uint8_t> theirs(static_cast<std::size_t>(rows * out));
  auto session = session_of(network, onnx::Ends::kCodes);
  session.bind_input("x", std::span(raised), {rows, in});
  session.bind_output("y", std::span(theirs), {rows, out});
  session.run();
  tally.compare(as_codes<std::uint8_t>(network.forward_codes(x)), theirs,
                std::to_string(rows) + " x " + std::to_string(in) + " -> " + std::to_string(out));
}

TEST(QdqModel, GivesTheCodesOfTheNetworkItWasMadeFrom) {
  Rng rng(501);
  Tally tally;
  for (int trial = 0; trial < 60; ++trial) {
    const std::int64_t in = draw_between(1, 200, rng);
    const std::int64_t out = draw_between(1, 100, rng);
    const std::int64_t rows = draw_between(60, 120, rng);
    const QuantizedNetwork network =
        make_network({in, draw_between(1, 150, rng), draw_between(1, 150, rng), out}, 8, rng);
    compare_codes(network, rows, rng, tally);
  }
  EXPECT_TRUE(tally.all_equal_without_ties());
}

TEST(QdqModel, GivesTheFloatsOfTheNetworkItWasMadeFrom) {
  Rng rng(502);
  const QuantizedNetwork network = make_network({50, 40, 30, 10}, 8, rng);
  const Tensor x = Tensor::randn({25, 50}, rng);
  std::vector<float> theirs(250);
  auto session = session_of(network, onnx::Ends::kFloat);
  session.bind_input("x", std::as_const(x).data(), {25, 50});
  session.bind_output("y", std::span(theirs), {25, 10});
  session.run();
  const Tensor ours = network.forward(x);
  EXPECT_EQ(Floats(ours.data().begin(), ours.data().end()), theirs);
}

TEST(QdqModel, SaysAReLU6AndANarrowRange) {
  constexpr std::int64_t kIn = 20, kOut = 50;
  Rng rng(504);
  Tally tally;
  for (int trial = 0; trial < 5; ++trial) {
    const int largest = largest_safe_weight();
    const bool relu6 = trial < 3;
    // Sums of about 40, so that many of them end at 6.
    quantization::QuantizedLinear layer(
        draw_codes(kIn * kOut, -largest, largest, rng), Floats(kOut, 0.005f),
        std::vector<std::int32_t>(kOut, 9), {0.1f, -3}, largest == 127 ? 8 : 7,
        relu6 ? quantization::Activation::kRelu6 : quantization::Activation::kNone);
    layer.set_output({trial % 2 == 0 ? 0.0236f : 0.05f, relu6 ? -128 : 5},
                     relu6 ? quantization::full_range(8) : quantization::QRange{-100, 90});
    const QuantizedNetwork network = testing_support::chain_of({layer});
    compare_codes(network, 1000, rng, tally);
  }
  EXPECT_TRUE(tally.all_equal_without_ties());
}

TEST(QdqModel, RefusesWhatItsNodesDoNotSay) {
  using quantization::Activation;
  using quantization::Dialect;
  quantization::QuantizedLinear layer(Codes{1, 2}, {0.1f}, {0}, {0.5f, 0}, 8, Activation::kNone);
  layer.set_output({0.5f, 0}, quantization::full_range(8), Dialect::kTflite);
  EXPECT_ERROR((void)onnx::qdq_model(testing_support::chain_of({layer}), onnx::Ends::kCodes),
               "the network speaks dialect tflite");
}

TEST(QdqModel, RefusesNarrowActivations) {
  Rng rng(503);
  const QuantizedNetwork network = make_network({4, 3}, 4, rng);
  EXPECT_ERROR((void)onnx::qdq_model(network, onnx::Ends::kFloat), "4 bits");
}

}  // namespace
}  // namespace tinytorch::parity
