// sdot multiplies signed by signed bytes and adds four products to an int32 at once, which is what
// the packed layout was made for: 16 bytes of a panel's group hold 4 outputs × 4 inputs. Nothing is
// shifted and nothing saturates.
#include <arm_neon.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"

#define TINYTORCH_DOT [[gnu::target("arch=armv8.2-a+dotprod")]]

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kMaxRows = 6;                // × 4 vectors of sums = 24 of 32 registers
constexpr std::int64_t kLanes = 4;                  // outputs in a vector
constexpr std::int64_t kVectors = kPanel / kLanes;  // in a panel
constexpr std::int64_t kStep = kPanel * kGroup;     // bytes of a panel's group

template <std::int64_t kR>
using Sums = int32x4_t[kR][kVectors];

// Adds the products of whole groups: kR rows of x, `stride` apart, with a panel.
template <std::int64_t kR>
TINYTORCH_DOT inline void add_groups(const std::int8_t* x, std::int64_t stride,
                                     const std::int8_t* panel, std::int64_t groups,
                                     Sums<kR>& sums) {
  for (std::int64_t g = 0; g < groups; ++g, x += kGroup, panel += kStep) {
    int8x16_t w[kVectors];
#pragma GCC unroll 4
    for (std::int64_t v = 0; v < kVectors; ++v) w[v] = vld1q_s8(panel + v * 16);
#pragma GCC unroll 6
    for (std::int64_t r = 0; r < kR; ++r) {
      std::int32_t quad;
      std::memcpy(&quad, x + r * stride, sizeof quad);
      const int8x16_t a = vreinterpretq_s8_s32(vdupq_n_s32(quad));
#pragma GCC unroll 4
      for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] = vdotq_s32(sums[r][v], w[v], a);
    }
  }
}

// kR rows from `row` on with panel p.
template <std::int64_t kR>
TINYTORCH_DOT void panel_times_rows(const Int8Problem& problem, std::int64_t p, std::int64_t row) {
  const PackedWeights& weight = problem.weight;
  const std::int64_t in = weight.in;
  const std::int64_t whole = in / kGroup;
  const std::int8_t* panel = weight.codes.data() + p * weight.groups() * kStep;
  const auto* x = reinterpret_cast<const std::int8_t*>(problem.x) + row * in;
  Sums<kR> sums;
#pragma GCC unroll 6
  for (std::int64_t r = 0; r < kR; ++r) {
#pragma GCC unroll 4
    for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] = vdupq_n_s32(0);
  }
  add_groups<kR>(x, in, panel, whole, sums);
  if (whole < weight.groups()) {  // the last inputs, filled up with zeros
    std::int8_t last[kR][kGroup] = {};
    for (std::int64_t r = 0; r < kR; ++r) {
      std::copy(x + r * in + whole * kGroup, x + (r + 1) * in, last[r]);
    }
    add_groups<kR>(last[0], kGroup, panel + whole * kStep, 1, sums);
  }
  std::int32_t total[kR][kPanel];
#pragma GCC unroll 6
  for (std::int64_t r = 0; r < kR; ++r) {
#pragma GCC unroll 4
    for (std::int64_t v = 0; v < kVectors; ++v) vst1q_s32(total[r] + v * kLanes, sums[r][v]);
  }
  for (std::int64_t r = 0; r < kR; ++r) {
    for (std::int64_t o = p * kPanel; o < std::min((p + 1) * kPanel, weight.out); ++o) {
      problem.acc[(row + r) * weight.out + o] = problem.bias[o] + total[r][o - p * kPanel];
    }
  }
}

using PanelTimesRows = void (*)(const Int8Problem&, std::int64_t, std::int64_t);
constexpr std::array<PanelTimesRows, kMaxRows> kByRows = {panel_times_rows<1>, panel_times_rows<2>,
                                                          panel_times_rows<3>, panel_times_rows<4>,
                                                          panel_times_rows<5>, panel_times_rows<6>};

}  // namespace

void int8_gemm_neon_dot(const Int8Problem& problem) {
  for (std::int64_t p = 0; p < problem.weight.panels(); ++p) {
    for (std::int64_t row = 0; row < problem.rows; row += kMaxRows) {
      const std::int64_t rows = std::min(kMaxRows, problem.rows - row);
      kByRows[static_cast<std::size_t>(rows - 1)](problem, p, row);
    }
  }
}

}  // namespace tinytorch::quantization
