// The int8 kernels of a 64-bit Arm processor.
#include <asm/hwcap.h>
#include <sys/auxv.h>

#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"

namespace tinytorch::quantization {

std::vector<Isa> vector_isas() {
  if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) == 0) return {};
  return {Isa::kNeonDot};
}

Int8Kernel int8_kernel(Isa /*isa*/) { return int8_gemm_neon_dot; }

}  // namespace tinytorch::quantization
