#pragma once
// One row of inputs. Internal to the kernels: call int8_gemm_chain.

#include <cstdint>

#include "tinytorch/quantization/int8_gemm_kernels.h"

namespace tinytorch::quantization {

// Weights up to this size are found in the second-level cache, call after call.
inline constexpr std::int64_t kGemvBytes = 1 << 20;

// int8_gemm_avx512vnni for one row of unsigned inputs that ends in codes.
void int8_gemv_avx512vnni(const Int8Problem& problem);

}  // namespace tinytorch::quantization
