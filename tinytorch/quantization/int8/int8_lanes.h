#pragma once
// The one instruction int8 products are made of, under AVX-512-VNNI, AVX2, NEON and plain C++.
// Given.
//
// Four unsigned bytes times four signed bytes, added up in int32, in every lane at once. It never
// saturates on the way: AVX2's vpmaddubsw would (255·127 + 255·127 does not fit its int16), so
// there even and odd bytes are widened and multiplied apart.

#include <cstdint>
#include <cstring>

#include "tinytorch/kernels/acceleration/lanes.h"

namespace tinytorch::quantization {

using kernels::IntLanes;
using kernels::kLanes;

inline IntLanes load_ints(const std::int32_t* from) {
  IntLanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
// 4·kLanes bytes, seen as kLanes groups of four.
inline IntLanes load_bytes(const std::int8_t* from) {
  IntLanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
// The same four bytes in every lane.
inline IntLanes broadcast_four(const std::uint8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return four - IntLanes{};
}
// The first `count` lanes, all of them when there are fewer; what lies beyond is not touched.
inline void store_some(std::int32_t* to, IntLanes lanes, std::int64_t count) {
  if (count >= kLanes) {
    std::memcpy(to, &lanes, sizeof lanes);
  } else if (count > 0) {
    std::memcpy(to, &lanes, static_cast<std::size_t>(count) * sizeof *to);
  }
}
inline IntLanes load_some(const std::int32_t* from, std::int64_t count) {
  if (count >= kLanes) return load_ints(from);
  IntLanes lanes{};
  if (count > 0) std::memcpy(&lanes, from, static_cast<std::size_t>(count) * sizeof *from);
  return lanes;
}

// sums[l] + x[4l]·w[4l] + x[4l + 1]·w[4l + 1] + x[4l + 2]·w[4l + 2] + x[4l + 3]·w[4l + 3], the
// bytes of x unsigned (0 to 255), those of w signed (−128 to 127). Exact as long as the sum fits an
// int32.
inline IntLanes dot4(IntLanes sums, IntLanes x, IntLanes w) {
#if defined(__AVX512VNNI__)
  return reinterpret_cast<IntLanes>(_mm512_dpbusd_epi32(
      reinterpret_cast<__m512i>(sums), reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(w)));
#elif defined(__ARM_FEATURE_DOTPROD) && defined(__aarch64__)
  // Signed by signed is all there is: x·w = (x − 128)·w + 64·w + 64·w.
  const auto bytes = reinterpret_cast<int8x16_t>(w);
  const auto shifted = veorq_s8(reinterpret_cast<int8x16_t>(x), vdupq_n_s8(-128));
  int32x4_t total = vdotq_s32(reinterpret_cast<int32x4_t>(sums), shifted, bytes);
  total = vdotq_s32(vdotq_s32(total, vdupq_n_s8(64), bytes), vdupq_n_s8(64), bytes);
  return reinterpret_cast<IntLanes>(total);
#elif defined(__AVX2__) && defined(__FMA__) && !defined(__AVX512F__)
  const auto bytes = reinterpret_cast<__m256i>(x);
  const auto signs = reinterpret_cast<__m256i>(w);
  const __m256i even = _mm256_madd_epi16(_mm256_and_si256(bytes, _mm256_set1_epi16(255)),
                                         _mm256_srai_epi16(_mm256_slli_epi16(signs, 8), 8));
  const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(bytes, 8), _mm256_srai_epi16(signs, 8));
  return sums + reinterpret_cast<IntLanes>(_mm256_add_epi32(even, odd));
#else
  for (int byte = 0; byte < 4; ++byte) {
    const IntLanes from_x = (x >> (8 * byte)) & 255;
    const IntLanes from_w = (w << (24 - 8 * byte)) >> 24;  // the sign comes along
    sums += from_x * from_w;
  }
  return sums;
#endif
}

}  // namespace tinytorch::quantization
