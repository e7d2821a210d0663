// NaN, infinities, huge values and scales that are not positive and finite: where ONNX Runtime has
// an answer we share, and where we refuse what it silently computes.
#include <gtest/gtest.h>

#include <limits>

#include "tests/parity/draws.h"
#include "tests/parity/one_node.h"
#include "tests/support/expect_error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/dynamic_qparams.h"

namespace tinytorch::parity {
namespace {

using quantization::full_range;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kLargest = std::numeric_limits<float>::max();

template <typename Code>
std::vector<Code> quantized_by_them(const Floats& x, float scale, std::int32_t zero_point) {
  std::vector<Code> y;
  const auto count = static_cast<std::int64_t>(x.size());
  OneNode node("QuantizeLinear");
  node.input("x", x, {count}).scalar("scale", scale).scalar("zero", as_code<Code>(zero_point));
  node.output("y", y, {count}).run();
  return y;
}

// At several places, since vector instructions take 16 or 64 values together and the rest alone.
TEST(SpecialValues, QuantizeToTheSameCodesWhereverTheyStand) {
  for (const float special :
       {kNaN, -kNaN, kInfinity, -kInfinity, 3e9f, -3e9f, kLargest, -kLargest, 1e-45f, -0.0f}) {
    for (const std::size_t place : {0u, 15u, 16u, 63u, 64u, 79u, 80u}) {
      Floats x(81, 1.0f);
      x[place] = special;
      Codes ours(x.size());
      quantization::quantize(x, {0.5f, 3}, full_range(8), ours);
      EXPECT_EQ(as_codes<std::uint8_t>(ours), quantized_by_them<std::uint8_t>(x, 0.5f, 3))
          << special << " at " << place;
      EXPECT_EQ(ours, quantized_by_them<std::int8_t>(x, 0.5f, 3)) << special << " at " << place;
    }
  }
}

TEST(SpecialValues, NaNBecomesTheLowestCode) {
  EXPECT_EQ(quantized_by_them<std::int8_t>({kNaN}, 0.5f, 3), Codes{-128});
  EXPECT_EQ(quantized_by_them<std::uint8_t>({kNaN}, 0.5f, 3), std::vector<std::uint8_t>{0});
}

TEST(SpecialValues, ScalesThatAreNoneAreRefusedWhereTheyAreTaken) {
  const Floats x{-1.0f, 0.0f, 1.0f, 2.0f};
  for (const float scale : {0.0f, -0.5f, kNaN, kInfinity}) {
    Codes ours(x.size());
    EXPECT_ERROR(quantization::quantize(x, {scale, 3}, full_range(8), ours), "scale");
    EXPECT_EQ(quantized_by_them<std::int8_t>(x, scale, 3).size(), x.size()) << "no complaint";
  }
}

float scale_chosen_by_them(const Floats& x) {
  std::vector<std::uint8_t> codes;
  std::vector<std::uint8_t> zero_point;
  Floats scale;
  const auto count = static_cast<std::int64_t>(x.size());
  OneNode node("DynamicQuantizeLinear");
  node.input("x", x, {count}).output("y", codes, {count});
  node.output("scale", scale, {}).output("zero_point", zero_point, {}).run();
  return scale[0];
}

// One NaN in a batch: ONNX Runtime passes over it in most places, as if it were not there; in
// others it becomes the scale, and then every code of the batch is 0. Which places those are
// depends on its vector width.
TEST(SpecialValues, ANaNInABatchIsRefusedWhereItIsLost) {
  int passed_over = 0;
  int became_the_scale = 0;
  for (std::size_t place = 0; place < 40; ++place) {
    Floats x(40, 1.0f);
    x[place] = kNaN;
    EXPECT_ERROR((void)quantization::choose_qparams_dynamic(x), "nan");
    const float theirs = scale_chosen_by_them(x);
    if (std::isnan(theirs)) {
      ++became_the_scale;
    } else {
      ++passed_over;
      EXPECT_EQ(theirs, 1.0f / 255.0f);
    }
  }
  EXPECT_EQ(passed_over + became_the_scale, 40);
  EXPECT_GT(passed_over, 0) << "if it never happens any more, say so in dynamic_qparams.h";
}

TEST(SpecialValues, AnInfinityInABatchIsRefusedWhereItFlattensTheRest) {
  for (const float infinity : {kInfinity, -kInfinity}) {
    const Floats x{1.0f, 2.0f, infinity, -1.0f};
    EXPECT_ERROR((void)quantization::choose_qparams_dynamic(x), "inf");
    EXPECT_EQ(scale_chosen_by_them(x), kInfinity);
  }
  EXPECT_ERROR((void)quantization::choose_qparams_dynamic(Floats{-kLargest, kLargest}), "wider");
  EXPECT_EQ(scale_chosen_by_them({-kLargest, kLargest}), kInfinity);
}

TEST(SpecialValues, ATinyBatchKeepsAScaleWhereTheirsBecomesZero) {
  EXPECT_EQ(quantization::choose_qparams_dynamic(Floats{1e-44f}).scale, quantization::kMinScale);
  EXPECT_EQ(scale_chosen_by_them({1e-44f}), 0.0f);
}

}  // namespace
}  // namespace tinytorch::parity
