#pragma once
// One vector register as a type: the same source runs on AVX-512, AVX2, NEON and plain C++. Given.
//
// `Lanes` holds kLanes floats, `IntLanes` as many int32. Arithmetic is the compiler's own (+, −, ·
// and / work lane by lane); here is what it has no sign for. Which instructions stand behind it was
// settled when this build was compiled (-march=native).

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace tinytorch::kernels {

#if defined(__AVX512F__)
inline constexpr int kLaneBytes = 64;
inline constexpr int kLaneRegisters = 32;
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr int kLaneBytes = 32;
inline constexpr int kLaneRegisters = 16;
#else
inline constexpr int kLaneBytes = 16;
inline constexpr int kLaneRegisters = 32;
#endif
inline constexpr std::int64_t kFloatBytes = 4;
inline constexpr std::int64_t kLanes = kLaneBytes / kFloatBytes;

// may_alias: a register is loaded from where other types live.
using Lanes [[gnu::vector_size(kLaneBytes), gnu::may_alias]] = float;
using IntLanes [[gnu::vector_size(kLaneBytes), gnu::may_alias]] = std::int32_t;

// The kLanes values from `from` on, anywhere in memory.
inline Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
inline void store(float* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof lanes); }

// The same number in every lane. x − 0 is x, bit for bit; x + 0 would turn −0 into 0.
inline Lanes broadcast(float x) { return x - Lanes{}; }

// a · b + c in every lane, rounded once, as std::fma rounds.
inline Lanes fma(Lanes a, Lanes b, Lanes c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__ARM_NEON) && defined(__aarch64__)
  return vfmaq_f32(c, a, b);
#else
  for (int i = 0; i < kLanes; ++i) c[i] = std::fma(a[i], b[i], c[i]);
  return c;
#endif
}

#if defined(__AVX512F__)
// A bit for each of the first `count` lanes, count < kLanes.
inline __mmask16 first_lanes(std::int64_t count) {
  return static_cast<__mmask16>(count > 0 ? (1u << count) - 1u : 0u);
}
#endif

// The first `count` of the kLanes values from `from` on, all of them when there are more; the
// other lanes are 0, and what lies beyond is not touched.
inline Lanes load_some(const float* from, std::int64_t count) {
  if (count >= kLanes) return load(from);
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(first_lanes(count), from);
#else
  Lanes lanes{};
  if (count > 0) std::memcpy(&lanes, from, static_cast<std::size_t>(count) * sizeof(float));
  return lanes;
#endif
}
inline void store_some(float* to, Lanes lanes, std::int64_t count) {
  if (count >= kLanes) return store(to, lanes);
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, first_lanes(count), lanes);
#else
  if (count > 0) std::memcpy(to, &lanes, static_cast<std::size_t>(count) * sizeof(float));
#endif
}

// Asks for the cache line at `from`, which will be needed soon.
inline void fetch_ahead(const void* from) { __builtin_prefetch(from); }

}  // namespace tinytorch::kernels
