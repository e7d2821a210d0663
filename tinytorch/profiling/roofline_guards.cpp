// What has a place on a roofline.
#include "tinytorch/core/error.h"
#include "tinytorch/profiling/roofline.h"

namespace tinytorch::profiling {

void require_intensity(std::string_view operation, double intensity) {
  if (intensity >= 0.0) return;  // false for NaN
  throw Error(concat(operation, ": intensity must be at least 0, got ", intensity));
}

void require_flops(std::string_view operation, const std::string& layer, const Cost& cost) {
  if (cost.flops > 0) return;
  throw Error(concat(operation, ": layer \"", layer, "\" does ", cost.flops,
                     " FLOPs; only layers that compute have a place on a roofline"));
}

}  // namespace tinytorch::profiling
