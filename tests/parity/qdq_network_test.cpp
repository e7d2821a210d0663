// Whole networks with convolutions, sums and pooling, exported: their codes are ONNX Runtime's
// codes.
#include <gtest/gtest.h>

#include "peers/onnxruntime_session.h"
#include "tests/parity/draws.h"
#include "tests/parity/tally.h"
#include "tests/support/deployed_network.h"
#include "tests/support/expect_error.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::parity {
namespace {

using peers::Optimization;
using quantization::Dialect;
using quantization::NetworkValue;
using quantization::QConfig;
using quantization::QuantizedNetwork;
using small::Layers;

// Strides, padding on all sides, groups, an image that is not square, and the end of it an image.
std::shared_ptr<nn::Sequential> image_to_image(Rng& rng) {
  const nn::Conv2dOptions whole{.stride = 2, .padding = 2};
  return small::sequence({std::make_shared<nn::Conv2d>(3, 6, 5, whole, rng),
                          std::make_shared<nn::ReLU>(), std::make_shared<nn::MaxPool2d>(3, 1, 1),
                          small::conv(6, 9, 3, 1, 3, rng), std::make_shared<nn::BatchNorm2d>(9),
                          std::make_shared<nn::AvgPool2d>(3, 2, 1),
                          std::make_shared<nn::Conv2d>(9, 4, 1, nn::Conv2dOptions{}, rng)});
}

// Two images in a row of features, and two linear layers behind it.
std::shared_ptr<nn::Sequential> flattened(Rng& rng) {
  return small::sequence({std::make_shared<nn::Flatten>(), std::make_shared<nn::Flatten>(),
                          std::make_shared<nn::Linear>(3 * 12 * 10, 8, rng),
                          std::make_shared<nn::ReLU6>(), std::make_shared<nn::Linear>(8, 6, rng)});
}

std::vector<small::Example> examples() {
  std::vector<small::Example> all = small::every_example();
  all.push_back({"image to image", image_to_image, {3, 12, 10}});
  all.push_back({"flattened", flattened, {3, 12, 10}});
  return all;
}

QConfig config_here() { return {.weight_bits = largest_safe_weight() == 127 ? 8 : 7}; }

std::vector<std::int64_t> shape_of(const NetworkValue& value, std::int64_t rows) {
  if (value.flat) return {rows, value.channels};
  return {rows, value.channels, value.height, value.width};
}

// Codes of ours, channels last, as the runtime has them: channels first, 128 higher.
std::vector<std::uint8_t> theirs_of(const Codes& codes, const NetworkValue& value) {
  return as_codes<std::uint8_t>(quantization::to_channels_first<std::int8_t>(
      codes, value.channels, value.codes() / value.channels));
}

template <typename T>
std::vector<T> run(const QuantizedNetwork& network, onnx::Ends ends, Optimization level,
                   std::span<const T> x, std::int64_t rows) {
  const NetworkValue& out = network.values().back();
  std::vector<T> y(static_cast<std::size_t>(rows * out.codes()));
  peers::OnnxRuntimeSession session(onnx::qdq_model(network, ends).to_bytes(), level);
  session.bind_input("x", x, shape_of(network.values().front(), rows));
  session.bind_output("y", std::span(y), shape_of(out, rows));
  session.run();
  return y;
}

// At the levels that fuse: unfused, ONNX Runtime sums in float.
TEST(QdqNetwork, GivesTheCodesOfTheNetworkItWasMadeFrom) {
  constexpr std::int64_t kTrials = 8;
  Rng rng(601);
  for (const small::Example& example : examples()) {
    Tally tally;
    for (int trial = 0; trial < kTrials; ++trial) {
      const QuantizedNetwork network = small::deployed(example, config_here(), rng);
      const std::int64_t rows = kEnough / kTrials / network.values().back().codes() + 1;
      const Codes x = network.quantize_input(small::batch(example.sample, rows, rng));
      const auto raised = theirs_of(x, network.values().front());
      const auto level = trial % 2 == 0 ? Optimization::kExtended : Optimization::kAll;
      tally.compare(theirs_of(network.forward_codes(x), network.values().back()),
                    run<std::uint8_t>(network, onnx::Ends::kCodes, level, raised, rows),
                    example.name + ", trial " + std::to_string(trial));
    }
    EXPECT_TRUE(tally.all_equal_without_ties()) << example.name;
  }
}

TEST(QdqNetwork, GivesTheFloatsOfTheNetworkItWasMadeFrom) {
  Rng rng(602);
  for (const small::Example& example : examples()) {
    const QuantizedNetwork network = small::deployed(example, config_here(), rng);
    const Tensor x = small::batch(example.sample, 20, rng);
    const Tensor ours = network.forward(x);
    EXPECT_EQ(Floats(ours.data().begin(), ours.data().end()),
              run(network, onnx::Ends::kFloat, Optimization::kAll, std::as_const(x).data(), 20))
        << example.name;
  }
}

TEST(QdqNetwork, RefusesWhatItsNodesDoNotSay) {
  Rng rng(603);
  const small::Example example = examples().front();
  EXPECT_ERROR((void)onnx::qdq_model(small::deployed(example, {.dialect = Dialect::kTflite}, rng),
                                     onnx::Ends::kFloat),
               "the network speaks dialect tflite");
  EXPECT_ERROR((void)onnx::qdq_model(small::deployed(example, {.activation_bits = 4}, rng),
                                     onnx::Ends::kFloat),
               "4 bits");
}

// The maximum of a whole image, on codes.
TEST(QdqNetwork, TakesTheMaximumOfAWholeImage) {
  using quantization::PoolKind;
  using quantization::QuantizedPool;
  Rng rng(604);
  const QuantizedNetwork network(Shape{3, 5, 4}, {0.1f, -7}, 8, Dialect::kOrt,
                                 {{"0", {0}, QuantizedPool{PoolKind::kMax, 0, 1, 0}},
                                  {"1", {1}, quantization::QuantizedFlatten()}});
  const Codes x = draw_codes(6 * 60, -128, 127, rng);
  const NetworkValue& in = network.values().front();
  const std::vector<std::uint8_t> theirs = theirs_of(x, in);
  for (const Optimization level : {Optimization::kNone, Optimization::kAll}) {
    EXPECT_EQ(run<std::uint8_t>(network, onnx::Ends::kCodes, level, theirs, 6),
              as_codes<std::uint8_t>(network.forward_codes(x)));
  }
}

// Means between two codes, on grids whose zero-point is odd as well as even.
TEST(QdqNetwork, RoundsMeansToEvenForEveryZeroPoint) {
  using quantization::PoolKind;
  using quantization::QuantizedPool;
  Rng rng(605);
  for (const std::int64_t kernel : {0, 2}) {
    for (int zero_point = -128; zero_point <= 127; zero_point += 17) {
      const QuantizedNetwork network(Shape{3, 4, 4}, {0.1f, zero_point}, 8, Dialect::kOrt,
                                     {{"0", {0}, QuantizedPool{PoolKind::kAverage, kernel, 2, 0}}});
      const Codes x = draw_codes(50 * 48, -128, 127, rng);
      const std::vector<std::uint8_t> theirs = theirs_of(x, network.values().front());
      for (const Optimization level : {Optimization::kNone, Optimization::kBasic,
                                       Optimization::kExtended, Optimization::kAll}) {
        EXPECT_EQ(run<std::uint8_t>(network, onnx::Ends::kCodes, level, theirs, 50),
                  theirs_of(network.forward_codes(x), network.values().back()))
            << "window " << kernel << ", zero-point " << zero_point;
      }
    }
  }
}

}  // namespace
}  // namespace tinytorch::parity
