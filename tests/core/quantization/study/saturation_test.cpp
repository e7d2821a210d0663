// The damage that 16-bit pairs do, and the remedy.
#include "tinytorch/quantization/study/saturation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

Codes draw(std::size_t count, QRange range, Rng& rng) {
  Codes codes(count);
  const auto values = static_cast<std::uint32_t>(range.qmax - range.qmin + 1);
  for (std::int8_t& code : codes) {
    code = static_cast<std::int8_t>(range.qmin + static_cast<std::int32_t>(rng.below(values)));
  }
  return codes;
}

TEST(Saturation, TwoLargeProductsAreClampedAtSixteenBits) {
  Sums acc(1);
  // u = (255, 255): 255·127 + 255·127 = 64770 → 32767, less 128 · (127 + 127) = 32512.
  SaturationCount count = saturating_linear_int32(Codes{127, 127}, Codes{127, 127}, Sums{0}, acc);
  EXPECT_EQ(acc[0], 32767 - 32512);
  EXPECT_EQ(count.saturated, 1);
  // The other end: 255·(−127) · 2 = −64770 → −32768.
  count = saturating_linear_int32(Codes{127, 127}, Codes{-127, -127}, Sums{5}, acc);
  EXPECT_EQ(acc[0], 5 - 32768 + 32512);
  EXPECT_EQ(count.saturated, 1);
  // Products of opposite sign meet before the clamp.
  count = saturating_linear_int32(Codes{127, 127}, Codes{127, -127}, Sums{0}, acc);
  EXPECT_EQ(acc[0], 0);
  EXPECT_EQ(count.saturated, 0);
}

TEST(Saturation, AnOddLastInputStandsAlone) {
  Sums acc(1);
  const SaturationCount count =
      saturating_linear_int32(Codes{1, 2, 127}, Codes{3, -4, 127}, Sums{10}, acc);
  EXPECT_EQ(acc[0], 10 + 3 - 8 + 127 * 127);
  EXPECT_EQ(count.pairs, 2);
  EXPECT_EQ(count.saturated, 0);
}

TEST(Saturation, FullRangeWeightsGiveOtherSumsThanTheExactLoop) {
  Rng rng(1);
  const Codes x = draw(4 * 64, full_range(8), rng);
  const Codes weight = draw(8 * 64, symmetric_range(8), rng);
  const Sums bias(8, 3);
  Sums exact(4 * 8);
  Sums saturated(exact.size());
  linear_int32(x, weight, bias, exact);
  const SaturationCount count = saturating_linear_int32(x, weight, bias, saturated);
  EXPECT_EQ(count.pairs, 4 * 8 * 32);
  EXPECT_GT(count.saturated, 0);
  EXPECT_NE(saturated, exact);
}

TEST(Saturation, ReducedRangeNeverSaturatesAndIsTheWidestThatDoesNot) {
  const Sums bias{0};
  for (const int sign : {-1, 1}) {
    const Codes x{127, 127};  // u = 255, the largest
    const auto widest = static_cast<std::int8_t>(sign * reduced_range().qmax);
    const auto wider = static_cast<std::int8_t>(widest + sign);
    Sums acc(1);
    EXPECT_EQ(saturating_linear_int32(x, Codes{widest, widest}, bias, acc).saturated, 0);
    EXPECT_EQ(acc[0], 2 * 127 * widest);
    EXPECT_EQ(saturating_linear_int32(x, Codes{wider, wider}, bias, acc).saturated, 1);
  }
  Rng rng(2);
  const Codes x = draw(4 * 63, full_range(8), rng);
  const Codes weight = draw(8 * 63, reduced_range(), rng);
  Sums exact(4 * 8);
  Sums emulated(exact.size());
  linear_int32(x, weight, Sums(8), exact);
  EXPECT_EQ(saturating_linear_int32(x, weight, Sums(8), emulated).saturated, 0);
  EXPECT_EQ(emulated, exact);
}

// Largest error of the layer's real outputs when its weights have codes of `range` and its sums are
// added in 16-bit pairs. Inputs lie in [0, 1], so that their codes are large.
float largest_error(const std::vector<float>& x, const std::vector<float>& weight, QRange range,
                    std::size_t in) {
  const QParams input{1.0f / 255.0f, -128};
  const QParams scheme{1.0f / static_cast<float>(range.qmax), 0};
  Codes x_codes(x.size());
  Codes w_codes(weight.size());
  quantize(x, input, full_range(8), x_codes);
  quantize(weight, scheme, range, w_codes);
  const std::size_t out = weight.size() / in;
  const Sums bias = fold_input_zero_point(w_codes, Sums(out), input.zero_point);
  Sums acc(x.size() / in * out);
  saturating_linear_int32(x_codes, w_codes, bias, acc);
  float worst = 0.0f;
  for (std::size_t i = 0; i < acc.size(); ++i) {
    double real = 0.0;
    for (std::size_t k = 0; k < in; ++k) {
      real += static_cast<double>(x[i / out * in + k]) * weight[i % out * in + k];
    }
    const float got = static_cast<float>(acc[i]) * input.scale * scheme.scale;
    worst = std::max(worst, std::abs(got - static_cast<float>(real)));
  }
  return worst;
}

TEST(Saturation, ABitLessForTheWeightsCostsFarLessThanSaturating) {
  Rng rng(3);
  std::vector<float> x(8 * 256);
  std::vector<float> weight(16 * 256);
  for (float& value : x) value = static_cast<float>(rng.below(1000)) / 999.0f;
  for (float& value : weight) value = static_cast<float>(rng.below(2001)) / 1000.0f - 1.0f;
  const float full = largest_error(x, weight, symmetric_range(8), 256);
  const float reduced = largest_error(x, weight, reduced_range(), 256);
  EXPECT_GT(full, 10.0f * reduced) << "full " << full << ", reduced " << reduced;
}

TEST(Saturation, RefusesSizesThatDoNotFit) {
  Sums acc(1);
  Sums none;
  EXPECT_THROW(saturating_linear_int32(Codes(3), Codes(2), Sums(1), acc), Error);
  EXPECT_THROW(saturating_linear_int32(Codes(2), Codes(2), Sums(1), none), Error);
  EXPECT_THROW(saturating_linear_int32(Codes(0), Codes(0), Sums(0), none), Error);
}

}  // namespace
}  // namespace tinytorch::quantization
