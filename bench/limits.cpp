#include "bench/limits.h"

#include "tinytorch/profiling/fma_peak.h"
#include "tinytorch/quantization/int8/int8_lanes.h"

namespace bench {
namespace {

// Enough to hide the instruction's latency on every unit that has it, few enough for 16 registers.
constexpr int kChains = 12;

}  // namespace

std::int64_t run_int8_dots(std::int64_t rounds) {
  using tinytorch::quantization::IntLanes;
  IntLanes sums[kChains]{};
  IntLanes x{};
  IntLanes w{};
  // What the operands are is no business of the compiler's: it must not multiply in advance.
  asm volatile("" : "+m"(x), "+m"(w));
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (IntLanes& sum : sums) sum = tinytorch::quantization::dot4(sum, x, w);
  }
  for (const IntLanes& sum : sums) asm volatile("" : : "m"(sum));
  return rounds * kChains * tinytorch::kernels::kLanes * 4 * 2;
}

std::int64_t run_float_multiply_adds(std::int64_t rounds) {
  return tinytorch::profiling::run_multiply_adds(rounds);
}

}  // namespace bench
