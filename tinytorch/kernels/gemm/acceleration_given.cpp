// A course without the acceleration module.
#include "tinytorch/kernels/gemm/acceleration.h"

namespace tinytorch::kernels {

const Acceleration& acceleration() {
  static const Acceleration given = given_acceleration();
  return given;
}

}  // namespace tinytorch::kernels
