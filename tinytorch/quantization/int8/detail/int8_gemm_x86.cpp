// The int8 kernels of an x86 processor.
#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"

namespace tinytorch::quantization {

std::vector<Isa> vector_isas() {
  std::vector<Isa> isas;
  if (__builtin_cpu_supports("avx2")) isas.push_back(Isa::kAvx2);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni")) {
    isas.push_back(Isa::kAvx512Vnni);
  }
  return isas;
}

Int8Kernel int8_kernel(Isa isa) {
  return isa == Isa::kAvx512Vnni ? int8_gemm_avx512vnni : int8_gemm_avx2;
}

}  // namespace tinytorch::quantization
