// 16 × 16 floats transposed in registers: 4-float pieces within 128-bit lanes first, then the
// lanes.
#include <immintrin.h>

#include <algorithm>

#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

#define TINYTORCH_AVX512 [[gnu::target("avx512f")]]

namespace tinytorch::kernels {
namespace {

constexpr std::int64_t kSide = 16;

// Lane l of v[4q + r] becomes column 4l + r of rows 4q … 4q+3.
TINYTORCH_AVX512 inline void transpose_within_lanes(__m512 (&v)[kSide]) {
#pragma GCC unroll 4
  for (int q = 0; q < 16; q += 4) {
    const __m512 low01 = _mm512_unpacklo_ps(v[q], v[q + 1]);
    const __m512 high01 = _mm512_unpackhi_ps(v[q], v[q + 1]);
    const __m512 low23 = _mm512_unpacklo_ps(v[q + 2], v[q + 3]);
    const __m512 high23 = _mm512_unpackhi_ps(v[q + 2], v[q + 3]);
    v[q] = _mm512_shuffle_ps(low01, low23, 0x44);
    v[q + 1] = _mm512_shuffle_ps(low01, low23, 0xEE);
    v[q + 2] = _mm512_shuffle_ps(high01, high23, 0x44);
    v[q + 3] = _mm512_shuffle_ps(high01, high23, 0xEE);
  }
}

// to[i · to_stride + j] = from[j · from_stride + i] for i < steps.
TINYTORCH_AVX512 void transpose(const float* from, std::int64_t from_stride, std::int64_t steps,
                                float* to, std::int64_t to_stride) {
  const auto mask = static_cast<__mmask16>((1u << steps) - 1u);
  __m512 v[kSide];
#pragma GCC unroll 16
  for (int j = 0; j < 16; ++j) v[j] = _mm512_maskz_loadu_ps(mask, from + j * from_stride);
  transpose_within_lanes(v);
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    // Lanes of four vectors, themselves a 4 × 4 matrix to be transposed.
    const __m512 even01 = _mm512_shuffle_f32x4(v[r], v[4 + r], 0x88);
    const __m512 odd01 = _mm512_shuffle_f32x4(v[r], v[4 + r], 0xDD);
    const __m512 even23 = _mm512_shuffle_f32x4(v[8 + r], v[12 + r], 0x88);
    const __m512 odd23 = _mm512_shuffle_f32x4(v[8 + r], v[12 + r], 0xDD);
    const __m512 rows[4] = {
        _mm512_shuffle_f32x4(even01, even23, 0x88), _mm512_shuffle_f32x4(odd01, odd23, 0x88),
        _mm512_shuffle_f32x4(even01, even23, 0xDD), _mm512_shuffle_f32x4(odd01, odd23, 0xDD)};
#pragma GCC unroll 4
    for (int l = 0; l < 4; ++l) {
      if (4 * l + r < steps) _mm512_storeu_ps(to + (4 * l + r) * to_stride, rows[l]);
    }
  }
}

}  // namespace

void pack_transposed_panel_avx512(const float* from, std::int64_t stride, std::int64_t k,
                                  float* to) {
  for (std::int64_t i = 0; i < k; i += kSide) {
    for (std::int64_t j = 0; j < kFloatPanel; j += kSide) {
      transpose(from + j * stride + i, stride, std::min(kSide, k - i), to + i * kFloatPanel + j,
                kFloatPanel);
    }
  }
}

}  // namespace tinytorch::kernels
