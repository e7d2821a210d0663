// Scales for groups along a row, and codes of any width packed.
#include "tinytorch/quantization/grouped.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/affine.h"
#include "tinytorch/quantization/packing.h"
#include "tinytorch/quantization/sqnr.h"

namespace tinytorch::quantization {
namespace {

using Floats = std::vector<float>;

Floats normals(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  Floats x(count);
  for (float& value : x) value = rng.normal();
  return x;
}

TEST(PackCodes, EveryWidthComesBack) {
  for (int bits = 2; bits <= 8; ++bits) {
    const QRange range = full_range(bits);
    // Every code there is, and lengths that leave each possible number of bits over.
    for (std::int64_t count = 0; count < 300; ++count) {
      std::vector<std::int8_t> codes;
      for (std::int64_t i = 0; i < count; ++i) {
        codes.push_back(static_cast<std::int8_t>(range.qmin + i * 7 % (1 << bits)));
      }
      const auto bytes = pack_codes(codes, bits);
      ASSERT_EQ(static_cast<std::int64_t>(bytes.size()), (count * bits + 7) / 8) << bits;
      ASSERT_EQ(unpack_codes(bytes, count, bits), codes) << bits << " bits, " << count;
    }
    EXPECT_THROW(
        (void)pack_codes(
            std::vector<std::int8_t>{static_cast<std::int8_t>(bits < 8 ? range.qmax + 1 : 0)},
            bits < 8 ? bits : 9),
        Error);
  }
}

TEST(PackCodes, LaysThreeBitCodesSideBySide) {
  // 1, -1, 2 as 001, 111, 010, the first lowest: 10 111 001 and then 0.
  EXPECT_EQ(pack_codes(std::vector<std::int8_t>{1, -1, 2}, 3),
            (std::vector<std::uint8_t>{0b10111001, 0}));
}

TEST(QuantizeGroups, EachGroupHasAScaleOfItsOwn) {
  const Floats w{0.7f, -0.35f, 7.0f, 3.0f};
  const GroupedWeight stored = quantize_groups(w, 1, {.group_size = 2, .bits = 4});
  EXPECT_EQ(stored.scales, (Floats{0.7f / 7.0f, 1.0f}));
  EXPECT_EQ(unpack_codes(stored.codes, 4, 4), (std::vector<std::int8_t>{7, -4, 7, 3}));
  EXPECT_TRUE(stored.zero_points.empty());
}

TEST(QuantizeGroups, AGroupNeverReachesIntoTheNextRow) {
  // Rows of 5 in groups of 2: 2, 2 and a short one of 1.
  const Floats w{1, 2, 3, 4, 5, 10, 20, 30, 40, 50};
  const GroupedWeight stored = quantize_groups(w, 2, {.group_size = 2, .bits = 8});
  EXPECT_EQ(stored.groups_per_row(), 3);
  EXPECT_EQ(stored.scales,
            (Floats{2.0f / 127, 4.0f / 127, 5.0f / 127, 20.0f / 127, 40.0f / 127, 50.0f / 127}));
  const Floats back = dequantize_groups(stored);
  for (std::size_t i = 0; i < w.size(); ++i) EXPECT_NEAR(back[i], w[i], w[i] / 100.0f) << i;
}

TEST(QuantizeGroups, OneGroupForARowIsPerChannel) {
  const Floats w = normals(6 * 33, 1);
  for (const std::int64_t group_size : {33, 1000}) {
    const GroupedWeight stored = quantize_groups(w, 6, {.group_size = group_size, .bits = 5});
    const Floats scales = channel_scales(w, 6, 5);
    EXPECT_EQ(stored.scales, scales);
    std::vector<std::int8_t> codes(w.size());
    quantize_per_channel(w, scales, 5, codes);
    EXPECT_EQ(unpack_codes(stored.codes, 6 * 33, 5), codes);
  }
}

TEST(QuantizeGroups, NoValueIsMoreThanHalfAStepOffAtAnyWidth) {
  const Floats w = normals(7 * 50, 2);
  for (int bits = 2; bits <= 8; ++bits) {
    for (const bool symmetric : {true, false}) {
      for (const std::int64_t group_size : {1, 3, 16, 50}) {
        const GroupedWeight stored =
            quantize_groups(w, 7, {.group_size = group_size, .bits = bits, .symmetric = symmetric});
        const Floats back = dequantize_groups(stored);
        for (std::size_t i = 0; i < w.size(); ++i) {
          const auto group = static_cast<std::size_t>(stored.groups_per_row()) * (i / 50) +
                             i % 50 / static_cast<std::size_t>(group_size);
          // An end may saturate by the rounding of the zero-point, up to another half step.
          const float steps = symmetric ? 0.501f : 1.001f;
          ASSERT_LE(std::abs(back[i] - w[i]), steps * stored.scales[group])
              << bits << " bits, groups of " << group_size << ", weight " << i;
        }
      }
    }
  }
}

TEST(QuantizeGroups, SmallerGroupsLoseLess) {
  // Three outliers in rows of 256: they spoil their group, not the row.
  Floats w = normals(4 * 256, 3);
  for (const std::size_t i : {10u, 300u, 900u}) w[i] = 15.0f;
  double before = 0.0;
  for (const std::int64_t group_size : {256, 64, 16}) {
    const double db =
        sqnr_db(w, dequantize_groups(quantize_groups(w, 4, {.group_size = group_size, .bits = 4})));
    EXPECT_GT(db, before + 1.0) << group_size;
    before = db;
  }
}

TEST(QuantizeGroups, CountsItsBytes) {
  const Floats w = normals(8 * 100, 4);
  const GroupedWeight symmetric = quantize_groups(w, 8, {.group_size = 32, .bits = 3});
  EXPECT_EQ(symmetric.bytes(), 8 * 100 * 3 / 8 + 8 * 4 * 4);  // four groups a row, the last of 4
  const GroupedWeight asymmetric =
      quantize_groups(w, 8, {.group_size = 32, .bits = 3, .symmetric = false});
  EXPECT_EQ(asymmetric.bytes(), symmetric.bytes() + 8 * 4);
}

TEST(QuantizeGroups, SurvivesConstantZeroAndTinyGroups) {
  const Floats w{0, 0, 0, 5, 5, 5, -2, -2, -2, 1e-40f, -1e-41f, 0};
  for (const bool symmetric : {true, false}) {
    const GroupedWeight stored =
        quantize_groups(w, 1, {.group_size = 3, .bits = 4, .symmetric = symmetric});
    const Floats back = dequantize_groups(stored);
    for (std::size_t i = 0; i < w.size(); ++i) EXPECT_NEAR(back[i], w[i], 1e-6f) << i;
    EXPECT_EQ(stored.scales[0], 1.0f);
    EXPECT_EQ(stored.scales[3], kMinScale);  // a scale that would underflow
  }
}

TEST(QuantizeGroups, RefusesWhatDoesNotDivideOrHasNoCode) {
  const Floats w = normals(10, 5);
  EXPECT_THROW((void)quantize_groups(w, 3, {}), Error);
  EXPECT_THROW((void)quantize_groups(w, 0, {}), Error);
  EXPECT_THROW((void)quantize_groups(Floats{}, 1, {}), Error);
  EXPECT_THROW((void)quantize_groups(w, 2, {.group_size = 0}), Error);
  EXPECT_THROW((void)quantize_groups(w, 2, {.bits = 1}), Error);
  EXPECT_THROW((void)quantize_groups(w, 2, {.bits = 9}), Error);
  Floats bad = w;
  bad[7] = std::numeric_limits<float>::quiet_NaN();
  try {
    (void)quantize_groups(bad, 2, {});
    FAIL() << "NaN was quantized";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("row 1, column 2"), std::string::npos) << error.what();
  }
  GroupedWeight torn = quantize_groups(w, 2, {});
  torn.scales.pop_back();
  EXPECT_THROW((void)dequantize_groups(torn), Error);
}

}  // namespace
}  // namespace tinytorch::quantization
