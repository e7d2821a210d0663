// Codes with which an int32 sum could wrap around are refused: by both layers, by the folding of
// the zero-point, and by both files.
#include "tinytorch/quantization/int8/code_limits.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <limits>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/linear_chain.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/deployed/quantized_linear.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {
namespace {

namespace fs = std::filesystem;
using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

constexpr std::int32_t kLargest = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kSmallest = std::numeric_limits<std::int32_t>::min();
constexpr QParams kGrid{0.5f, 0};

QuantizedLinear linear(Codes weight, Sums bias, int bits = 8) {
  QuantizedLinear layer(weight, std::vector<float>(bias.size(), 0.1f), bias, kGrid, bits,
                        Activation::kNone);
  layer.set_output(kGrid, full_range(8));
  return layer;
}

QuantizedConv2d conv(Codes weight, Sums bias, int bits = 8) {
  const auto out = static_cast<std::int64_t>(bias.size());
  QuantizedConv2d layer({.in_channels = 1, .out_channels = out}, weight,
                        std::vector<float>(bias.size(), 0.1f), bias, kGrid, bits,
                        Activation::kNone);
  layer.set_output(kGrid, full_range(8), Dialect::kOrt);
  return layer;
}

TEST(CodeLimits, NoLayerTakesABiasThatLeavesTheProductsNoRoom) {
  for (const std::int32_t bias : {kLargest, kMaxBiasCode + 1, -kMaxBiasCode - 1, kSmallest}) {
    const std::string says = concat("the bias code ", bias, " of output 1 is beyond");
    EXPECT_ERROR(linear({1, 1}, {0, bias}), says);
    EXPECT_ERROR(linear({1, 1}, {0, bias}), "QuantizedLinear");
    EXPECT_ERROR(conv({1, 1}, {0, bias}), says);
    EXPECT_ERROR(conv({1, 1}, {0, bias}), "QuantizedConv2d");
    EXPECT_ERROR(fold_input_zero_point(Codes{1, 1}, Sums{0, bias}, 3), says);
  }
  for (const std::int32_t bias : {kMaxBiasCode, -kMaxBiasCode}) {
    EXPECT_NO_THROW(linear({127}, {bias}));
    EXPECT_NO_THROW(conv({127}, {bias}));
    EXPECT_NO_THROW(fold_input_zero_point(Codes{127}, Sums{bias}, -128));
  }
}

// The bound of the header, reached: the longest row, the largest codes, the largest bias.
TEST(CodeLimits, TheLargestLayerThereIsDoesNotWrap) {
  const auto in = static_cast<std::size_t>(kMaxInputFeatures);
  const Codes x(in, 127);
  for (const int sign : {1, -1}) {
    const QuantizedLinear layer(Codes(in, static_cast<std::int8_t>(127 * sign)), {1.0f},
                                {kMaxBiasCode * sign}, {1.0f, -128}, 8, Activation::kNone);
    const std::int64_t exact = sign * (std::int64_t{kMaxBiasCode} + kMaxInputFeatures * 255 * 127);
    ASSERT_LE(std::abs(exact), std::int64_t{kLargest});
    for (const Isa isa : supported_isas()) {
      Sums acc(1);
      layer.accumulate(x, acc, isa);
      EXPECT_EQ(acc[0], exact) << name(isa);
    }
  }
}

TEST(CodeLimits, NoLayerTakesACodeThatItsWidthDoesNotHave) {
  for (int bits = 2; bits <= 8; ++bits) {
    const auto most = static_cast<std::int8_t>(symmetric_range(bits).qmax);
    const auto lowest = static_cast<std::int8_t>(-most);
    EXPECT_NO_THROW(linear({most, lowest}, {0}, bits));
    EXPECT_NO_THROW(conv({most, lowest}, {0, 0}, bits));
    const auto below =
        static_cast<std::int8_t>(lowest - 1);  // two's complement has it, we have not
    EXPECT_ERROR(linear({0, below}, {0}, bits), concat("the weight code ", int{below}, " at 1"));
    EXPECT_ERROR(conv({0, below}, {0, 0}, bits), concat("does not fit in ", bits, " bits"));
  }
  EXPECT_ERROR(linear({1, 127}, {0}, 4), "the weight code 127 at 1 does not fit in 4 bits");
  EXPECT_ERROR(conv({1, 127}, {0, 0}, 4), "from -7 to 7");
  for (const int bits : {-1, 0, 1, 9, 40}) {
    EXPECT_ERROR(linear({1}, {0}, bits), concat(bits, " weight bits; choose 2 to 8"));
    EXPECT_ERROR(conv({1}, {0}, bits), concat(bits, " weight bits; choose 2 to 8"));
  }
}

class CodeLimitsOfFiles : public ::testing::Test {
 protected:
  ~CodeLimitsOfFiles() override { fs::remove_all(folder_); }
  std::string path() const { return (folder_ / "m.safetensors").string(); }

  // Overwrites the first number of a tensor in the file.
  template <typename Number>
  void damage(const std::string& tensor, Number value) const {
    train::SafeTensors file = train::read_safetensors(path());
    for (train::StoredTensor& stored : file.tensors) {
      if (stored.name == tensor) std::memcpy(stored.bytes.data(), &value, sizeof value);
    }
    train::write_safetensors(path(), file);
  }
  void save_model(int bits) const {
    save_network(path(), testing_support::chain_of({linear({1, 1}, {0}, bits)}));
  }
  void save_network_of(int bits) const {
    save_network(path(),
                 {Shape{1, 1, 1}, kGrid, 8, Dialect::kOrt, {{"0", {0}, conv({1}, {0}, bits)}}}, {});
  }

 private:
  fs::path folder_ = [] {
    fs::path made = fs::temp_directory_path() / ("code_limits_" + std::to_string(::getpid()));
    fs::create_directories(made);
    return made;
  }();
};

TEST_F(CodeLimitsOfFiles, AModelNamesTheTensorThatWouldOverflow) {
  save_model(8);
  damage("0.bias", kLargest);
  EXPECT_ERROR((void)load_network(path()), "0.bias: the bias code 2147483647 of output 0");
  save_model(8);
  damage("0.weight", std::int8_t{-128});
  EXPECT_ERROR((void)load_network(path()), "0.weight: the weight code -128 at 0");
  save_model(4);
  damage("0.weight", std::uint8_t{0x18});  // -8 and 1
  EXPECT_ERROR((void)load_network(path()), "0.weight: the weight code -8 at 0");
}

TEST_F(CodeLimitsOfFiles, ANetworkNamesTheTensorThatWouldOverflow) {
  save_network_of(8);
  damage("0.bias", kSmallest);
  EXPECT_ERROR((void)load_network(path()), "0.bias: the bias code -2147483648 of output 0");
  save_network_of(8);
  damage("0.weight", std::int8_t{-128});
  EXPECT_ERROR((void)load_network(path()), "0.weight: the weight code -128 at 0");
  save_network_of(4);
  damage("0.weight", std::uint8_t{0x18});
  EXPECT_ERROR((void)load_network(path()), "0.weight: the weight code -8 at 0");
}

}  // namespace
}  // namespace tinytorch::quantization
