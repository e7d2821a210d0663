// Packed codes and the file of a chain of linear layers: round trips, and all that can be wrong.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/linear_chain.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/quantization/arithmetic/packing.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/qat/qat.h"

namespace tinytorch::quantization {
namespace {

namespace fs = std::filesystem;
using Codes = std::vector<std::int8_t>;
using Bytes = std::vector<std::uint8_t>;
using testing_support::chain_of;

TEST(PackCodes, FourBitsByHand) {
  // 7 = 0111, -8 = 1000, -1 = 1111; the first code is the low half of the first byte.
  EXPECT_EQ(pack_codes(Codes{7, -8, -1}, 4), (Bytes{0x87, 0x0f}));
}

TEST(PackCodes, CodesMayStraddleBytes) {
  // 3 bits: 3 = 011, -4 = 100, 1 = 001 → bits 001 100 011, lowest last: 0x63, 0x00.
  EXPECT_EQ(pack_codes(Codes{3, -4, 1}, 3), (Bytes{0x63, 0x00}));
}

TEST(PackCodes, EveryWidthComesBack) {
  Rng rng(6);
  for (int bits = 2; bits <= 8; ++bits) {
    for (const std::size_t count : {0u, 1u, 2u, 3u, 7u, 8u, 9u, 100u}) {
      Codes codes(count);
      for (std::int8_t& code : codes) {
        code =
            static_cast<std::int8_t>(static_cast<int>(rng.below(1u << bits)) - (1 << (bits - 1)));
      }
      const Bytes bytes = pack_codes(codes, bits);
      EXPECT_EQ(static_cast<std::int64_t>(bytes.size()),
                packed_bytes(static_cast<std::int64_t>(count), bits));
      EXPECT_EQ(unpack_codes(bytes, static_cast<std::int64_t>(count), bits), codes)
          << bits << " bits";
    }
  }
}

TEST(PackCodes, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)pack_codes(Codes{8}, 4), Error);
  EXPECT_THROW((void)pack_codes(Codes{0}, 1), Error);
  EXPECT_THROW((void)unpack_codes(Bytes{0}, 3, 4), Error);
  EXPECT_THROW((void)unpack_codes(Bytes{0}, -1, 4), Error);
}

class QuantizedFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("tinytorch_quantized_file_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  static QuantizedNetwork model(int weight_bits, int activation_bits) {
    Rng rng(8);
    nn::Sequential floats;
    floats.append(std::make_shared<nn::Linear>(9, 21, rng));
    floats.append(std::make_shared<nn::ReLU>());
    floats.append(std::make_shared<nn::Linear>(21, 5, rng));
    const auto qat =
        prepare_qat(floats, {.weight_bits = weight_bits, .activation_bits = activation_bits});
    (void)qat->forward(Tensor::randn(Shape{40, 9}, rng));
    return convert(*qat);
  }

  static std::string bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  fs::path folder_;
};

TEST_F(QuantizedFile, TheSameModelComesBack) {
  Rng rng(9);
  const Tensor x = Tensor::randn(Shape{30, 9}, rng);
  for (const int bits : {2, 3, 4, 5, 8}) {
    const QuantizedNetwork before = model(bits, bits == 2 ? 4 : 8);
    save_network(path("m"), before);
    const QuantizedNetwork after = load_network(path("m")).network;
    const Codes codes = before.quantize_input(x);
    EXPECT_EQ(after.forward_codes(codes), before.forward_codes(codes)) << bits << " bits";
    EXPECT_EQ(after.weight_bytes(), before.weight_bytes());
    save_network(path("again"), after);
    EXPECT_EQ(bytes_of(path("again")), bytes_of(path("m")));
  }
}

TEST_F(QuantizedFile, ActivationAndDialectComeBack) {
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
    for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
      QuantizedLinear layer(Codes{1, 2, 3}, {0.1f}, {4}, {0.5f, 1}, 8, activation);
      layer.set_output({0.25f, -7}, full_range(8), dialect);
      save_network(path("m"), chain_of({layer}));
      const QuantizedNetwork after = load_network(path("m")).network;
      const auto& read = std::get<QuantizedLinear>(after.nodes()[0].op);
      EXPECT_EQ(read.activation(), activation);
      EXPECT_EQ(read.dialect(), dialect);
      EXPECT_EQ(read.output_range(), layer.output_range());
    }
  }
}

TEST_F(QuantizedFile, AnUnknownActivationIsNamed) {
  QuantizedLinear layer(Codes{1}, {0.1f}, {4}, {0.5f, 1}, 8, Activation::kRelu6);
  layer.set_output({0.25f, -7}, full_range(8), Dialect::kOrt);
  save_network(path("m"), chain_of({layer}));
  std::string bytes = bytes_of(path("m"));
  bytes.replace(bytes.find("relu6"), 5, "gelu6");
  std::ofstream(path("m"), std::ios::binary | std::ios::trunc) << bytes;
  EXPECT_ERROR((void)load_network(path("m")), "0.activation is \"gelu6\"");
}

TEST_F(QuantizedFile, ATruncatedFileIsAnErrorAtEveryLength) {
  save_network(path("m"), model(4, 8));
  const std::string whole = bytes_of(path("m"));
  for (std::size_t length = 0; length < whole.size(); length += 13) {
    std::ofstream(path("cut"), std::ios::binary | std::ios::trunc) << whole.substr(0, length);
    EXPECT_THROW((void)load_network(path("cut")), Error) << length;
  }
}

TEST_F(QuantizedFile, AChangedNumberIsAnErrorOrAnotherModelButNeverACrash) {
  save_network(path("m"), model(4, 8));
  const std::string whole = bytes_of(path("m"));
  for (std::size_t at = 8; at < whole.size(); at += 7) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x11);
    std::ofstream(path("bad"), std::ios::binary | std::ios::trunc) << changed;
    try {
      (void)load_network(path("bad"));
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("bad"), std::string::npos) << error.what();
    }
  }
}

TEST_F(QuantizedFile, AMissingFileIsNamed) {
  try {
    (void)load_network(path("absent"));
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("absent"), std::string::npos);
  }
}

}  // namespace
}  // namespace tinytorch::quantization
