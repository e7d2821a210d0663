// Deployed layers, networks and their files under input that nobody should give them: scales whose
// products leave float, biases beyond int32, files that claim what they do not hold.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/linear_chain.h"
#include "tests/support/small_networks.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/int8/image_sizes.h"
#include "tinytorch/quantization/int8/integer_conv.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;
using Floats = std::vector<float>;
using testing_support::chain_of;
using testing_support::TemporaryFile;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
constexpr QParams kGrid{0.5f, 3};

// Two inputs, two outputs.
QuantizedLinear linear(QParams input = kGrid, Floats scales = {0.1f, 0.2f}, Sums bias = {4, -4},
                       int bits = 8, Activation activation = Activation::kNone) {
  return {Codes{1, 2, -3, 4}, std::move(scales), std::move(bias), input, bits, activation};
}

QuantizedConv2d conv(QParams input, Floats scales, Sums bias, int bits = 8) {
  return {{.in_channels = 2, .out_channels = 2},
          Codes{1, 2, -3, 4},
          std::move(scales),
          std::move(bias),
          input,
          bits,
          Activation::kNone};
}

QuantizedLinear with_output(QuantizedLinear layer, QParams output = kGrid,
                            Dialect dialect = Dialect::kOrt) {
  layer.set_output(output, full_range(8), dialect);
  return layer;
}

// --- parts of a layer ---

TEST(DeployedLayer, RefusesAnInputGridThatIsNone) {
  const Floats scales{0.1f, 0.2f};
  for (const float scale : {0.0f, -1.0f, kNan, kInf}) {
    EXPECT_ERROR((void)linear({scale, 0}), "positive and finite");
    EXPECT_ERROR((void)conv({scale, 0}, scales, {0, 0}), "positive and finite");
  }
  for (const std::int32_t zero_point : {kLowest, -129, 128}) {
    EXPECT_ERROR((void)linear({0.5f, zero_point}),
                 concat("zero-point must be from -128 to 127, got ", zero_point));
    EXPECT_ERROR((void)conv({0.5f, zero_point}, scales, {0, 0}),
                 concat("zero-point must be from -128 to 127, got ", zero_point));
  }
}

TEST(DeployedLayer, RefusesAWeightScaleThatIsNone) {
  for (const float scale : {0.0f, -1.0f, kNan, kInf}) {
    EXPECT_ERROR((void)linear(kGrid, {0.1f, scale}), "channel 1");
    EXPECT_ERROR((void)conv(kGrid, {0.1f, scale}, {0, 0}), "channel 1");
  }
}

TEST(DeployedLayer, RefusesABiasThatLeavesNoRoomForTheSum) {
  for (const std::int32_t bias : {kLowest, kMaxBiasCode + 1, -kMaxBiasCode - 1}) {
    EXPECT_ERROR((void)linear(kGrid, {0.1f, 0.2f}, {0, bias}),
                 concat("bias code ", bias, " of output 1"));
    EXPECT_ERROR((void)conv(kGrid, {0.1f, 0.2f}, {0, bias}),
                 concat("bias code ", bias, " of output 1"));
  }
  // The widest sum there is still fits, on every instruction set.
  const auto in = static_cast<std::size_t>(kMaxInputFeatures);
  QuantizedLinear widest(Codes(in, 127), {1e-9f}, {kMaxBiasCode}, {0.5f, -128}, 8, false);
  const std::int64_t exact = kMaxBiasCode + kMaxInputFeatures * 127 * 255;
  for (const Isa isa : supported_isas()) {
    Sums acc(1);
    widest.accumulate(Codes(in, 127), acc, isa);
    EXPECT_EQ(acc[0], exact) << name(isa);
  }
}

TEST(DeployedLayer, RefusesAWidthThatIsNone) {
  for (const int bits : {-1, 0, 1, 9}) {
    EXPECT_ERROR((void)linear(kGrid, {0.1f, 0.2f}, {0, 0}, bits), "choose 2 to 8");
    EXPECT_ERROR((void)conv(kGrid, {0.1f, 0.2f}, {0, 0}, bits), "choose 2 to 8");
  }
  EXPECT_ERROR((void)chain_of({with_output(linear())}, 40), "40 bits");
  EXPECT_ERROR(
      (void)QuantizedNetwork({2}, kGrid, 0, Dialect::kOrt, {{"0", {0}, QuantizedFlatten()}}),
      "0 bits");
}

// --- multipliers ---

TEST(DeployedLayer, RefusesAnOutputGridThatIsNone) {
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    QuantizedLinear layer = linear();
    for (const float scale : {0.0f, -1.0f, kNan, kInf}) {
      EXPECT_ERROR(layer.set_output({scale, 0}, full_range(8), dialect), "output");
    }
    EXPECT_ERROR(layer.set_output({0.5f, 200}, full_range(8), dialect),
                 "zero-point must be from -128 to 127, got 200");
    EXPECT_ERROR(layer.set_output({0.5f, 0}, {-1000, 1000}, dialect), "[-1000, 1000]");
    EXPECT_ERROR(layer.set_output({0.5f, 0}, {5, -5}, dialect), "[5, -5]");
    Codes y(2);
    EXPECT_ERROR(layer.forward(Codes{1, 2}, y), "no scale yet");
  }
}

TEST(DeployedLayer, RefusesAMultiplierThatOverflows) {
  QuantizedLinear wide = linear({1e30f, 0}, {0.1f, 1e30f});
  EXPECT_ERROR(wide.set_output(kGrid, full_range(8)), "channel 1");
  QuantizedLinear steep = linear({1e10f, 0}, {0.1f, 1e10f});
  EXPECT_ERROR(steep.set_output({1e-29f, 0}, full_range(8)), "channel 1");
}

TEST(DeployedLayer, AMultiplierThatUnderflowsMeansZero) {
  // No int32 sum would be left of it in either dialect.
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    QuantizedLinear layer = linear({1e-20f, 3}, {1e-20f, 1e-30f}, {kMaxBiasCode, -7});
    layer.set_output({1e20f, -5}, full_range(8), dialect);
    for (const Isa isa : supported_isas()) {
      Codes y(2);
      layer.forward(Codes{127, -128}, y, isa);
      EXPECT_EQ(y, (Codes{-5, -5})) << name(dialect) << " " << name(isa);
    }
  }
}

TEST(DeployedLayer, SumsThatFillNoRowAreRefused) {
  EXPECT_ERROR((void)linear().real_outputs(Sums{1, 2, 3}), "3 sums");
  EXPECT_ERROR((void)conv(kGrid, {0.1f, 0.2f}, {0, 0}).real_outputs(Sums{1, 2, 3}), "3 sums");
  EXPECT_ERROR(OutputStage(kGrid, {}, Activation::kNone), "0 channels");
  const OutputStage unset(kGrid, {0.1f}, Activation::kNone);
  Codes y(1);
  EXPECT_ERROR(unset.requantize(Sums{1}, y, Isa::kScalar), "no scale yet");
}

TEST(DeployedLayer, NoRowsGiveNoRows) {
  const QuantizedLinear layer = with_output(linear());
  for (const Isa isa : supported_isas()) {
    Codes none;
    layer.forward({}, none, isa);
  }
}

// --- geometry ---

TEST(QuantizedConv2d, PaddingLargerThanTheKernelAndStridesLargerThanTheImage) {
  for (const std::int64_t kernel : {1, 2, 3}) {
    for (const std::int64_t padding : {0, 4}) {
      for (const std::int64_t stride : {1, 7}) {
        if (kernel > 1 && padding == 0) continue;  // larger than the image
        for (const std::int64_t channels : {1, 3}) {
          const QuantizedConvShape shape{channels, channels, kernel, stride, padding, channels};
          Codes weight;
          for (std::int64_t i = 0; i < channels * kernel * kernel; ++i) {
            weight.push_back(static_cast<std::int8_t>(i * 5 % 11 - 5));
          }
          const auto count = static_cast<std::size_t>(channels);
          QuantizedConv2d layer(shape, weight, Floats(count, 0.1f), Sums(count, 9), {0.5f, -20}, 8,
                                Activation::kNone);
          const ImageSize one{1, 1, 1};
          const auto sizes = kernels::as_conv_sizes(layer.sizes_of(one)).value();
          const Codes x(count, 100);
          Sums expected(static_cast<std::size_t>(place_count(sizes) * channels));
          conv2d_int32(x, -20, weight, fold_input_zero_point(weight, layer.bias(), -20), sizes,
                       expected);
          for (const Isa isa : supported_isas()) {
            Sums acc(expected.size());
            layer.accumulate(x, one, acc, isa);
            EXPECT_EQ(acc, expected) << name(isa) << " kernel " << kernel;
          }
        }
      }
    }
  }
}

TEST(QuantizedNetwork, CodesThatAreNoWholeOutputAreRefused) {
  const QuantizedNetwork net({1, 2, 2}, kGrid, 8, Dialect::kOrt,
                             {{"pool", {0}, QuantizedPool{PoolKind::kMax, 1, 1, 0}}});
  EXPECT_ERROR((void)net.dequantize_output(Codes(7)), "7 codes");
  EXPECT_ERROR((void)net.forward_codes(Codes{}), "0 codes");
  EXPECT_ERROR((void)net.forward(Tensor::zeros({0, 1, 2, 2})), "[0, 1, 2, 2]");
}

TEST(QuantizedNetwork, RefusesAnInputGridThatIsNone) {
  for (const QParams grid : {QParams{0.0f, 0}, QParams{kNan, 0}, QParams{0.5f, 900}}) {
    EXPECT_ERROR(
        (void)QuantizedNetwork({4}, grid, 8, Dialect::kOrt, {{"0", {0}, QuantizedFlatten()}}),
        "input");
  }
}

TEST(QuantizedNetwork, RefusesValuesThatNoMemoryHolds) {
  const std::int64_t huge = 1 << 24;
  const QuantizedPool pool{PoolKind::kAverage, 1, 1, huge};
  EXPECT_ERROR((void)QuantizedNetwork({huge, 1, 1}, kGrid, 8, Dialect::kOrt, {{"p", {0}, pool}}),
               "(p)");
}

TEST(QuantizedNetwork, APoolWithAWindowOutsideTheImageIsRefusedAtOnce) {
  EXPECT_ERROR((void)QuantizedNetwork({1, 2, 2}, kGrid, 8, Dialect::kOrt,
                                      {{"p", {0}, QuantizedPool{PoolKind::kMax, 1, 1, 3}}}),
               "padding 3");
}

TEST(QuantizedNetwork, RefusesALinearLayerWithoutAnOutput) {
  EXPECT_ERROR((void)chain_of({linear()}), "node 0 (0): the output has no scale yet");
}

TEST(QuantizedNetwork, FeaturesAreForLinearLayersAndImagesForConvolutions) {
  QuantizedConv2d pointwise = conv(kGrid, {0.1f, 0.2f}, {0, 0});
  pointwise.set_output(kGrid, full_range(8), Dialect::kOrt);
  EXPECT_ERROR((void)QuantizedNetwork({2}, kGrid, 8, Dialect::kOrt, {{"c", {0}, pointwise}}),
               "features are for a linear layer");
  EXPECT_ERROR((void)QuantizedNetwork({2, 1, 1}, kGrid, 8, Dialect::kOrt,
                                      {{"l", {0}, with_output(linear())}}),
               "put a Flatten before it");
}

TEST(QuantizedNetwork, NanAndInfinityBecomeTheEndsOfTheInputsCodes) {
  const QuantizedNetwork model = chain_of({with_output(linear())});
  const Tensor x(Shape{2, 2}, {kNan, kInf, -kInf, 1.0f});
  EXPECT_EQ(model.quantize_input(x), (Codes{-128, 127, -128, 5}));
  EXPECT_EQ(model.forward_codes(model.quantize_input(x)),
            model.forward_codes(Codes{-128, 127, -128, 5}));
  const QuantizedNetwork net({2}, kGrid, 8, Dialect::kOrt, {{"0", {0}, QuantizedFlatten()}});
  EXPECT_EQ(net.quantize_input(x), (Codes{-128, 127, -128, 5}));
}

TEST(DynamicLinear, RefusesNanAndNothingAtAll) {
  DynamicLinear layer(Tensor(Shape{1, 2}, {1.0f, 2.0f}), Tensor::zeros({1}));
  EXPECT_ERROR((void)layer.forward(Tensor(Shape{1, 2}, {1.0f, kNan})), "value 1 is nan");
  EXPECT_ERROR((void)layer.forward(Tensor::zeros({0, 2})), "no values");
  EXPECT_ERROR((void)DynamicLinear(Tensor::zeros({2, 0}), Tensor::zeros({2})), "0 weights");
}

// --- training ---

TEST(PreparedChain, NamesTheLayerWhoseWeightsBlewUp) {
  Rng rng(3);
  nn::Sequential model;
  auto second = std::make_shared<nn::Linear>(3, 2, rng);
  model.append(std::make_shared<nn::Linear>(2, 3, rng)).append(second);
  const auto qat = prepare_qat(model, {});
  const Tensor x = Tensor::randn({4, 2}, rng);
  (void)qat->forward(x);
  qat->set_phase(QatPhase::kQuantize);
  Tensor weight = second->weight();
  Tensor bias = second->bias();
  const float kept = weight.data()[3];
  weight.data()[3] = kNan;
  EXPECT_ERROR((void)qat->forward(x), "1: channel_scales: weight[3] must be finite, got nan");
  weight.data()[3] = kept;
  bias.data()[1] = kInf;
  EXPECT_ERROR((void)qat->forward(x), "1: quantize_linear: bias[1] must be finite, got inf");
  EXPECT_ERROR((void)convert(*qat), "bias[1] must be finite, got inf");
}

TEST(PreparedChain, RefusesAWidthThatIsNone) {
  Rng rng(3);
  nn::Sequential model;
  model.append(std::make_shared<nn::Linear>(2, 3, rng));
  EXPECT_ERROR((void)prepare_qat(model, {.weight_bits = 1}), "1 weight bits");
  EXPECT_ERROR((void)prepare_qat(model, {.activation_bits = 0}), "0 activation bits");
  EXPECT_ERROR((void)prepare_qat(model, {.activation_bits = 33}), "33 activation bits");
}

TEST(QatNetwork, ALearnedScaleBelowZeroIsTheSmallestScaleAndNanIsRefused) {
  Rng rng(3);
  const auto model = small::sequence({std::make_shared<nn::Linear>(2, 2, rng)});
  const auto net = prepare_network(*model, {.weight_quantizer = WeightQuantizer::kLsq});
  const Tensor x = Tensor::randn({4, 2}, rng);
  (void)net->forward(x);
  net->set_phase(QatPhase::kQuantize);
  Tensor learned;
  for (const auto& [name, tensor] : net->named_parameters()) {
    if (name.starts_with("learned_scales")) learned = tensor;
  }
  learned.data()[0] = -0.5f;
  const QParams input = net->input_qparams();
  WeightAndBias layer = net->folded(0);
  layer.bias = Tensor::zeros({2});  // which needs no room
  EXPECT_LE(net->scales(0, layer, input)[0], kMinScale / input.scale);
  (void)net->forward(x);
  learned.data()[1] = kNan;
  EXPECT_ERROR((void)net->forward(x), "0: learned scale 1 is nan");
}

TEST(QatNetwork, AVarianceOfZeroFoldsAndOneThatIsNoneIsRefused) {
  Rng rng(3);
  const auto norm = std::make_shared<nn::BatchNorm2d>(2);
  const auto model =
      small::sequence({std::make_shared<nn::Conv2d>(1, 2, 1, nn::Conv2dOptions{}, rng), norm});
  const auto net = prepare_network(*model, {});
  net->eval();
  const Tensor x = Tensor::randn({2, 1, 3, 3}, rng);
  Tensor variance = norm->running_var();
  variance.data()[0] = 0.0f;  // epsilon is there for this
  (void)net->forward(x);
  (void)convert_network(*net).forward(x);
  variance.data()[0] = -1.0f;
  EXPECT_ERROR((void)convert_network(*net), "weight[0] must be finite, got");
}

// --- files ---

train::SafeTensors edited(const std::string& path, const std::string& key,
                          const std::string& value) {
  train::SafeTensors file = train::read_safetensors(path);
  for (auto& [name, text] : file.metadata) {
    if (name == key) text = value;
  }
  return file;
}

TEST(NetworkFileSizes, SizesThatNoMemoryHoldsAreRefusedWhenLoaded) {
  const TemporaryFile file("absurd_network");
  const QuantizedNetwork net({1, 2, 2}, kGrid, 8, Dialect::kOrt,
                             {{"p", {0}, QuantizedPool{PoolKind::kAverage, 1, 1, 0}}});
  save_network(file.path(), net);
  train::write_safetensors(file.path(), edited(file.path(), "0.padding", "16777216"));
  EXPECT_ERROR((void)load_network(file.path()), file.path());
  save_network(file.path(), net);
  train::write_safetensors(file.path(),
                           edited(file.path(), "sample", "16777216 16777216 16777216"));
  EXPECT_ERROR((void)load_network(file.path()), file.path());
}

TEST(NetworkFileFormats, FormerOnesAreRefusedWithWhatToDo) {
  const TemporaryFile file("former_network");
  for (const char* former : {"tinytorch.quantized.v2", "tinytorch.quantized_network.v1"}) {
    save_network(file.path(), chain_of({with_output(linear())}));
    train::write_safetensors(file.path(), edited(file.path(), "format", former));
    EXPECT_ERROR(
        (void)load_network(file.path()),
        concat("format ", former, " is no longer read; convert the trained model once more"));
  }
}

TEST(NetworkFileFormats, AnotherVersionAndScalesThatAreNoneAreRefused) {
  const TemporaryFile file("bad_model");
  const QuantizedNetwork model = chain_of({with_output(linear())});
  save_network(file.path(), model);
  train::write_safetensors(file.path(), edited(file.path(), "format", "tinytorch.quantized.v9"));
  EXPECT_ERROR((void)load_network(file.path()), "format is tinytorch.quantized.v9");
  for (const float scale : {0.0f, -1.0f, kNan, kInf}) {
    save_network(file.path(), model);
    train::SafeTensors damaged = train::read_safetensors(file.path());
    for (train::StoredTensor& tensor : damaged.tensors) {
      if (tensor.dtype == "F32") std::memcpy(tensor.bytes.data() + 4, &scale, 4);
    }
    train::write_safetensors(file.path(), damaged);
    EXPECT_ERROR((void)load_network(file.path()), "channel 1");
  }
}

TEST(NetworkFileFormats, ACodeThatNoWeightTakesIsRefused) {
  const TemporaryFile file("bad_code");
  save_network(file.path(), chain_of({with_output(linear())}));
  train::SafeTensors damaged = train::read_safetensors(file.path());
  for (train::StoredTensor& tensor : damaged.tensors) {
    if (tensor.dtype == "I8") tensor.bytes[1] = static_cast<char>(-128);
  }
  train::write_safetensors(file.path(), damaged);
  EXPECT_ERROR((void)load_network(file.path()), "weight code -128 at 1");
}

// --- layers of dynamic inputs, networks in training ---

TEST(DynamicLinear, RefusesABiasThatIsNoNumberAndAStepThatOverflows) {
  const Tensor weight(Shape{1, 2}, {1.0f, 2.0f});
  for (const float bad : {kNan, kInf, -kInf}) {
    EXPECT_ERROR((void)DynamicLinear(weight, Tensor(Shape{1}, {bad})), concat("bias 0 is ", bad));
  }
  DynamicLinear large(Tensor(Shape{2, 1}, {1.0f, 3e38f}), Tensor());
  EXPECT_ERROR((void)large.forward(Tensor(Shape{2, 1}, {3e38f, 0.0f})), "output 1");
  // Where the product of the scales underflows, so do the products of the values.
  DynamicLinear small(Tensor(Shape{1, 1}, {1e-40f}), Tensor(Shape{1}, {0.5f}));
  EXPECT_EQ(small.forward(Tensor(Shape{1, 1}, {1e-40f})).data()[0], 0.5f);
}

TEST(QatNetwork, ANodeThatDoesNotExistIsRefused) {
  Rng rng(3);
  const auto model = small::sequence({std::make_shared<nn::Linear>(2, 2, rng)});
  const auto net = prepare_network(*model, {});
  const Tensor x = Tensor::ones({1, 2});
  for (const std::size_t none : {std::size_t{1}, std::size_t{99}, ~std::size_t{0}}) {
    const std::string text = concat("node ", none, " does not exist");
    EXPECT_ERROR((void)net->folded(none), text);
    EXPECT_ERROR((void)net->weight_bits(none), text);
    EXPECT_ERROR((void)net->spec(none), text);
    EXPECT_ERROR((void)net->scales(none, {x, Tensor::zeros({1})}, kGrid), text);
    EXPECT_ERROR((void)net->quantized_node(none, std::vector{x}), text);
  }
}

TEST(QatNetwork, NodesThatReadWhatIsNotThereAreRefused) {
  Rng rng(3);
  const auto model = small::sequence({std::make_shared<nn::Linear>(2, 2, rng)});
  const auto attempt = [&](const QatNode& node) { (void)QatNetwork(*model, {node}, {}); };
  EXPECT_ERROR(attempt({.path = "a", .inputs = {}}), "a reads 0 values");
  EXPECT_ERROR(attempt({.path = "a", .inputs = {7}}), "value 7");
  EXPECT_ERROR(attempt({.path = "a", .inputs = {1}}), "value 1");  // its own
  EXPECT_ERROR(attempt({.kind = QatKind::kAdd, .path = "a", .inputs = {0}}), "a reads 1 values");
  EXPECT_ERROR(attempt({.kind = QatKind::kLinear, .path = "a", .inputs = {0}}), "a has no layer");
  EXPECT_ERROR(attempt({.kind = QatKind::kConv, .path = "a", .inputs = {0}}), "a has no layer");
}

TEST(QatNetwork, StepsThatAreNoneAreRefusedAndTheLastOneIsNoOverflow) {
  Rng rng(3);
  const auto model = small::sequence({std::make_shared<nn::Linear>(2, 2, rng)});
  EXPECT_ERROR((void)prepare_network(*model, {.quantize_after_step = -1}),
               "quantize_after_step -1");
  EXPECT_ERROR((void)prepare_network(*model, {.freeze_observers_after_step = -2}),
               "freeze_observers_after_step -2");
  EXPECT_ERROR((void)prepare_network(*model, {.freeze_batch_norm_after_step = -7}),
               "freeze_batch_norm_after_step -7");
  const auto late =
      prepare_network(*model, {.quantize_after_step = std::numeric_limits<std::int64_t>::max()});
  late->set_phase(QatPhase::kQuantize);
  (void)late->forward(Tensor::ones({1, 2}));
  EXPECT_EQ(late->steps(), 1);
}

}  // namespace
}  // namespace tinytorch::quantization
