// Whole models converted without calibration: weights alone, and int8 with parameters of the batch.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "tests/support/digits_network.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/quantization/arithmetic/dynamic_qparams.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/weight_only/weight_only_file.h"
#include "tinytorch/quantization/weight_only/weight_only_linear.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::quantization {
namespace {

namespace fs = std::filesystem;
using Floats = std::vector<float>;

Floats values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

std::vector<std::string> keys(const nn::Module& model) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.state_dict()) names.push_back(name);
  return names;
}

std::vector<WeightScheme> schemes() {
  std::vector<WeightScheme> all;
  for (int bits = 2; bits <= 8; ++bits) {
    for (const Granularity granularity :
         {Granularity::kPerTensor, Granularity::kPerChannel, Granularity::kPerGroup}) {
      for (const bool symmetric : {true, false}) all.push_back({bits, granularity, 8, symmetric});
    }
  }
  return all;
}

// --- one layer of packed weights ---

TEST(WeightOnlyLinear, IsTheFloatLayerOfItsDequantizedWeight) {
  Rng rng(1);
  // 150 rows: two blocks of 64 and a rest.
  const Tensor weight = Tensor::randn(Shape{150, 21}, rng);
  const Tensor bias = Tensor::randn(Shape{150}, rng);
  const Tensor x = Tensor::randn(Shape{3, 4, 21}, rng);
  for (const WeightScheme& scheme : schemes()) {
    SCOPED_TRACE(describe(scheme));
    const QuantizedTensor stored = quantize_tensor(weight, scheme);
    for (const Tensor& own : {bias, Tensor()}) {
      WeightOnlyLinear layer(stored, own);
      const Tensor y = layer.forward(x);
      const Tensor expected = ops::linear(x, dequantize_tensor(stored), own);
      ASSERT_EQ(y.shape(), (Shape{3, 4, 150}));
      for (std::size_t i = 0; i < y.data().size(); ++i) {
        ASSERT_NEAR(std::as_const(y).data()[i], std::as_const(expected).data()[i], 2e-5f) << i;
      }
    }
  }
}

TEST(WeightOnlyLinear, PassesTheGradientOfItsInputOn) {
  Rng rng(2);
  const QuantizedTensor stored = quantize_tensor(Tensor::randn(Shape{70, 9}, rng), {.bits = 4});
  WeightOnlyLinear layer(stored, Tensor::randn(Shape{70}, rng));
  const Tensor seed = Tensor::randn(Shape{5, 70}, rng);
  Tensor x = Tensor::randn(Shape{5, 9}, rng);
  x.set_requires_grad();
  ops::sum(ops::mul(layer.forward(x), seed)).backward();
  const Tensor expected = ops::matmul(seed, dequantize_tensor(stored));
  for (std::size_t i = 0; i < 45; ++i) {
    EXPECT_NEAR(x.grad().data()[i], expected.data()[i], 1e-4f) << i;
  }
  EXPECT_TRUE(layer.parameters().empty());
}

TEST(WeightOnlyLinear, RefusesWhatDoesNotFit) {
  const QuantizedTensor stored = quantize_tensor(Tensor::ones(Shape{2, 3}), {});
  EXPECT_ERROR(WeightOnlyLinear(stored, Tensor::zeros(Shape{3})), "bias [3]");
  EXPECT_ERROR(WeightOnlyLinear(quantize_tensor(Tensor::ones(Shape{2, 3, 1}), {}), {}),
               "[2, 3, 1]");
  QuantizedTensor torn = stored;
  torn.scales[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(WeightOnlyLinear(torn, {}), "scale must be positive and finite, got nan");
  WeightOnlyLinear layer(stored, {});
  EXPECT_ERROR((void)layer.forward(Tensor::ones(Shape{1, 2})), "expected [..., 3]");
  EXPECT_EQ(layer.describe(), "WeightOnlyLinear(3, 2, 8 bits per channel, symmetric, bias=False)");
}

// --- whole models ---

TEST(QuantizeWeights, HoldsNothingButTheCodes) {
  Rng rng(3);
  const auto model = digits_network::make(rng);
  std::weak_ptr<nn::Module> first = model->layers()[0];
  const WeightScheme scheme{4, Granularity::kPerGroup, 16, false};
  EXPECT_EQ(stored_bytes(*model), 4 * (64 * 32 + 32 + 32 * 10 + 10));
  EXPECT_EQ(weight_only(*model, scheme), (std::vector<std::string>{"0", "2"}));
  EXPECT_TRUE(first.expired());  // and the float weight with it
  EXPECT_EQ(keys(*model), (std::vector<std::string>{"0.bias", "2.bias"}));
  const std::int64_t codes = (64 * 32 + 32 * 10) / 2;
  const std::int64_t groups = 32 * 4 + 10 * 2;
  EXPECT_EQ(stored_bytes(*model), codes + 5 * groups + 4 * (32 + 10));
}

TEST(QuantizeWeights, KeepsTheDigits) {
  Rng rng(4);
  const auto [digits, model, in_float] = digits_network::trained(rng);
  for (const bool symmetric : {true, false}) {
    for (const Granularity granularity :
         {Granularity::kPerTensor, Granularity::kPerChannel, Granularity::kPerGroup}) {
      for (const int bits : {8, 4}) {
        const WeightScheme scheme{bits, granularity, 16, symmetric};
        const auto copy = digits_network::make(rng);
        copy->load_state_dict(model->state_dict());
        (void)weight_only(*copy, scheme);
        EXPECT_NEAR(digits_network::accuracy(*copy, digits.test), in_float,
                    bits == 8 ? 0.003 : 0.02)
            << describe(scheme);
      }
    }
  }
}

// One image of 359 is 0.28 %.
TEST(QuantizeDynamic, KeepsTheDigits) {
  Rng rng(4);
  const auto [digits, model, in_float] = digits_network::trained(rng);
  EXPECT_EQ(dynamic(*model), (std::vector<std::string>{"0", "2"}));
  EXPECT_NEAR(digits_network::accuracy(*model, digits.test), in_float, 0.003);
}

TEST(QuantizeDynamic, ChoosesItsParametersForEachBatch) {
  Rng rng(5);
  nn::Sequential model({std::make_shared<nn::Linear>(6, 3, rng)});
  const Tensor weight = model.named_parameters()[0].second;
  const Tensor bias = model.named_parameters()[1].second;
  (void)dynamic(model);
  const Tensor small = Tensor::uniform(Shape{1, 6}, -0.1f, 0.1f, rng);
  Tensor both(Shape{2, 6});
  std::copy(small.data().begin(), small.data().end(), both.data().begin());
  both.data()[6] = 50.0f;  // a row that makes the steps coarse
  const Tensor alone = model.forward(small);
  const Tensor beside = model.forward(both);
  const Tensor exact = ops::linear(small, weight, bias);
  for (std::size_t o = 0; o < 3; ++o) {
    EXPECT_NEAR(alone.data()[o], exact.data()[o], 2e-3f);
  }
  EXPECT_LT(sqnr_db(exact.data(), beside.data().subspan(0, 3)) + 10.0,
            sqnr_db(exact.data(), alone.data()));
}

TEST(QuantizeDynamic, TheGradientStopsLoudly) {
  Rng rng(6);
  nn::Sequential model(
      {std::make_shared<nn::Linear>(6, 3, rng), std::make_shared<nn::Linear>(3, 2, rng)});
  (void)dynamic(model, {.chosen = [](const std::string& path) { return path == "1"; }});
  const Tensor y = ops::sum(model.forward(Tensor::ones(Shape{1, 6})));
  EXPECT_ERROR(y.backward(), "inference");
}

nn::Gpt small_gpt(Rng& rng) {
  return nn::Gpt(
      {.vocab_size = 11, .context_length = 8, .num_layers = 2, .num_heads = 2, .embed_dim = 16},
      rng);
}

const std::vector<std::string> kGptLinears{"blocks.0.self_attn.in_proj",
                                           "blocks.0.self_attn.out_proj",
                                           "blocks.0.linear1",
                                           "blocks.0.linear2",
                                           "blocks.1.self_attn.in_proj",
                                           "blocks.1.self_attn.out_proj",
                                           "blocks.1.linear1",
                                           "blocks.1.linear2",
                                           "head"};

// Forward passes use what stands in the places now.
TEST(ReplaceLinears, ReachesEveryLinearOfATransformer) {
  Rng rng(7);
  for (const std::string& path : kGptLinears) {
    nn::Gpt model = small_gpt(rng);
    const Tensor ids(Shape{1, 4}, {1, 5, 2, 10});
    const Tensor before = model.forward(ids);
    const auto replaced = nn::replace_linears(
        model, [&](const std::string& at) { return at == path; },
        [&](const nn::Linear& linear) {
          auto other =
              std::make_shared<nn::Linear>(linear.in_features(), linear.out_features(),
                                           nn::LinearOptions{.bias = linear.bias().defined()}, rng);
          return other;
        });
    EXPECT_EQ(replaced, std::vector<std::string>{path});
    EXPECT_NE(values(model.forward(ids)), values(before)) << path;
  }
}

TEST(QuantizeWeights, ConvertsAWholeTransformer) {
  Rng rng(8);
  const Tensor ids(Shape{2, 4}, {1, 5, 2, 10, 3, 3, 0, 7});
  nn::Gpt model = small_gpt(rng);
  const Tensor before = model.forward(ids);
  const std::int64_t bytes = stored_bytes(model);
  EXPECT_EQ(weight_only(model, {8, Granularity::kPerGroup, 16}), kGptLinears);
  const Tensor after = model.forward(ids);
  EXPECT_GT(sqnr_db(before.data(), after.data()), 30.0);
  EXPECT_LT(stored_bytes(model), bytes / 2);
  EXPECT_ERROR((void)weight_only(model, {}), "no Linear to convert in Gpt(");
}

TEST(QuantizeDynamic, ConvertsAWholeTransformer) {
  Rng rng(9);
  const Tensor ids(Shape{2, 4}, {1, 5, 2, 10, 3, 3, 0, 7});
  nn::Gpt model = small_gpt(rng);
  const Tensor before = model.forward(ids);
  EXPECT_EQ(dynamic(model), kGptLinears);
  EXPECT_GT(sqnr_db(before.data(), model.forward(ids).data()), 30.0);
}

TEST(ReplaceLinears, NamesThePathAndLeavesTheModelAsItWas) {
  Rng rng(10);
  const auto broken = std::make_shared<nn::Linear>(4, 2, rng);
  nn::Sequential model({std::make_shared<nn::Linear>(3, 4, rng),
                        std::make_shared<nn::Residual>(std::make_shared<nn::Sequential>(
                            std::vector<std::shared_ptr<nn::Module>>{broken}))});
  Tensor weight = broken->weight();
  weight.data()[5] = std::numeric_limits<float>::infinity();
  const std::vector<std::string> before = keys(model);
  EXPECT_ERROR((void)weight_only(model, {}), "1.body.0: quantize_tensor: row 1, column 1");
  EXPECT_ERROR((void)dynamic(model), "1.body.0: channel_scales");
  EXPECT_EQ(keys(model), before);
  // A network in training holds its layers by more than their place in the tree.
  weight.data()[5] = 0.0f;
  const auto net = prepare_network(*small::mlp(rng), {});
  EXPECT_ERROR((void)weight_only(*net, {}), "0: QatNetwork(");
}

TEST(ReplaceLinears, ALayerInTwoPlacesStaysOneLayer) {
  Rng rng(11);
  const auto twice = std::make_shared<nn::Linear>(4, 4, rng);
  nn::Sequential model({twice, std::make_shared<nn::ReLU>(), twice});
  (void)weight_only(model, {});
  EXPECT_EQ(model.layers()[0], model.layers()[2]);
}

TEST(ReplaceChild, RefusesWhatHasNoPlace) {
  Rng rng(12);
  nn::Gpt model = small_gpt(rng);
  const auto linear = [&](std::int64_t in, std::int64_t out) {
    return std::make_shared<nn::Linear>(in, out, rng);
  };
  EXPECT_ERROR(model.replace_child("head", linear(16, 12)), "in place of Linear(16, 11");
  EXPECT_ERROR(model.replace_child("head", std::make_shared<nn::ReLU>()), "linear map");
  EXPECT_ERROR(model.replace_child("norm", linear(16, 16)), "cannot replace child norm");
  nn::MultiheadAttention& attention = model.blocks()[0]->self_attn();
  EXPECT_ERROR(attention.replace_child("proj", linear(16, 16)), "no child proj");
  EXPECT_ERROR(model.blocks()[0]->replace_child("norm1", linear(16, 16)), "cannot replace");
  nn::Sequential layers({linear(2, 2)});
  EXPECT_ERROR(layers.replace_child("1", linear(2, 2)), "no child 1");
  EXPECT_ERROR(layers.replace_child("0", nullptr), "null pointer");
  nn::Residual block(linear(2, 2));
  EXPECT_ERROR(block.replace_child("shortcut", linear(2, 2)), "no child shortcut");
}

// --- the file ---

class WeightOnlyFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tinytorch_weight_only_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  static std::shared_ptr<nn::Sequential> model(std::uint64_t seed) {
    Rng rng(seed);
    return small::cnn(rng);
  }
  static std::string bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  fs::path folder_;
};

TEST_F(WeightOnlyFile, EverySchemeComesBackBitForBit) {
  Rng rng(13);
  const Tensor x = small::batch({2, 8, 8}, 5, rng);
  for (const WeightScheme& scheme : schemes()) {
    SCOPED_TRACE(describe(scheme));
    const auto before = model(1);
    before->eval();
    (void)weight_only(*before, scheme);
    save_weight_only(path("m"), *before);
    const auto after = model(2);
    load_weight_only(path("m"), *after);
    after->eval();
    EXPECT_EQ(values(after->forward(x)), values(before->forward(x)));
    const auto& one = dynamic_cast<const WeightOnlyLinear&>(*before->layers().back());
    const auto& two = dynamic_cast<const WeightOnlyLinear&>(*after->layers().back());
    EXPECT_EQ(one.weight(), two.weight());
    save_weight_only(path("again"), *after);
    EXPECT_EQ(bytes_of(path("again")), bytes_of(path("m")));
  }
}

TEST_F(WeightOnlyFile, ATransformerComesBack) {
  Rng rng(14);
  const Tensor ids(Shape{1, 4}, {1, 5, 2, 10});
  nn::Gpt before = small_gpt(rng);
  (void)weight_only(before, {3, Granularity::kPerGroup, 16});
  save_weight_only(path("m"), before);
  nn::Gpt after = small_gpt(rng);
  load_weight_only(path("m"), after);
  EXPECT_EQ(values(after.forward(ids)), values(before.forward(ids)));
}

TEST_F(WeightOnlyFile, AnotherStructureIsAnErrorAndChangesNothing) {
  const auto saved = model(1);
  (void)weight_only(*saved, {.bits = 4});
  save_weight_only(path("m"), *saved);
  Rng rng(15);
  const auto check = [&](nn::Module& other, const char* expected) {
    const std::vector<nn::NamedTensor> state = other.state_dict();
    std::vector<Floats> before;
    for (const auto& [name, tensor] : state) before.push_back(values(tensor));
    EXPECT_ERROR(load_weight_only(path("m"), other), expected);
    const std::vector<nn::NamedTensor> now = other.state_dict();
    ASSERT_EQ(now.size(), state.size());
    for (std::size_t i = 0; i < now.size(); ++i) EXPECT_EQ(values(now[i].second), before[i]);
  };
  check(*small::mlp(rng), "no Linear to convert in Sequential(");
  // The packed layer fits, a convolution before it has another width.
  const auto wide = model(2);
  std::vector<std::shared_ptr<nn::Module>> layers = wide->layers();
  layers[1] = std::make_shared<nn::BatchNorm2d>(7);
  nn::Sequential uneven(layers);
  check(uneven, "1.weight");
  layers = wide->layers();
  layers.back() = std::make_shared<nn::Linear>(32, 6, rng);
  nn::Sequential more(layers);
  check(more, "9.weight is [5, 32], the model wants [6, 32]");
}

TEST_F(WeightOnlyFile, ATruncatedOrChangedFileIsAnErrorNeverACrash) {
  const auto saved = model(1);
  (void)weight_only(*saved, {4, Granularity::kPerGroup, 8, false});
  save_weight_only(path("m"), *saved);
  const std::string whole = bytes_of(path("m"));
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    std::ofstream(path("cut"), std::ios::binary | std::ios::trunc) << whole.substr(0, length);
    EXPECT_THROW(load_weight_only(path("cut"), *model(2)), Error) << length;
  }
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = whole;
    bytes.replace(bytes.find(from), from.size(), to);
    std::ofstream(path("changed"), std::ios::binary | std::ios::trunc) << bytes;
  };
  changed("\"9.weight_bits\":\"4\"", "\"9.weight_bits\":\"5\"");
  EXPECT_ERROR(load_weight_only(path("changed"), *model(2)), "bytes of codes");
  changed("\"9.weight_bits\":\"4\"", "\"9.weight_bits\":\"0\"");
  EXPECT_ERROR(load_weight_only(path("changed"), *model(2)), "0 bits");
  changed("\"group\"", "\"groop\"");
  EXPECT_ERROR(load_weight_only(path("changed"), *model(2)), "groop");
  changed("weight_only.v1", "weight_only.v9");
  EXPECT_ERROR(load_weight_only(path("changed"), *model(2)), "weight_only.v9");
}

TEST_F(WeightOnlyFile, RefusesIntegersItCannotHold) {
  const auto saved = model(1);
  (void)dynamic(*saved);
  EXPECT_ERROR(save_weight_only(path("m"), *saved), "9, DynamicLinear(32, 5, W8)");
}

}  // namespace
}  // namespace tinytorch::quantization
