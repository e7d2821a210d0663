// What module 18 puts under the engine's operations, and that they compute the same with it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/gradient_check.h"
#include "tinytorch/autograd/activation.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/fused.h"
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/lane_math.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"
#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/convolve.h"
#include "tinytorch/kernels/fusions.h"
#include "tinytorch/kernels/gemm/acceleration.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/im2col.h"
#include "tinytorch/kernels/rows.h"
#include "tinytorch/kernels/softmax.h"
#include "tinytorch/quantization/int8/detail/int8_tile.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/int8_ladder.h"
#include "tinytorch/transformer/attention.h"

namespace tinytorch {
namespace {

using kernels::ConvPath;
using kernels::ConvSizes;
using quantization::Isa;
using testing_support::expect_gradients;
using Floats = std::vector<float>;
using Inputs = const std::vector<Tensor>&;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Floats normals(std::int64_t count, std::uint64_t seed, float stddev = 1.0f) {
  Rng rng(seed);
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = rng.normal(0.0f, stddev);
  return values;
}

void expect_near(const Floats& got, const Floats& expected, float tolerance, const char* what) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const float allowed = tolerance * std::max(1.0f, std::abs(expected[i]));
    ASSERT_NEAR(got[i], expected[i], allowed) << what << ", value " << i;
  }
}

TEST(EngineKernels, AreModule18s) {
  EXPECT_EQ(kernels::acceleration().pack_panel, &kernels::pack_panel);
  EXPECT_EQ(kernels::acceleration().product, &kernels::gemm_parallel);
  EXPECT_EQ(kernels::fusions().softmax, &kernels::scaled_softmax);
  EXPECT_EQ(kernels::fusions().bias_gelu, &kernels::bias_gelu);
  EXPECT_EQ(kernels::fusions().pack_windows, &kernels::pack_windows);
  EXPECT_EQ(kernels::fusions().direct, &kernels::conv2d_direct);
  EXPECT_EQ(quantization::int8_tile().multiply, &quantization::int8_gemm_parallel);
}

// --- rows ---

TEST(LaneMath, ExpOfWhatIsFarOut) {
  using kernels::broadcast;
  EXPECT_EQ(kernels::exp(broadcast(-kInfinity))[0], 0.0f);
  EXPECT_EQ(kernels::exp(broadcast(-87.5f))[0], 0.0f);
  EXPECT_GT(kernels::exp(broadcast(-87.0f))[0], 0.0f);
  EXPECT_TRUE(std::isnan(kernels::exp(broadcast(std::nanf("")))[0]));
  EXPECT_TRUE(std::isfinite(kernels::exp(broadcast(kInfinity))[0]));
}

TEST(SoftmaxRows, AreModule02sSoftmax) {
  for (const std::int64_t columns : {1, 2, 15, 16, 17, 33, 100}) {
    for (const float scale : {1.0f, 0.3f}) {
      const Floats x = normals(5 * columns, 1, 4.0f);
      Floats expected = x;
      for (float& value : expected) value *= scale;
      kernels::softmax(expected, {.outer = 5, .size = columns, .inner = 1}, expected);
      Floats out(x.size());
      kernels::softmax_rows(x, columns, scale, false, out);
      expect_near(out, expected, 1e-6f, "rows");
      Floats in_place = x;
      kernels::softmax_rows(in_place, columns, scale, false, in_place);
      EXPECT_EQ(in_place, out);
    }
  }
}

TEST(SoftmaxRows, MaskEveryMatrixOfAStack) {
  constexpr std::int64_t kSide = 19;
  const Floats x = normals(3 * kSide * kSide, 2);
  Floats out(x.size());
  kernels::softmax_rows(x, kSide, 0.5f, true, out);
  for (std::int64_t row = 0; row < 3 * kSide; ++row) {
    const std::int64_t seen = row % kSide + 1;
    const auto begin = x.begin() + row * kSide;
    Floats expected(begin, begin + seen);
    for (float& value : expected) value *= 0.5f;
    kernels::softmax(expected, {.outer = 1, .size = seen, .inner = 1}, expected);
    expected.resize(kSide);
    const Floats got(out.begin() + row * kSide, out.begin() + (row + 1) * kSide);
    expect_near(got, expected, 1e-6f, "causal");
    EXPECT_EQ(Floats(got.begin() + seen, got.end()), Floats(static_cast<std::size_t>(kSide - seen)))
        << "row " << row << " gets exact zeros for what it does not see";
  }
}

TEST(SoftmaxRows, InPassesAreTheSame) {
  const Floats x = normals(2 * 13 * 13, 5);
  Floats fused(x.size()), passes(x.size());
  for (const bool causal : {false, true}) {
    for (const float scale : {1.0f, 0.3f}) {
      kernels::softmax_rows(x, 13, scale, causal, fused);
      kernels::softmax_in_passes(x, 13, scale, causal, passes);
      expect_near(passes, fused, 1e-6f, causal ? "causal" : "rows");
      Floats in_place = x;
      kernels::softmax_in_passes(in_place, 13, scale, causal, in_place);
      EXPECT_EQ(in_place, passes);
    }
  }
}

TEST(SoftmaxRows, HideNothing) {
  Floats out(3);
  kernels::softmax_rows(Floats{0.0f, -kInfinity, 0.0f}, 3, 1.0f, false, out);
  EXPECT_EQ(out, (Floats{0.5f, 0.0f, 0.5f}));
  for (const std::size_t place : {0u, 1u, 2u}) {
    Floats x{1, 2, 3};
    x[place] = std::nanf("");
    kernels::softmax_rows(x, 3, 1.0f, false, out);
    for (const float value : out) EXPECT_TRUE(std::isnan(value)) << "NaN at " << place;
  }
  kernels::softmax_rows(Floats(3, -kInfinity), 3, 1.0f, false, out);
  for (const float value : out) EXPECT_TRUE(std::isnan(value)) << "a row that sees nothing";
  kernels::softmax_rows(Floats(), 0, 1.0f, false, std::span<float>());
}

TEST(GeluTanhRows, AreModule02sGelu) {
  for (const std::int64_t count : {0, 1, 17, 1024, 1025, 5000}) {
    const Floats x = normals(count, 3, 5.0f);
    Floats expected(x.size()), out(x.size());
    kernels::gelu_tanh(x, expected);
    kernels::gelu_tanh_rows(x, out);
    expect_near(out, expected, 1e-6f, "gelu");
  }
  Floats nan{std::nanf("")};
  kernels::gelu_tanh_rows(nan, nan);
  EXPECT_TRUE(std::isnan(nan[0]));
}

// --- the operations ---

Tensor normal(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::uniform(std::move(shape), -2.0f, 2.0f, rng);
}

Floats values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

TEST(CausalSoftmax, IsTheMaskedSoftmax) {
  const Tensor scores = normal({2, 3, 9, 9}, 1);
  const Tensor masked = ops::softmax(scores * 0.7f + ops::causal_mask(9, 9), -1);
  expect_near(values(ops::causal_softmax(scores, 0.7f)), values(masked), 1e-6f, "weights");
}

TEST(CausalSoftmax, GradientMatchesFiniteDifferences) {
  expect_gradients([](Inputs x) { return ops::causal_softmax(x[0], 0.7f); },
                   {normal({2, 4, 4}, 2)});
}

TEST(CausalSoftmax, RefusesWhatIsNotSquare) {
  EXPECT_ERROR(ops::causal_softmax(normal({3, 4}, 1), 1.0f), "[..., n, n]");
  EXPECT_ERROR(ops::causal_softmax(normal({4}, 1), 1.0f), "[..., n, n]");
  for (const float scale : {0.0f, -1.0f, kInfinity, std::nanf("")}) {
    EXPECT_ERROR(ops::causal_softmax(normal({2, 2}, 1), scale), "above 0");
  }
}

TEST(Attention, OfEqualLengthsIsThatOfTheLastQueries) {
  // 6 queries over 6 keys go through causal_softmax, the last 5 alone through the mask.
  const Tensor query = normal({2, 6, 8}, 1), key = normal({2, 6, 8}, 2),
               value = normal({2, 6, 4}, 3);
  Tensor last(Shape{2, 5, 8});
  for (std::int64_t b = 0; b < 2; ++b) {
    std::copy_n(query.data().begin() + (b * 6 + 1) * 8, 40, last.data().begin() + b * 40);
  }
  const Floats all =
      values(ops::scaled_dot_product_attention(query, key, value, {.is_causal = true}));
  const Floats some =
      values(ops::scaled_dot_product_attention(last, key, value, {.is_causal = true}));
  for (std::size_t b = 0; b < 2; ++b) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>((b * 6 + 1) * 4);
    const auto other = some.begin() + static_cast<std::ptrdiff_t>(b * 20);
    expect_near({begin, begin + 20}, {other, other + 20}, 1e-6f, "attention");
  }
}

// --- convolutions ---

struct Convolution {
  ConvSizes sizes;
  ConvPath path;
};

ConvSizes with_outputs(ConvSizes s) {
  s.out_height = kernels::output_size(s.in_height, s.kernel_height, s.stride, s.padding);
  s.out_width = kernels::output_size(s.in_width, s.kernel_width, s.stride, s.padding);
  return s;
}

std::vector<Convolution> convolutions() {
  //  batch, in, height, width, out, kernel, stride, padding, groups
  return {{with_outputs({3, 4, 9, 9, 4, 3, 3, 1, 1, 4}), ConvPath::kDirect},  // depthwise
          {with_outputs({2, 3, 17, 20, 6, 5, 3, 2, 2, 3}), ConvPath::kDirect},
          {with_outputs({1, 5, 8, 8, 1, 3, 3, 1, 1, 1}), ConvPath::kDirect},
          {with_outputs({2, 4, 9, 7, 4, 3, 3, 1, 1, 4}), ConvPath::kIm2col},  // narrow
          {with_outputs({2, 4, 9, 9, 3, 3, 3, 1, 1, 1}), ConvPath::kIm2col},  // three rows
          {with_outputs({3, 4, 9, 9, 4, 3, 3, 1, 1, 1}), ConvPath::kPanels},
          {with_outputs({2, 4, 12, 7, 10, 2, 3, 2, 1, 2}), ConvPath::kPanels},
          {with_outputs({1, 6, 5, 5, 13, 1, 1, 1, 0, 1}), ConvPath::kPanels}};
}

Floats by_im2col(const Floats& x, const Floats& weight, const Floats& bias, const ConvSizes& s) {
  const std::int64_t rows = s.out_channels / s.groups, places = s.out_height * s.out_width;
  const std::int64_t k = s.in_channels / s.groups * s.kernel_height * s.kernel_width;
  const std::int64_t image = s.in_channels / s.groups * s.in_height * s.in_width;
  Floats out, columns(static_cast<std::size_t>(k * places));
  for (std::int64_t i = 0; i < s.batch * s.groups; ++i) {
    kernels::im2col({x.data() + i * image, static_cast<std::size_t>(image)}, s, columns);
    const std::int64_t first = i % s.groups * rows;
    Floats part;
    for (std::int64_t r = 0; r < rows; ++r) {
      const float start = bias.empty() ? 0.0f : bias[static_cast<std::size_t>(first + r)];
      part.insert(part.end(), static_cast<std::size_t>(places), start);
    }
    kernels::gemm(kernels::Trans::kNo, kernels::Trans::kNo, rows, places, k,
                  {weight.data() + first * k, static_cast<std::size_t>(rows * k)}, columns, part,
                  true);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

TEST(Convolve, EveryPathIsTheSameConvolution) {
  for (const auto& [s, path] : convolutions()) {
    EXPECT_EQ(kernels::conv_path(s), path);
    const Floats x = normals(s.batch * s.in_channels * s.in_height * s.in_width, 1);
    const Floats weight =
        normals(s.out_channels * s.in_channels / s.groups * s.kernel_height * s.kernel_width, 2);
    for (const Floats& bias : {normals(s.out_channels, 3), Floats()}) {
      Floats out(static_cast<std::size_t>(s.batch * s.out_channels * s.out_height * s.out_width),
                 99.0f);
      const Floats untouched = out;
      const bool done = kernels::convolve(x, weight, bias, s, out);
      EXPECT_EQ(done, path != ConvPath::kIm2col);
      if (!done) {
        EXPECT_EQ(out, untouched);
        continue;
      }
      const Floats expected = by_im2col(x, weight, bias, s);
      expect_near(out, expected, 1e-5f, "convolution");
      if (path == ConvPath::kPanels) {
        EXPECT_EQ(out, expected) << "bit for bit";
      }
      Floats on_threads(out.size());
      set_num_threads(2);
      EXPECT_TRUE(kernels::convolve(x, weight, bias, s, on_threads));
      set_num_threads(1);
      EXPECT_EQ(on_threads, out);
    }
  }
}

// --- int8 ---

TEST(Int8Isa, HasTheLaneTileBelowWhatHasADotProduct) {
  const std::vector<Isa> isas = quantization::supported_isas();
  const auto place = [&](Isa isa) { return std::find(isas.begin(), isas.end(), isa); };
  ASSERT_NE(place(Isa::kLaneTile), isas.end());
  EXPECT_EQ(isas.front(), Isa::kScalar);
  EXPECT_LE(place(Isa::kLaneTile), place(Isa::kAvx512Vnni));
  EXPECT_LE(place(Isa::kLaneTile), place(Isa::kNeonDot));
  EXPECT_EQ(name(Isa::kLaneTile), "lane_tile");
}

// Run once more with the variable set: tests/CMakeLists.txt.
TEST(Int8Isa, TheEnvironmentChooses) {
  const char* wanted = std::getenv("TINYTORCH_INT8_ISA");
  if (wanted == nullptr) {
    EXPECT_EQ(quantization::best_isa(), quantization::supported_isas().back());
  } else {
    EXPECT_EQ(name(quantization::best_isa()), wanted);
  }
}

TEST(Int8Isa, IsNamedOrRefused) {
  for (const Isa isa : quantization::supported_isas()) {
    EXPECT_EQ(quantization::isa_named(name(isa)), isa);
  }
  EXPECT_ERROR(quantization::isa_named("sse2"), "no sse2; it has scalar, ");
}

// --- bad input ---

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

TEST(GemmLadder, SizesWhoseProductWrapsAroundAreRefused) {
  const std::int64_t side = std::int64_t{1} << 32;
  for (const auto gemm : {kernels::gemm_scalar, kernels::gemm_blocked}) {
    EXPECT_ERROR(gemm({}, {}, {}, side, side, side), "4294967296");
    EXPECT_ERROR(gemm({}, {}, {}, side, 0, side), "4294967296");
    EXPECT_ERROR(gemm({}, {}, {}, 0, side, side), "4294967296");
    EXPECT_ERROR(gemm({}, {}, {}, kHuge, 1, kHuge), "9223372036854775807");
  }
}

TEST(GemmLadder, NoOutputsTakeNoTimeHoweverLargeTheOtherSides) {
  for (const auto gemm : {kernels::gemm_scalar, kernels::gemm_blocked}) {
    gemm({}, {}, {}, kHuge, 0, 0);
    gemm({}, {}, {}, 0, kHuge, 0);
    gemm({}, {}, {}, 0, 0, kHuge);
  }
}

TEST(PlanParts, SizesThatNo64BitsCountAreRefused) {
  const std::int64_t edge = std::int64_t{1} << 21;
  for (const auto& [m, n, k] : {std::array{kHuge, kHuge, kHuge},
                                {kHuge, 1, 1},
                                {1, kHuge, 1},
                                {kHuge, 1, 0},
                                {1, kHuge, 0},
                                {1, 1, kHuge},
                                {edge, edge, edge}}) {
    EXPECT_ERROR((void)kernels::plan_parts(m, n, k, 4), concat(m, " x ", n));
  }
  EXPECT_TRUE(kernels::plan_parts(0, kHuge, kHuge, 4).empty());
  EXPECT_TRUE(kernels::plan_parts(kHuge, 0, kHuge, 4).empty());
  const auto parts = kernels::plan_parts(1, 1, 1, std::numeric_limits<int>::max());
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].rows, 1);
}

TEST(ScaledSoftmax, ARowThatHasNoSoftmaxIsNanAndTheOthersAreNot) {
  for (const float bad : {std::nanf(""), kInfinity}) {
    for (std::size_t at = 0; at < 3; ++at) {
      Floats x(6, 1.0f);
      x[at] = bad;
      Floats out(6);
      kernels::scaled_softmax(x, 3, 1.0f, false, out);
      for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(out[i])) << bad << " at " << at;
      for (std::size_t i = 3; i < 6; ++i) EXPECT_NEAR(out[i], 1.0f / 3.0f, 1e-6f);
    }
  }
  Floats out(3);
  kernels::scaled_softmax(Floats{3e38f, -3e38f, 0.0f}, 3, 10.0f, false, out);
  EXPECT_EQ(out, (Floats{1, 0, 0}));
  kernels::scaled_softmax(Floats(3, -kInfinity), 3, 1.0f, false, out);
  for (const float y : out) EXPECT_TRUE(std::isnan(y));
}

TEST(BiasGelu, NanStaysNanAndTheInfinitiesStayThemselves) {
  Floats out(3);
  kernels::bias_gelu(Floats{std::nanf(""), kInfinity, -kInfinity}, Floats(3, 0.0f), out);
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[1], kInfinity);
  EXPECT_EQ(out[2], -kInfinity);
}

}  // namespace
}  // namespace tinytorch
