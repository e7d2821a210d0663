// The deployed network: its memory plan, what its constructor refuses, its file.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/deployed_network.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/deployed/detail/activation_plan.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {
namespace {

namespace fs = std::filesystem;
using Codes = std::vector<std::int8_t>;
using Floats = std::vector<float>;
using Offsets = std::vector<std::int64_t>;

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

void expect_message(const std::function<void()>& action, const std::string& part) {
  const std::string said = message(action);
  EXPECT_NE(said.find(part), std::string::npos) << said << "\nhas no \"" << part << "\"";
}

// --- residual ---

TEST(Residual, AddsItsInput) {
  Rng rng(1);
  auto body = std::make_shared<nn::Linear>(2, 2, rng);
  const Tensor x(Shape{1, 2}, {3.0f, -4.0f});
  const Tensor alone = body->forward(x);
  const Tensor y = nn::Residual(body).forward(x);
  EXPECT_EQ(y.data()[0], alone.data()[0] + 3.0f);
  EXPECT_EQ(y.data()[1], alone.data()[1] - 4.0f);
}

TEST(Residual, NamesItsChildrenBodyAndShortcut) {
  Rng rng(1);
  const nn::Residual block(
      std::make_shared<nn::Linear>(2, 3, rng),
      std::make_shared<nn::Linear>(2, 3, nn::LinearOptions{.bias = false}, rng));
  const auto state = block.state_dict();
  ASSERT_EQ(state.size(), 3U);
  EXPECT_EQ(state[0].first, "body.weight");
  EXPECT_EQ(state[2].first, "shortcut.weight");
  EXPECT_EQ(block.describe(), "Residual(Linear(2, 3), Linear(2, 3, bias=False))");
}

TEST(Residual, RefusesToBroadcast) {
  Rng rng(1);
  nn::Residual block(std::make_shared<nn::Linear>(2, 1, rng));
  expect_message(
      [&] {
        (void)block.forward(Tensor::zeros({5, 2}));
      },
      "residual: body gives [5, 1], shortcut [5, 2]");
  expect_message([] { (void)nn::Residual(nullptr); }, "body is a null pointer");
}

// --- layout and plan ---

TEST(Layout, TurnsPlanesIntoPixelsAndBack) {
  const Codes planes{1, 2, 3, 10, 20, 30};  // two channels of three places
  const Codes pixels = to_channels_last<std::int8_t>(planes, 2, 3);
  EXPECT_EQ(pixels, (Codes{1, 10, 2, 20, 3, 30}));
  EXPECT_EQ(to_channels_first<std::int8_t>(pixels, 2, 3), planes);
}

TEST(ActivationPlan, AChainUsesTwoPlaces) {
  const std::vector<Lifetime> chain{{100, 0, 1}, {50, 1, 2}, {10, 2, 3}};
  const ActivationPlan plan = plan_activations(chain);
  EXPECT_EQ(plan.offsets, (Offsets{0, 100, 0}));
  EXPECT_EQ(plan.total, 150);
}

TEST(ActivationPlan, NothingAliveAtOnceOverlaps) {
  Rng rng(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> buffers;
    std::int64_t most = 0;  // bytes alive at one step: no plan can do with less
    for (std::int64_t i = 0; i < 8; ++i) {
      const auto first = static_cast<std::int64_t>(rng.below(8));
      buffers.push_back({1 + static_cast<std::int64_t>(rng.below(40)), first,
                         first + static_cast<std::int64_t>(rng.below(4))});
    }
    const ActivationPlan plan = plan_activations(buffers);
    for (std::int64_t step = 0; step < 12; ++step) {
      std::int64_t alive = 0;
      for (const Lifetime& b : buffers) alive += b.first <= step && step <= b.last ? b.bytes : 0;
      most = std::max(most, alive);
    }
    EXPECT_GE(plan.total, most);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Lifetime& a = buffers[i];
        const Lifetime& b = buffers[j];
        if (a.first > b.last || b.first > a.last) continue;
        EXPECT_TRUE(plan.offsets[i] + a.bytes <= plan.offsets[j] ||
                    plan.offsets[j] + b.bytes <= plan.offsets[i]);
      }
    }
  }
}

TEST(ActivationPlan, RefusesALifetimeThatEndsBeforeItBegins) {
  expect_message(
      [] {
        (void)plan_activations(std::vector<Lifetime>{{4, 2, 1}});
      },
      "4 bytes from step 2 to step 1");
}

// --- the network ---

constexpr QParams kGrid{0.5f, 3};
constexpr QParams kOther{0.25f, -7};

QuantizedLinear layer(std::int64_t in, std::int64_t out, QParams from, QParams to,
                      Dialect dialect = Dialect::kOrt) {
  const Codes weight(static_cast<std::size_t>(in * out), 3);
  const auto count = static_cast<std::size_t>(out);
  QuantizedLinear made(weight, Floats(count, 0.01f), std::vector<std::int32_t>(count, 5), from, 8,
                       Activation::kNone);
  made.set_output(to, full_range(8), dialect);
  return made;
}

QuantizedNetwork network(const Shape& sample, std::vector<QuantizedNode> nodes) {
  return {sample, kGrid, 8, Dialect::kOrt, std::move(nodes)};
}

TEST(QuantizedNetwork, RunsAChain) {
  const auto net = network(
      {2}, {{"0", {0}, layer(2, 3, kGrid, kOther)}, {"1", {1}, layer(3, 1, kOther, kGrid)}});
  // Sums: 3 · (1 + 5 - 2·3) + 5 = 5 and 0.005 · 5 = 0.025 → code -7 + rint(0.1) = -7, that is 0.0;
  // then 5 again, 0.0025 · 5 → code 3.
  EXPECT_EQ(net.forward_codes(Codes{1, 5}), (Codes{3}));
  EXPECT_EQ(net.value_codes(Codes{1, 5}, 1), (Codes{-7, -7, -7}));
  EXPECT_EQ(net.weight_bytes(), 9);
  EXPECT_EQ(net.activation_bytes(), 5);
  EXPECT_EQ(net.forward(Tensor(Shape{2, 2}, {0.0f, 0.0f, 1.0f, 2.0f})).shape(), (Shape{2, 1}));
}

TEST(QuantizedNetwork, AFlattenTakesNoMemory) {
  const auto net =
      network({1, 4, 4}, {{"0", {0}, QuantizedFlatten()}, {"1", {1}, layer(16, 2, kGrid, kOther)}});
  EXPECT_EQ(net.activation_bytes(), 18);
  EXPECT_EQ(net.values()[1].offset, net.values()[0].offset);
}

TEST(QuantizedNetwork, AValueReadLaterIsNotOverwritten) {
  // The input is read by the first node and again by the sum, two nodes later.
  const QuantizedAdd sum({kOther, kGrid, kGrid}, full_range(8), Dialect::kOrt);
  const auto net = network({2}, {{"0", {0}, layer(2, 2, kGrid, kOther)},
                                 {"1", {1}, layer(2, 2, kOther, kOther)},
                                 {"2", {2, 0}, sum}});
  const Codes x{100, -100, 7, 9};
  Codes expected(4);
  add_codes(net.value_codes(x, 2), x, sum.grids(), sum.output_range(), expected);
  EXPECT_EQ(net.forward_codes(x), expected);
}

TEST(QuantizedNetwork, NamesBothLayersWhoseGridsDiffer) {
  expect_message(
      [] {
        (void)network({2}, {{"body.0", {0}, layer(2, 3, kGrid, kOther)},
                            {"body.2", {1}, layer(3, 1, kGrid, kGrid)}});
      },
      "node 1 (body.2) reads codes with scale 0.5, zero-point 3; node 0 (body.0) writes them with "
      "scale 0.25, zero-point -7");
  expect_message(
      [] {
        (void)network({2}, {{"0", {0}, layer(2, 3, kOther, kOther)}});
      },
      "the network's input writes them with scale 0.5");
}

TEST(QuantizedNetwork, RefusesNodesThatDoNotFit) {
  expect_message([] { (void)network({2}, {}); }, "no nodes");
  expect_message(
      [] {
        (void)network({2, 3}, {{"0", {0}, QuantizedFlatten()}});
      },
      "one input has shape [2, 3]");
  expect_message(
      [] {
        (void)network({5}, {{"0", {0}, layer(2, 3, kGrid, kOther)}});
      },
      "node 0 (0): takes 2 features; it is given 5");
  expect_message(
      [] {
        (void)network({2}, {{"0", {1}, layer(2, 3, kGrid, kOther)}});
      },
      "reads value 1, which comes later");
  expect_message(
      [] {
        (void)network({2}, {{"0", {0, 0}, layer(2, 3, kGrid, kOther)}});
      },
      "reads 2 values, expected 1");
  expect_message(
      [] {
        (void)network({2}, {{"0", {0}, layer(2, 3, kGrid, kOther, Dialect::kTflite)}});
      },
      "speaks dialect tflite in a network of dialect ort");
  expect_message(
      [] {
        (void)network({1, 3, 3}, {{"3", {0}, QuantizedPool{PoolKind::kMax, 4, 4, 0}}});
      },
      "node 0 (3): ");
  expect_message([] { (void)network({4}, {{"0", {0}, QuantizedPool()}}); }, "pools images");
  expect_message(
      [] {
        (void)network({2, 2, 2}, {{"0", {0}, QuantizedFlatten()}});
      },
      "ends in a Flatten");
  const QuantizedAdd sum({kGrid, kOther, kGrid}, full_range(8), Dialect::kOrt);
  expect_message(
      [&] {
        (void)network({2}, {{"0", {0}, layer(2, 3, kGrid, kOther)}, {"1", {0, 1}, sum}});
      },
      "adds [2, 1, 1] and [3, 1, 1]");
}

TEST(QuantizedNetwork, RefusesALayerWithoutAnOutput) {
  const Codes weight{1};
  const QuantizedConv2d bare({}, weight, {1.0f}, {0}, kGrid, 8, Activation::kNone);
  expect_message(
      [&] {
        (void)network({1, 1, 1}, {{"0", {0}, bare}});
      },
      "the output has no scale yet");
}

TEST(QuantizedNetwork, RefusesInputsOfAnotherShape) {
  const auto net = network({2}, {{"0", {0}, layer(2, 3, kGrid, kOther)}});
  expect_message([&] { (void)net.forward(Tensor::zeros({4, 3})); }, "input [4, 3]");
  expect_message([&] { (void)net.forward(Tensor::zeros({0, 2})); }, "input [0, 2]");
  expect_message([&] { (void)net.forward_codes(Codes(3)); }, "3 codes are not a number of inputs");
  expect_message([&] { (void)net.value_codes(Codes(2), 2); }, "value 2 of 2");
}

// Linear layers in a row behind a convolution, with a value in the middle that a sum reads again:
// chains begin and end where they must, and no instruction set shows it.
TEST(QuantizedNetwork, ChainsInTheMiddleGiveTheCodesOfTheirLayers) {
  Rng rng(11);
  const auto random_layer = [&](std::int64_t in, std::int64_t out, QParams from, QParams to) {
    Codes weight(static_cast<std::size_t>(in * out));
    for (std::int8_t& w : weight)
      w = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
    QuantizedLinear made(weight, Floats(static_cast<std::size_t>(out), 0.01f),
                         std::vector<std::int32_t>(static_cast<std::size_t>(out), 5), from, 8,
                         Activation::kRelu);
    made.set_output(to, full_range(8));
    return made;
  };
  const QuantizedAdd sum({kOther, kGrid, kGrid}, full_range(8), Dialect::kOrt);
  const QuantizedPool pool{PoolKind::kMax, 2, 2, 0};
  const auto net = network({1, 8, 8}, {{"pool", {0}, pool},
                                       {"flatten", {1}, QuantizedFlatten()},
                                       {"a", {2}, random_layer(16, 9, kGrid, kOther)},
                                       {"b", {3}, random_layer(9, 7, kOther, kGrid)},  // read twice
                                       {"c", {4}, random_layer(7, 5, kGrid, kGrid)},
                                       {"d", {5}, random_layer(5, 7, kGrid, kOther)},
                                       {"sum", {6, 4}, sum},
                                       {"e", {7}, random_layer(7, 3, kGrid, kOther)}});
  Codes x(5 * 64);
  for (std::int8_t& code : x)
    code = static_cast<std::int8_t>(static_cast<int>(rng.below(256)) - 128);
  for (const Isa isa : supported_isas()) {
    for (std::size_t value = 0; value < net.values().size(); ++value) {
      EXPECT_EQ(net.value_codes(x, value, isa), net.value_codes(x, value, Isa::kScalar))
          << name(isa) << ", value " << value;
    }
  }
}

TEST(QuantizedNetwork, EveryInstructionSetGivesTheSameCodes) {
  for (const small::Example& example : small::every_example()) {
    Rng rng(5);
    const auto model = example.make(rng);
    const auto net = prepare_network(*model, {});
    net->eval();
    (void)net->forward(small::batch(example.sample, 16, rng));
    const QuantizedNetwork deployed = convert_network(*net);
    const Codes x = deployed.quantize_input(small::batch(example.sample, 16, rng));
    const Codes scalar = deployed.forward_codes(x, Isa::kScalar);
    for (const Isa isa : supported_isas()) {
      EXPECT_EQ(deployed.forward_codes(x, isa), scalar) << example.name << " " << name(isa);
    }
  }
}

// --- the file ---

class NetworkFile : public ::testing::Test {
 protected:
  NetworkFile() { fs::create_directories(folder_); }
  ~NetworkFile() override { fs::remove_all(folder_); }
  std::string path() const { return (folder_ / "network.safetensors").string(); }

  static QuantizedNetwork deployed(const small::Example& example, const QConfig& config) {
    Rng rng(6);
    return small::deployed(example, config, rng);
  }
  void rewrite(const std::string& key, const std::string& value) const {
    train::SafeTensors file = train::read_safetensors(path());
    for (auto& [name, text] : file.metadata) {
      if (name == key) text = value;
    }
    train::write_safetensors(path(), file);
  }

 private:
  fs::path folder_ = fs::temp_directory_path() / ("network_file_" + std::to_string(::getpid()));
};

TEST_F(NetworkFile, ComesBackBitForBit) {
  for (const small::Example& example : small::every_example()) {
    for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
      const QuantizedNetwork before =
          deployed(example, {.weight_bits = 5, .activation_bits = 7, .dialect = dialect});
      save_network(path(), before, {{"method", "ptq"}, {"seed", "6"}});
      const StoredNetwork after = load_network(path());
      EXPECT_EQ(after.provenance, (Provenance{{"method", "ptq"}, {"seed", "6"}}));
      EXPECT_EQ(after.network.dialect(), dialect);
      EXPECT_EQ(after.network.weight_bytes(), before.weight_bytes());
      EXPECT_EQ(after.network.activation_bytes(), before.activation_bytes());
      Rng rng(9);
      const Codes x = before.quantize_input(small::batch(example.sample, 8, rng));
      EXPECT_EQ(after.network.forward_codes(x), before.forward_codes(x)) << example.name;
      std::string first;
      std::string second;
      {
        std::ifstream in(path(), std::ios::binary);
        first.assign(std::istreambuf_iterator<char>(in), {});
      }
      save_network(path(), after.network, after.provenance);
      std::ifstream in(path(), std::ios::binary);
      second.assign(std::istreambuf_iterator<char>(in), {});
      EXPECT_EQ(first, second);
    }
  }
}

TEST_F(NetworkFile, SaysWhatIsWrong) {
  const QuantizedNetwork net = deployed(small::examples()[3], {});  // residual
  const std::vector<std::array<std::string, 3>> damages{
      {"format", "other", "format is other, expected tinytorch.quantized_network.v2"},
      {"nodes", "1000000", "1000000 nodes"},
      {"nodes", "-1", "expected a number"},
      {"dialect", "golf", "dialect is \"golf\", which means nothing here"},
      {"activation_bits", "9", "9 activation bits"},
      {"sample", "2 8 x", "expected a number"},
      {"sample", "2 0 8", "sample holds 0"},
      {"input_scale", "nan", "expected a positive number"},
      {"input_zero_point", "300", "not a code"},
      {"0.kind", "unfold", "kind is \"unfold\""},
      {"0.inputs", "7", "comes later"},
      {"0.inputs", "-1", "holds -1"},
      {"0.kernel", "0", "0.kernel is 0"},
      {"0.groups", "3", "groups"},
      {"0.in", "5", "codes, expected"},
      {"0.activation", "gelu", "which means nothing here"},
      {"0.weight_bits", "1", "0.weight"},
      {"0.output_scale", "0.125", "writes them with"},
      {"3.activation", "tanh", "3.activation"},
      {"3.a_scale", "-1", "expected a positive number"}};
  for (const auto& [key, value, says] : damages) {
    save_network(path(), net);
    rewrite(key, value);
    const std::string said = message([&] { (void)load_network(path()); });
    EXPECT_NE(said.find(says), std::string::npos) << key << " = " << value << ": " << said;
    EXPECT_NE(said.find("network.safetensors"), std::string::npos) << said;
  }
}

TEST_F(NetworkFile, RefusesATruncatedOneAndATensorThatIsMissing) {
  const QuantizedNetwork net = deployed(small::examples()[1], {});
  save_network(path(), net);
  fs::resize_file(path(), fs::file_size(path()) - 5);
  expect_message([&] { (void)load_network(path()); }, "network.safetensors");
  save_network(path(), net);
  train::SafeTensors file = train::read_safetensors(path());
  std::erase_if(file.tensors, [](const auto& tensor) { return tensor.name == "0.bias"; });
  train::write_safetensors(path(), file);
  expect_message([&] { (void)load_network(path()); }, "0.bias");
}

}  // namespace
}  // namespace tinytorch::quantization
