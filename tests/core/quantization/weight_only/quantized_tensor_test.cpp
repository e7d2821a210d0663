// Stored weights: every width, granularity and symmetry, and codes of any width packed.
#include "tinytorch/quantization/weight_only/quantized_tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/packing.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

using Floats = std::vector<float>;

constexpr Granularity kGranularities[] = {Granularity::kPerTensor, Granularity::kPerChannel,
                                          Granularity::kPerGroup};

Floats values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

Floats back(const QuantizedTensor& stored) { return values(dequantize_tensor(stored)); }

// Row r of a normal weight is 4^r times as large as row 0, each half row 3 times as large as the
// other: what one scale cannot do justice to.
Tensor rows_scaled_apart(std::int64_t rows, std::int64_t columns) {
  Rng rng(3);
  Tensor weight = Tensor::randn(Shape{rows, columns}, rng);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      weight.data()[static_cast<std::size_t>(r * columns + c)] *=
          std::pow(4.0f, static_cast<float>(r)) * (c < columns / 2 ? 3.0f : 1.0f);
    }
  }
  return weight;
}

void for_each_scheme(const std::function<void(const WeightScheme&)>& check) {
  for (int bits = 2; bits <= 8; ++bits) {
    for (const Granularity granularity : kGranularities) {
      for (const bool symmetric : {true, false}) {
        const WeightScheme scheme{
            .bits = bits, .granularity = granularity, .group_size = 16, .symmetric = symmetric};
        SCOPED_TRACE(describe(scheme));
        check(scheme);
      }
    }
  }
}

// The number of the scale of value i, from the definition.
std::size_t scale_of(std::size_t i, std::int64_t columns, const WeightScheme& scheme) {
  const auto row = static_cast<std::int64_t>(i) / columns;
  const auto column = static_cast<std::int64_t>(i) % columns;
  if (scheme.granularity == Granularity::kPerTensor) return 0;
  if (scheme.granularity == Granularity::kPerChannel) return static_cast<std::size_t>(row);
  const std::int64_t groups = (columns + scheme.group_size - 1) / scheme.group_size;
  return static_cast<std::size_t>(row * groups + column / scheme.group_size);
}

TEST(PackCodes, EveryWidthComesBackAtEveryLength) {
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

// The whole sweep: 7 widths × 3 granularities × 2 symmetries, rows of 50 in groups of 16 (the last
// one of 2), against quantize() and dequantize() value by value.
TEST(QuantizedTensor, EverySchemeIsTheFormulaValueByValue) {
  const Tensor weight = rows_scaled_apart(5, 50);
  for_each_scheme([&](const WeightScheme& scheme) {
    const QuantizedTensor stored = quantize_tensor(weight, scheme);
    const Floats restored = back(stored);
    const auto codes = unpack_codes(stored.codes, 250, scheme.bits);
    const QRange range = scheme.symmetric ? symmetric_range(scheme.bits) : full_range(scheme.bits);
    for (std::size_t i = 0; i < restored.size(); ++i) {
      const std::size_t s = scale_of(i, 50, scheme);
      const QParams params{stored.scales[s], scheme.symmetric ? 0 : stored.zero_points[s]};
      const float w = std::as_const(weight).data()[i];
      std::int8_t code = 0;
      quantize({&w, 1}, params, range, {&code, 1});
      float value = 0.0f;
      dequantize({&code, 1}, params, {&value, 1});
      ASSERT_EQ(codes[i], code) << i;
      ASSERT_EQ(restored[i], value) << i;
      // An end may saturate by the rounding of the zero-point, up to another half step.
      ASSERT_LE(std::abs(value - w), (scheme.symmetric ? 0.501f : 1.001f) * params.scale) << i;
    }
  });
}

TEST(QuantizedTensor, CountsItsBytesExactly) {
  const Tensor weight = rows_scaled_apart(5, 50);
  for_each_scheme([&](const WeightScheme& scheme) {
    const std::int64_t scales = scheme.granularity == Granularity::kPerTensor    ? 1
                                : scheme.granularity == Granularity::kPerChannel ? 5
                                                                                 : 5 * 4;
    EXPECT_EQ(quantize_tensor(weight, scheme).bytes(),
              (250 * scheme.bits + 7) / 8 + 4 * scales + (scheme.symmetric ? 0 : scales));
  });
}

TEST(QuantizedTensor, FinerScalesLoseLessAtEveryWidth) {
  const Tensor weight = rows_scaled_apart(6, 64);
  for (int bits = 2; bits <= 8; ++bits) {
    for (const bool symmetric : {true, false}) {
      // Row by row, since the largest row would drown the others.
      Floats before(6, -100.0f);
      for (const Granularity granularity : kGranularities) {
        const WeightScheme scheme{bits, granularity, 16, symmetric};
        const Floats restored = back(quantize_tensor(weight, scheme));
        for (std::size_t r = 0; r < 6; ++r) {
          const auto db =
              static_cast<float>(sqnr_db(std::as_const(weight).data().subspan(r * 64, 64),
                                         std::span<const float>(restored).subspan(r * 64, 64)));
          EXPECT_GE(db, before[r]) << describe(scheme) << ", row " << r;
          before[r] = db;
        }
      }
    }
  }
}

// Evenly spread weights: the error goes with the step, and the step with the number of codes.
TEST(QuantizedTensor, EachBitIsWorthItsDecibels) {
  Rng rng(9);
  const Tensor weight = Tensor::uniform(Shape{20, 64}, -1.0f, 1.0f, rng);
  for (const Granularity granularity : kGranularities) {
    for (const bool symmetric : {true, false}) {
      double before = 0.0;
      for (int bits = 3; bits <= 8; ++bits) {
        const WeightScheme scheme{bits, granularity, 16, symmetric};
        const double db = sqnr_db(weight.data(), back(quantize_tensor(weight, scheme)));
        const auto steps = [&](int width) { return (1 << width) - (symmetric ? 2 : 1); };
        const double expected = 20.0 * std::log10(double(steps(bits)) / steps(bits - 1));
        if (bits > 3) {
          EXPECT_NEAR(db - before, expected, 0.6) << describe(scheme);
        }
        before = db;
      }
    }
  }
}

TEST(QuantizedTensor, RoundsTiesToTheEvenCode) {
  // Symmetric, 3 bits: ±3, so the largest magnitude 3 makes steps of 1.
  const Tensor weight(Shape{2, 4}, {3.0f, 0.5f, 1.5f, 2.5f, -3.0f, -0.5f, -1.5f, -2.5f});
  EXPECT_EQ(back(quantize_tensor(weight, {.bits = 3})), (Floats{3, 0, 2, 2, -3, 0, -2, -2}));
  // Asymmetric, [-4, 3] over eight codes: steps of 1 as well, zero-point 0.
  const Tensor wide(Shape{1, 6}, {-4.0f, 3.0f, 0.5f, 1.5f, -0.5f, -2.5f});
  const WeightScheme asymmetric{
      .bits = 3, .granularity = Granularity::kPerTensor, .symmetric = false};
  EXPECT_EQ(back(quantize_tensor(wide, asymmetric)), (Floats{-4, 3, 0, 2, 0, -2}));
}

TEST(QuantizedTensor, ConstantsAndZerosSurviveInEveryScheme) {
  const Tensor weight(Shape{3, 4}, {5, 5, 5, 5, 0, 0, 0, 0, -2, -2, -2, -2});
  for_each_scheme([&](const WeightScheme& scheme) {
    if (scheme.granularity == Granularity::kPerTensor) return;  // its steps are those of all rows
    const Floats restored = back(quantize_tensor(weight, scheme));
    for (std::size_t i = 0; i < restored.size(); ++i) {
      EXPECT_NEAR(restored[i], std::as_const(weight).data()[i], 1e-6f) << i;
    }
  });
  for_each_scheme([&](const WeightScheme& scheme) {
    EXPECT_EQ(back(quantize_tensor(Tensor::zeros(Shape{2, 3}), scheme)), Floats(6, 0.0f));
  });
}

TEST(QuantizedTensor, RangesWithoutZeroKeepTheirEnds) {
  const Tensor weight(Shape{1, 4}, {2.0f, 3.0f, 4.0f, 6.0f});
  for_each_scheme([&](const WeightScheme& scheme) {
    const QuantizedTensor stored = quantize_tensor(weight, scheme);
    const Floats restored = back(stored);
    EXPECT_NEAR(restored[3], 6.0f, 1e-5f);
    // 0 has a code of its own whether it was observed or not.
    const QParams params{stored.scales[0], scheme.symmetric ? 0 : stored.zero_points[0]};
    if (!scheme.symmetric) {
      EXPECT_EQ(params.zero_point, full_range(scheme.bits).qmin);
    }
    EXPECT_LE(std::abs(restored[0] - 2.0f), 0.501f * params.scale);
  });
}

TEST(QuantizedTensor, TinyGroupsGetTheSmallestScale) {
  const Tensor weight(Shape{1, 6}, {1e-40f, -1e-41f, 0, 1, 2, 3});
  for (const bool symmetric : {true, false}) {
    const QuantizedTensor stored =
        quantize_tensor(weight, {4, Granularity::kPerGroup, 3, symmetric});
    EXPECT_EQ(stored.scales[0], kMinScale);
    EXPECT_NEAR(back(stored)[0], 0.0f, 1e-37f);
  }
}

TEST(QuantizedTensor, EachGroupHasAScaleOfItsOwn) {
  const Tensor weight(Shape{1, 4}, {0.7f, -0.35f, 7.0f, 3.0f});
  const QuantizedTensor stored = quantize_tensor(weight, {4, Granularity::kPerGroup, 2});
  EXPECT_EQ(stored.scales, (Floats{0.7f / 7.0f, 1.0f}));
  EXPECT_EQ(unpack_codes(stored.codes, 4, 4), (std::vector<std::int8_t>{7, -4, 7, 3}));
  EXPECT_TRUE(stored.zero_points.empty());
}

TEST(QuantizedTensor, AGroupNeverReachesIntoTheNextRow) {
  // Rows of 5 in groups of 2: 2, 2 and a short one of 1.
  const Tensor weight(Shape{2, 5}, {1, 2, 3, 4, 5, 10, 20, 30, 40, 50});
  const QuantizedTensor stored = quantize_tensor(weight, {8, Granularity::kPerGroup, 2});
  EXPECT_EQ(stored.groups_per_row(), 3);
  EXPECT_EQ(stored.scales,
            (Floats{2.0f / 127, 4.0f / 127, 5.0f / 127, 20.0f / 127, 40.0f / 127, 50.0f / 127}));
}

TEST(QuantizedTensor, PerChannelIsWhatTrainingUses) {
  const Tensor weight = rows_scaled_apart(6, 33);
  const Floats scales = channel_scales(weight.data(), 6, 5);
  std::vector<std::int8_t> codes(weight.data().size());
  quantize_per_channel(weight.data(), scales, 5, codes);
  for (const WeightScheme& scheme :
       {WeightScheme{5, Granularity::kPerChannel}, WeightScheme{5, Granularity::kPerGroup, 33},
        WeightScheme{5, Granularity::kPerGroup, 1000}}) {
    const QuantizedTensor stored = quantize_tensor(weight, scheme);
    EXPECT_EQ(stored.scales, scales) << describe(scheme);
    EXPECT_EQ(unpack_codes(stored.codes, 6 * 33, 5), codes) << describe(scheme);
  }
}

TEST(QuantizedTensor, TakesTheWeightOfAConvolution) {
  Rng rng(4);
  const Tensor weight = Tensor::randn(Shape{6, 2, 3, 3}, rng);
  const QuantizedTensor stored = quantize_tensor(weight, {.bits = 6});
  EXPECT_EQ(stored.rows(), 6);
  EXPECT_EQ(stored.columns(), 18);
  EXPECT_EQ(dequantize_tensor(stored).shape(), weight.shape());
}

// Rows of 7 codes of 3 bits begin in the middle of bytes.
TEST(QuantizedTensor, RowsComeBackWithoutTheOthers) {
  const Tensor weight = rows_scaled_apart(6, 7);
  for_each_scheme([&](const WeightScheme& scheme) {
    const QuantizedTensor stored = quantize_tensor(weight, scheme);
    const Floats whole = back(stored);
    for (std::int64_t first = 0; first < 6; ++first) {
      for (std::int64_t count = 0; first + count <= 6; ++count) {
        Floats some(static_cast<std::size_t>(count * 7));
        dequantize_rows(stored, first, count, some);
        EXPECT_TRUE(std::equal(some.begin(), some.end(), whole.begin() + first * 7)) << first;
      }
    }
  });
  const QuantizedTensor stored = quantize_tensor(weight, {});
  Floats row(7);
  EXPECT_ERROR(dequantize_rows(stored, 6, 1, row), "1 rows from row 6");
  EXPECT_ERROR(dequantize_rows(stored, -1, 1, row), "from row -1");
  EXPECT_ERROR(dequantize_rows(stored, 0, 2, row), "into 7 values");
}

TEST(QuantizedTensor, RefusesWhatHasNoCode) {
  const Tensor weight = rows_scaled_apart(2, 5);
  EXPECT_ERROR((void)quantize_tensor(weight, {.bits = 1}), "1 bits; choose 2 to 8");
  EXPECT_ERROR((void)quantize_tensor(weight, {.bits = 9}), "9 bits; choose 2 to 8");
  EXPECT_ERROR((void)quantize_tensor(weight, {4, Granularity::kPerGroup, 0}), "groups of 0");
  EXPECT_ERROR((void)quantize_tensor(Tensor::ones(Shape{4}), {}), "[4]");
  EXPECT_ERROR((void)quantize_tensor(Tensor::ones(Shape{0, 4}), {}), "[0, 4]");
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const Granularity granularity : kGranularities) {
      Tensor spoilt = weight.clone();
      spoilt.data()[7] = bad;
      EXPECT_ERROR((void)quantize_tensor(spoilt, {4, granularity, 2}), "row 1, column 2");
    }
  }
}

TEST(QuantizedTensor, RefusesPartsThatDoNotFitTogether) {
  const QuantizedTensor good = quantize_tensor(rows_scaled_apart(2, 5), {.symmetric = false});
  QuantizedTensor torn = good;
  torn.scales.pop_back();
  EXPECT_ERROR((void)dequantize_tensor(torn), "1 scales and 2 zero-points");
  torn = good;
  torn.zero_points.clear();
  EXPECT_ERROR((void)dequantize_tensor(torn), "0 zero-points");
  torn = good;
  torn.codes.push_back(0);
  EXPECT_ERROR((void)dequantize_tensor(torn), "11 bytes of codes");
  torn = good;
  torn.scales[1] = 0.0f;
  EXPECT_ERROR((void)dequantize_tensor(torn), "scale must be positive and finite, got 0");
}

TEST(QuantizedTensor, IntegerSumsRefuseGroups) {
  EXPECT_ERROR((void)max_scales(Tensor::ones(Shape{2, 4}), Granularity::kPerGroup, 8),
               "weight_only");
  Rng rng(1);
  const nn::Sequential model({std::make_shared<nn::Linear>(4, 2, rng)});
  EXPECT_ERROR((void)prepare_network(model, {.granularity = Granularity::kPerGroup}),
               "QatNetwork: scales per group");
}

}  // namespace
}  // namespace tinytorch::quantization
