#pragma once
// What int8_gemm chooses from. Internal to the kernels: call int8_gemm (int8_gemm_simd.h).

#include <cstdint>
#include <string_view>
#include <vector>

#include "tinytorch/quantization/int8/int8_gemm.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace tinytorch::quantization {

// One call, its sizes already checked: acc[rows, out] = bias + x[rows, in] · weightᵀ, and where
// `requantization` is given, codes[rows, out] from those sums instead (acc is then not used).
struct Int8Problem {
  const std::uint8_t* x;  // bytes; int8_t unless x_unsigned
  bool x_unsigned;
  std::int64_t rows;
  const PackedWeights& weight;
  const std::int32_t* bias;
  std::int32_t* acc;
  const Requantization* requantization = nullptr;
  std::int8_t* codes = nullptr;
};

using Int8Kernel = void (*)(const Int8Problem&);

// What this processor has besides kScalar, slowest first, and the kernel of one of these. Defined
// once for each kind of processor (int8_gemm_x86.cpp, int8_gemm_arm.cpp); the build takes one.
std::vector<Isa> vector_isas();
Int8Kernel int8_kernel(Isa isa);

// The instruction set for everything but matrix products when those run on `isa`: `isa` itself, but
// for kLaneTile, which has products only, the best of vector_isas() or, without one, kScalar.
Isa isa_for_elementwise(Isa isa);

// Throw Error beginning with `operation`: "…: this machine has no avx2", and "…: 3 multipliers for
// 4 outputs".
void require_isa(std::string_view operation, Isa isa);
void require_multipliers(std::string_view operation, const Requantization& requantization,
                         const PackedWeights& weight);

void int8_gemm_avx2(const Int8Problem& problem);      // int8 inputs, sums only
void int8_gemm_neon_dot(const Int8Problem& problem);  // the same
void int8_gemm_avx512vnni(const Int8Problem& problem);

}  // namespace tinytorch::quantization
