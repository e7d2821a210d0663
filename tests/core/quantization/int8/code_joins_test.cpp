// Tables of codes, products, maxima and concatenations against their formulas.
#include "tinytorch/quantization/int8/code_joins.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/support/expect_error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;

const QRange kAll = full_range(8);

Codes draw(std::int64_t count, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (auto& code : codes) code = static_cast<std::int8_t>(static_cast<int>(rng.below(256)) - 128);
  return codes;
}

QParams draw_grid(Rng& rng) {
  return {rng.uniform(0.01f, 0.2f), static_cast<std::int32_t>(rng.below(256)) - 128};
}

std::int8_t rounded(float x, QParams grid, QRange range = kAll) {
  const float value[] = {x};
  std::int8_t code[1];
  quantize(value, grid, range, code);
  return code[0];
}

float real(int code, QParams grid) {
  return static_cast<float>(code - grid.zero_point) * grid.scale;
}

TEST(CodeTable, HoldsTheFunctionOfEveryCode) {
  Rng rng(1);
  for (const FunctionKind kind : kFunctionKinds) {
    const Function function{kind, kind == FunctionKind::kClip ? -1.0f : 0.1f, 1.5f};
    const QParams from = draw_grid(rng);
    const QParams to = draw_grid(rng);
    for (const QRange range : {kAll, full_range(4)}) {
      const CodeTable table = tabulate(function, from, to, range);
      for (int q = -128; q <= 127; ++q) {
        EXPECT_EQ(table[q], rounded(value_of(function, real(q, from)), to, range))
            << name(kind) << " of " << q;
      }
    }
  }
}

TEST(CodeTable, LooksUpManyCodesAtOnceAsOneByOne) {
  Rng rng(4);
  const CodeTable table(draw(256, rng));
  for (const std::int64_t count : {0, 1, 63, 64, 65, 127, 128, 1000}) {
    const Codes x = draw(count, rng);
    Codes y(x.size());
    table.forward(x, y);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], table[x[i]]) << i << " of " << count;
    Codes in_place = x;
    table.forward(in_place, in_place);
    EXPECT_EQ(in_place, y);
  }
}

// The layers of training compute the same numbers, to the rounding of float exponentials.
TEST(CodeTable, FunctionsAreThoseOfTheLayers) {
  const auto near = [](nn::Module&& layer, const Function& function) {
    for (float x = -9.0f; x < 9.0f; x += 0.0625f) {
      EXPECT_NEAR(layer.forward(Tensor({1}, {x})).item(), value_of(function, x), 2e-6f)
          << layer.describe() << " of " << x;
    }
  };
  near(nn::ReLU(), {FunctionKind::kRelu});
  near(nn::LeakyReLU(0.3f), {FunctionKind::kLeakyRelu, 0.3f});
  near(nn::Hardtanh(-2.0f, 3.0f), {FunctionKind::kClip, -2.0f, 3.0f});
  near(nn::Sigmoid(), {FunctionKind::kSigmoid});
  near(nn::Hardsigmoid(), {FunctionKind::kHardsigmoid});
  near(nn::Hardswish(), {FunctionKind::kHardswish});
  near(nn::SiLU(), {FunctionKind::kSilu});
  near(nn::Tanh(), {FunctionKind::kTanh});
  near(nn::GELU(), {FunctionKind::kGelu});
  near(nn::GELU(ops::Gelu::kTanh), {FunctionKind::kGeluTanh});
}

TEST(CodeTable, KeepsCodesOnTheSameGridAndRoundsThemOntoAnother) {
  EXPECT_TRUE(requantization_table({0.1f, 3}, {0.1f, 3}, kAll).is_identity());
  const CodeTable table = requantization_table({0.5f, 3}, {1.0f, -2}, kAll);
  EXPECT_EQ(table[4], -2);  // 0.5 of a step: to even
  EXPECT_EQ(table[6], 0);   // 1.5
  EXPECT_EQ(requantization_table({0.1f, 3}, {0.1f, 3}, full_range(4))[100], 7);
  EXPECT_ERROR(requantization_table({0.0f, 3}, {1.0f, 0}, kAll), "code table: the input");
  EXPECT_ERROR(CodeTable(Codes(255)), "255 codes, expected 256");
}

TEST(QuantizedMultiply, IsTheRoundedProductOverTheBroadcastExtent) {
  Rng rng(2);
  const CodeExtent extents[] = {{3, 4, 5}, {1, 1, 5}, {3, 4, 1}, {3, 1, 5}, {1, 1, 1}};
  for (const CodeExtent& a : extents) {
    for (const CodeExtent& b : extents) {
      const AddGrids grids{draw_grid(rng), draw_grid(rng), draw_grid(rng)};
      const QuantizedMultiply product(grids, kAll, Dialect::kOrt);
      const CodeExtent out = broadcast_extent(a, b);
      const Codes x = draw(2 * a.codes(), rng);
      const Codes y = draw(2 * b.codes(), rng);
      Codes z(static_cast<std::size_t>(2 * out.codes()));
      product.forward(x, a, y, b, 2, z);
      const auto at = [](const Codes& codes, const CodeExtent& e, std::int64_t n, std::int64_t h,
                         std::int64_t w, std::int64_t c) {
        return codes[static_cast<std::size_t>(
            ((n * e.height + h % e.height) * e.width + w % e.width) * e.channels + c % e.channels)];
      };
      std::size_t i = 0;
      for (std::int64_t n = 0; n < 2; ++n)
        for (std::int64_t h = 0; h < out.height; ++h)
          for (std::int64_t w = 0; w < out.width; ++w)
            for (std::int64_t c = 0; c < out.channels; ++c, ++i) {
              const float exact =
                  real(at(x, a, n, h, w, c), grids.a) * real(at(y, b, n, h, w, c), grids.b);
              ASSERT_EQ(z[i], rounded(exact, grids.output)) << "output " << i;
            }
    }
  }
  EXPECT_ERROR(broadcast_extent({3, 4, 5}, {3, 2, 5}), "sizes 4 and 2 differ");
}

TEST(QuantizedMultiply, InDialectTfliteHasNoFloatOnTheWay) {
  // Multiplier 0.5 · 0.25 / 0.25: products of 1, -1, 3 are 0.5, -0.5, 1.5 steps, and ties go up.
  const QuantizedMultiply product({{0.5f, 0}, {0.25f, 1}, {0.25f, -1}}, kAll, Dialect::kTflite);
  const CodeExtent extent{1, 1, 4};
  Codes out(4);
  product.forward(Codes{1, -1, 3, 127}, extent, Codes{2, 2, 2, 127}, extent, 1, out);
  EXPECT_EQ(out, (Codes{0, -1, 1, 127}));
}

TEST(QuantizedMaximum, IsTheRoundedLargerNumber) {
  Rng rng(3);
  for (int trial = 0; trial < 20; ++trial) {
    const AddGrids grids{draw_grid(rng), draw_grid(rng), draw_grid(rng)};
    const Codes a = draw(500, rng);
    const Codes b = draw(500, rng);
    Codes out(500);
    QuantizedMaximum(grids, kAll).forward(a, b, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      ASSERT_EQ(out[i], rounded(std::max(real(a[i], grids.a), real(b[i], grids.b)), grids.output));
    }
  }
}

TEST(QuantizedConcat, PutsPartsBehindEachOtherOnOneGrid) {
  const QParams same{1.0f, 0};
  const QParams other{2.0f, 10};
  const Codes a{1, 2, 3, 4};      // 2 x 2 pixels of one channel
  const Codes b{11, 12, 13, 14};  // 2, 4, 6, 8
  const std::span<const std::int8_t> parts[] = {a, b};
  const CodeExtent extents[] = {{2, 2, 1}, {2, 2, 1}};
  const auto joined = [&](ConcatAxis axis) {
    Codes out(8);
    QuantizedConcat({same, other}, same, axis, kAll).forward(parts, extents, 1, out);
    return out;
  };
  EXPECT_EQ(joined(ConcatAxis::kChannels), (Codes{1, 2, 2, 4, 3, 6, 4, 8}));
  EXPECT_EQ(joined(ConcatAxis::kHeight), (Codes{1, 2, 3, 4, 2, 4, 6, 8}));
  EXPECT_EQ(joined(ConcatAxis::kWidth), (Codes{1, 2, 2, 4, 3, 4, 6, 8}));
  const CodeExtent unlike[] = {{2, 2, 1}, {2, 3, 1}};
  EXPECT_ERROR(QuantizedConcat({same, other}, same, ConcatAxis::kChannels, kAll).result(unlike),
               "the other sizes must be equal");
  EXPECT_ERROR(QuantizedConcat({}, same, ConcatAxis::kChannels, kAll), "no inputs");
}

}  // namespace
}  // namespace tinytorch::quantization
