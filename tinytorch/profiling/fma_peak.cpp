// Intrinsics, because the library is compiled without contraction: a plain a · b + c stays two
// instructions. Where there is none of these, two instructions are what the machine has.
#include "tinytorch/profiling/fma_peak.h"

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace tinytorch::profiling {
namespace {

#if defined(__AVX512F__)
using Vector = __m512;
Vector broadcast(float value) { return _mm512_set1_ps(value); }
Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
#elif defined(__AVX2__) && defined(__FMA__)
using Vector = __m256;
Vector broadcast(float value) { return _mm256_set1_ps(value); }
Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
#elif defined(__ARM_NEON)
using Vector = float32x4_t;
Vector broadcast(float value) { return vdupq_n_f32(value); }
Vector multiply_add(Vector a, Vector b, Vector c) { return vfmaq_f32(c, a, b); }
#else
using Vector = float;
Vector broadcast(float value) { return value; }
Vector multiply_add(Vector a, Vector b, Vector c) { return a * b + c; }
#endif

// Enough to hide a latency of four cycles on two units, with room; few enough for 16 registers.
constexpr int kChains = 12;
constexpr std::int64_t kLanes = sizeof(Vector) / sizeof(float);

}  // namespace

std::int64_t run_multiply_adds(std::int64_t rounds) {
  Vector sums[kChains];
  for (int chain = 0; chain < kChains; ++chain) sums[chain] = broadcast(static_cast<float>(chain));
  const Vector factor = broadcast(0.5f);  // sums converge to 2: no overflow, no denormals
  const Vector one = broadcast(1.0f);
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (Vector& sum : sums) sum = multiply_add(sum, factor, one);
  }
  // The compiler must believe that somebody reads them.
  for (const Vector& sum : sums) asm volatile("" : : "m"(sum));
  return rounds * kChains * kLanes * 2;
}

}  // namespace tinytorch::profiling
