#pragma once
// What int8_gemm chooses from. Internal to the kernels: call int8_gemm (int8_gemm_simd.h).

#include <cstdint>

#include "tinytorch/quantization/int8_gemm.h"

namespace tinytorch::quantization {

// One call, its sizes already checked: acc[rows, out] = bias + x[rows, in] · weightᵀ.
struct Int8Problem {
  const std::int8_t* x;
  std::int64_t rows;
  const PackedWeights& weight;
  const std::int32_t* bias;
  std::int32_t* acc;
};

void int8_gemm_avx2(const Int8Problem& problem);
void int8_gemm_avx512vnni(const Int8Problem& problem);

}  // namespace tinytorch::quantization
