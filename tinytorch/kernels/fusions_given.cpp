// A course without module 18.
#include "tinytorch/kernels/fusions.h"

namespace tinytorch::kernels {

const Fusions& fusions() {
  static const Fusions none;
  return none;
}

}  // namespace tinytorch::kernels
