// Learner tests of part 5: fused activations, and convolutions without the matrix in between.
#include "tinytorch/kernels/acceleration/fused.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/18_acceleration/support.h"
#include "tinytorch/kernels/convolve.h"
#include "tinytorch/kernels/rows.h"
#include "tinytorch/kernels/softmax.h"

namespace tinytorch::kernels {
namespace {

using teach::expect_near;
using teach::expect_same;

// --- 18.7 GELU ---

float gelu_of(float v) {
  const double u = 0.7978845608028654 * (v + 0.044715 * std::pow(v, 3.0));
  return static_cast<float>(0.5 * v * (1.0 + std::tanh(u)));
}

Floats gelu(const Floats& x, const Floats& bias) {
  Floats out(x.size(), 99.0f);
  bias_gelu(x, bias, out);
  return out;
}

TEST(FusedActivations, GeluByHand) {
  const Floats x{0, 1, -1, 2};
  expect_near("bias_gelu({0, 1, -1, 2}, bias 0)", gelu(x, {0}),
              {0.0f, 0.841192f, -0.158808f, 1.954598f}, 2e-6f,
              {{{0.0f, 0.841345f, -0.158655f, 1.9545f},
                "This is the GELU with erf; here it is the one with tanh."},
               {{0.0f, 0.5f * 1.841192f, -0.5f * 0.158808f, 0.0f}, "e^(-2u), not e^(-u)."}});
}

TEST(FusedActivations, EveryColumnHasItsBias) {
  const Floats got = gelu({0, 0, 0, 1, 1, 1}, {0, 1, -1});
  expect_near(
      "two rows, bias {0, 1, -1}", got, {0.0f, 0.841192f, -0.158808f, 0.841192f, 1.954598f, 0.0f},
      2e-6f,
      {{{0, 0, 0, 0.841192f, 0.841192f, 0.841192f}, "The bias was not added."},
       {{0.0f, 1.0f, -1.0f, 0.841192f, 1.841192f, -0.158808f},
        "The bias goes inside: gelu(x + bias), not gelu(x) + bias."},
       {{0, 0, 0, 1.954598f, 1.954598f, 1.954598f}, "bias[j] belongs to column j, not to row j."}});
}

TEST(FusedActivations, GeluIsRightFarOut) {
  const Floats x{-1e30f, -100, -10, -6, 6, 10, 100, 1e10f};
  Floats expected;
  for (const float v : x) expected.push_back(v < -9 ? 0.0f : gelu_of(v));
  const Floats got = gelu(x, Floats(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float allowed = 1e-6f * std::max(1.0f, std::abs(x[i]));
    if (std::abs(got[i] - expected[i]) <= allowed) continue;
    teach::report(
        teach::Location::current(),
        "bias_gelu(" + teach::show(x[i]) + ") is " + teach::show(got[i]) + ", expected " +
            teach::show(expected[i]) +
            "\nFar out GELU is x or 0: v / (1 + e^(-2u)) with exp() of lane_math.h, which "
            "is never infinite.");
    return;
  }
}

TEST(FusedActivations, GeluOfEveryWidthAndInPlace) {
  for (const std::int64_t columns : {1, 3, 4, 7, 8, 15, 16, 17, 33}) {
    const auto size = static_cast<std::size_t>(columns);
    Floats x = normals(3 * columns, 1);
    const Floats bias = normals(columns, 2);
    Floats expected;
    for (std::size_t i = 0; i < x.size(); ++i) expected.push_back(gelu_of(x[i] + bias[i % size]));
    bias_gelu(x, bias, x);
    expect_near("3 rows of " + std::to_string(columns) + ", in place", x, expected, 5e-6f);
    if (HasFailure()) return;
  }
}

// --- 18.7 softmax ---

Floats soft(const Floats& x, std::int64_t columns, float scale, bool causal) {
  Floats out(x.size(), 99.0f);
  scaled_softmax(x, columns, scale, causal, out);
  return out;
}

Floats plain_softmax(const Floats& x, std::int64_t columns, float scale, bool causal) {
  Floats out(x.size());
  const auto width = static_cast<std::size_t>(columns);
  for (std::size_t r = 0; r * width < x.size(); ++r) {
    const std::size_t seen = causal ? std::min(r + 1, width) : width;
    double largest = -1e300, total = 0.0;
    for (std::size_t j = 0; j < seen; ++j) {
      largest = std::max(largest, double{scale} * double{x[r * width + j]});
    }
    for (std::size_t j = 0; j < seen; ++j) {
      total += std::exp(double{scale} * double{x[r * width + j]} - largest);
    }
    for (std::size_t j = 0; j < seen; ++j) {
      out[r * width + j] =
          static_cast<float>(std::exp(double{scale} * double{x[r * width + j]} - largest) / total);
    }
  }
  return out;
}

TEST(FusedActivations, SoftmaxByHand) {
  const float ln3 = 1.0986123f;
  expect_near("softmax of {0, ln 3}", soft({0, ln3}, 2, 1.0f, false), {0.25f, 0.75f}, 1e-6f,
              {{{1.0f / 3, 1.0f}, "The exponentials are there; divide by their sum."}});
  expect_near("softmax of 2 · {0, ln 3 / 2}", soft({0, ln3 / 2}, 2, 2.0f, false), {0.25f, 0.75f},
              1e-6f,
              {{{0.366025f, 0.633975f}, "The scale is missing."},
               {{0.32f, 0.68f}, "The scale was applied after the exponential."}});
}

TEST(FusedActivations, CausalRowsSeeWhatCameBefore) {
  expect_near("causal softmax of three rows of zeros", soft(Floats(9), 3, 1.0f, true),
              {1, 0, 0, 0.5f, 0.5f, 0, 1.0f / 3, 1.0f / 3, 1.0f / 3}, 1e-6f,
              {{Floats(9, 1.0f / 3), "The mask is missing: row r sees columns 0 to r."},
               {{1, 99, 99, 0.5f, 0.5f, 99, 1.0f / 3, 1.0f / 3, 1.0f / 3},
                "What a row does not see must be written as 0."}});
  expect_near(
      "causal softmax of three rows of two", soft(Floats(6), 2, 1.0f, true),
      {1, 0, 0.5f, 0.5f, 0.5f, 0.5f}, 1e-6f,
      {{{1, 0, 0.5f, 0.5f, 1.0f / 3, 1.0f / 3}, "Row 2 of two columns sees two, not three."}});
  // A huge score that is masked must not push the visible ones down.
  const Floats got = soft({0, 0, 0, 1, 2, 1000, 0, 0, 0}, 3, 1.0f, true);
  if (std::isnan(got[3])) {
    teach::report(teach::Location::current(),
                  "Causal softmax of {0, 0, 0; 1, 2, 1000; 0, 0, 0}: row 1 is NaN. The largest of "
                  "all columns was subtracted, and of those seen nothing was left; only those seen "
                  "count.");
    return;
  }
  expect_near("causal softmax of {0, 0, 0; 1, 2, 1000; 0, 0, 0}", got,
              {1, 0, 0, 0.268941f, 0.731059f, 0, 1.0f / 3, 1.0f / 3, 1.0f / 3}, 1e-6f);
}

TEST(FusedActivations, SoftmaxOfLargeNumbers) {
  const Floats got = soft({1000, 1001, -1000, 1000}, 4, 1.0f, false);
  expect_near("softmax of {1000, 1001, -1000, 1000}", got, {0.211942f, 0.576117f, 0.0f, 0.211942f},
              1e-6f,
              {{{1.0f / 3, 1.0f / 3, 0.0f, 1.0f / 3},
                "exp() stops at 88: subtract the largest value first."},
               {{0, 0, 0, 0},
                "exp() stops at 88, and three times e^88 is infinite: subtract the largest value "
                "first."}});
  const Floats small = soft({-1000, -1001}, 2, 1.0f, false);
  if (std::isnan(small[0])) {
    teach::report(teach::Location::current(),
                  "Softmax of {-1000, -1001} is NaN: exp() is 0 below -87, and 0 / 0 is NaN. "
                  "Subtract the largest value first, here -1000.");
    return;
  }
  expect_near("softmax of {-1000, -1001}", small, {0.731059f, 0.268941f}, 1e-6f);
}

TEST(FusedActivations, SoftmaxOfEveryWidthAndInPlace) {
  for (const std::int64_t columns : {1, 3, 5, 8, 15, 16, 17, 40}) {
    for (const bool causal : {false, true}) {
      Floats x = normals(4 * columns, 3);
      const Floats expected = plain_softmax(x, columns, 0.7f, causal);
      scaled_softmax(x, columns, 0.7f, causal, x);
      expect_near(
          "4 rows of " + std::to_string(columns) + (causal ? ", causal" : "") + ", in place", x,
          expected, 1e-6f);
      if (HasFailure()) {
        teach::report(teach::Location::current(),
                      "Lanes beyond a row's end must not get into its sum: e^0 is 1.");
        return;
      }
    }
  }
}

// --- 18.7 in the engine ---

TEST(FusedActivations, TheEngineRunsOnThem) {
  const Floats x = normals(3 * 21, 4);
  const Floats yours = soft(x, 21, 0.7f, false), yours_bent = gelu(x, Floats(x.size()));
  Floats out(x.size());
  Floats module_02 = x;
  for (float& value : module_02) value *= 0.7f;
  softmax(module_02, {.outer = 3, .size = 21, .inner = 1}, module_02);
  softmax_rows(x, 21, 0.7f, false, out);
  expect_same<float>("softmax_rows, which attention calls, beside scaled_softmax", out, yours,
                     {{module_02, "The engine still calls module 02's softmax."}});
  gelu_tanh_rows(x, out);
  expect_same<float>("gelu_tanh_rows, which ops::gelu calls, beside bias_gelu with no bias", out,
                     yours_bent);
}

// --- 18.8 convolutions ---

struct Convolution {
  const char* name;
  ConvSizes sizes;
};

ConvSizes sizes_of(ConvSizes s) {
  s.out_height = output_size(s.in_height, s.kernel_height, s.stride, s.padding);
  s.out_width = output_size(s.in_width, s.kernel_width, s.stride, s.padding);
  return s;
}

std::vector<Convolution> convolutions() {
  return {
      {"1x1 kernel", sizes_of({1, 3, 4, 5, 2, 1, 1, 1, 0, 1, 1, 1})},
      {"3x3 kernel, padding 1", sizes_of({2, 2, 6, 5, 3, 3, 3, 1, 1, 1, 1, 1})},
      {"3x2 kernel, stride 2, padding 1", sizes_of({1, 2, 7, 9, 2, 3, 2, 2, 1, 1, 1, 1})},
      {"two groups", sizes_of({2, 4, 5, 5, 6, 3, 3, 1, 1, 2, 1, 1})},
      {"depthwise, stride 2", sizes_of({1, 3, 8, 8, 3, 3, 3, 2, 1, 3, 1, 1})},
      {"kernel wider than the image", sizes_of({1, 1, 2, 2, 1, 5, 5, 1, 2, 1, 1, 1})},
      {"more than a panel of places", sizes_of({1, 2, 9, 11, 5, 3, 3, 1, 1, 1, 1, 1})},
  };
}

// Chains of fused multiply-adds over (ci, u, v), from the bias.
Floats plain_convolution(const Floats& x, const Floats& weight, const Floats& bias,
                         const ConvSizes& s) {
  Floats out;
  const std::int64_t in_group = s.in_channels / s.groups, out_group = s.out_channels / s.groups;
  const auto index = [](std::int64_t at) { return static_cast<std::size_t>(at); };
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t co = 0; co < s.out_channels; ++co) {
      for (std::int64_t i = 0; i < s.out_height; ++i) {
        for (std::int64_t j = 0; j < s.out_width; ++j) {
          float sum = bias.empty() ? 0.0f : bias[index(co)];
          for (std::int64_t ci = 0; ci != in_group; ++ci) {
            for (std::int64_t u = 0; u < s.kernel_height; ++u) {
              for (std::int64_t v = 0; v < s.kernel_width; ++v) {
                const std::int64_t row = i * s.stride + u - s.padding;
                const std::int64_t column = j * s.stride + v - s.padding;
                const bool inside =
                    row >= 0 && row < s.in_height && column >= 0 && column < s.in_width;
                const std::int64_t channel = n * s.in_channels + co / out_group * in_group + ci;
                const float pixel =
                    inside ? x[index((channel * s.in_height + row) * s.in_width + column)] : 0.0f;
                const std::int64_t w =
                    ((co * in_group + ci) * s.kernel_height + u) * s.kernel_width + v;
                sum = std::fma(weight[index(w)], pixel, sum);
              }
            }
          }
          out.push_back(sum);
        }
      }
    }
  }
  return out;
}

using Convolve = void (*)(std::span<const float>, std::span<const float>, std::span<const float>,
                          const ConvSizes&, std::span<float>);

void expect_convolutions(const std::string& who, Convolve convolve) {
  for (const auto& convolution : convolutions()) {
    const std::string name = convolution.name;
    const ConvSizes& s = convolution.sizes;
    const Floats x = normals(s.batch * s.in_channels * s.in_height * s.in_width, 1);
    const Floats weight =
        normals(s.out_channels * (s.in_channels / s.groups) * s.kernel_height * s.kernel_width, 2);
    for (const bool with_bias : {true, false}) {
      const Floats bias = with_bias ? normals(s.out_channels, 3) : Floats();
      Floats out(static_cast<std::size_t>(s.batch * s.out_channels * s.out_height * s.out_width),
                 99.0f);
      const Floats before = out;
      convolve(x, weight, bias, s, out);
      const Floats expected = plain_convolution(x, weight, bias, s);
      const Floats no_bias = plain_convolution(x, weight, {}, s);
      Floats late = no_bias, uncleared;
      for (std::size_t i = 0; i < late.size() && with_bias; ++i) {
        late[i] += bias[i / static_cast<std::size_t>(s.out_height * s.out_width) % bias.size()];
      }
      std::vector<teach::Suspicion<float>> suspicions{{before, "Nothing was written to out."}};
      if (with_bias) {
        suspicions.push_back({no_bias, "The bias is missing."});
        suspicions.push_back(
            {late,
             "The bias was added at the end, which rounds differently: every chain "
             "begins with it."});
      }
      expect_same<float>(who + ", " + name + (with_bias ? "" : ", no bias") + ": out", out,
                         expected, suspicions, [&s](std::size_t i) {
                           const auto at = static_cast<std::int64_t>(i);
                           return "channel " +
                                  std::to_string(at / s.out_width / s.out_height % s.out_channels) +
                                  ", row " + std::to_string(at / s.out_width % s.out_height) +
                                  ", column " + std::to_string(at % s.out_width);
                         });
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(Convolutions, WindowsByHand) {
  PackedFloats packed;
  packed.values.assign(500, 77.0f);
  const Floats x{1, 2, 3};
  pack_windows(x, sizes_of({1, 1, 1, 3, 1, 1, 2, 1, 0, 1, 1, 1}), packed);
  expect_same<std::int64_t>("k and n", std::vector<std::int64_t>{packed.k, packed.n}, {2, 2},
                            {{{2, 3}, "Three pixels hold two windows of two."}});
  Floats expected(64), swapped(64);
  expected[0] = 1;
  expected[1] = 2;
  expected[32] = 2;
  expected[33] = 3;
  Floats stale = expected;
  expect_same<float>(
      "windows of {1, 2, 3}, two wide", packed.values, expected, {}, [](std::size_t i) {
        return "row " + std::to_string(i / 32) + ", column " + std::to_string(i % 32);
      });
}

TEST(Convolutions, PaddingIsZero) {
  PackedFloats packed;
  const Floats x{5};
  const ConvSizes sizes = sizes_of({1, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1, 1});
  pack_windows(x, sizes, packed);
  pack_windows(x, sizes, packed);  // memory is reused: nothing of the first call may stay
  Floats expected(9 * 32);
  expected[4 * 32] = 5;
  expect_same<float>("one pixel under 3x3", packed.values, expected, {}, [](std::size_t i) {
    return "row " + std::to_string(i / 32) + " of 9, column " + std::to_string(i % 32) +
           "; the pixel lies under the middle, row 4";
  });
}

TEST(Convolutions, WindowsOfAnotherSizeLeaveNothingBehind) {
  PackedFloats packed;
  const Floats nines(64, 9.0f), x{1, 2, 3};
  pack_windows(nines, sizes_of({1, 1, 8, 8, 1, 2, 2, 1, 0, 1, 1, 1}), packed);
  pack_windows(x, sizes_of({1, 1, 1, 3, 1, 1, 2, 1, 0, 1, 1, 1}), packed);
  Floats expected(64);
  expected[0] = 1;
  expected[1] = expected[32] = 2;
  expected[33] = 3;
  Floats got(packed.values.begin(), packed.values.end());
  got.resize(64);
  expect_same<float>("windows after larger ones", got, expected, {}, [](std::size_t) {
    return "columns beyond n are multiplied too: they must be 0, whatever was there before";
  });
}

TEST(Convolutions, PackedIsThePlainLoop) { expect_convolutions("conv2d_packed", conv2d_packed); }
TEST(Convolutions, DirectIsThePlainLoop) { expect_convolutions("conv2d_direct", conv2d_direct); }

// One size for each of your ways: `yours` is what the engine must come to as well.
void expect_in_the_engine(const std::string& who, Convolve yours, const ConvSizes& s) {
  const Floats x = normals(s.batch * s.in_channels * s.in_height * s.in_width, 1);
  const Floats weight = normals(s.out_channels * s.in_channels / s.groups * 9, 2);
  const Floats bias = normals(s.out_channels, 3);
  Floats out(static_cast<std::size_t>(s.batch * s.out_channels * s.out_height * s.out_width));
  Floats expected = out;
  yours(x, weight, bias, s, expected);
  if (!convolve(x, weight, bias, s, out)) {
    teach::report(teach::Location::current(),
                  "The engine convolves by im2col, as if " + who + " were not written.");
  }
  expect_same<float>("what ops::conv2d gives, beside " + who, out, expected);
}

TEST(Convolutions, TheEngineRunsOnThem) {
  expect_in_the_engine("conv2d_direct", conv2d_direct,
                       sizes_of({2, 3, 9, 10, 3, 3, 3, 1, 1, 3, 1, 1}));
  expect_in_the_engine("conv2d_packed", conv2d_packed,
                       sizes_of({2, 3, 9, 10, 5, 3, 3, 2, 1, 1, 1, 1}));
}

}  // namespace
}  // namespace tinytorch::kernels
