#include "tinytorch/quantization/arithmetic/qtypes.h"

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

void refuse_width(std::string_view operation, int bits, std::string_view what) {
  throw Error(concat(operation, ": ", bits, " ", what, "; choose 2 to 8"));
}

void require_scale(std::string_view operation, float scale) {
  if (std::isfinite(scale) && scale > 0.0f) return;
  throw Error(concat(operation, ": scale must be positive and finite, got ", scale,
                     "; look for NaN, infinity or zeros in the data it was chosen from"));
}

void require_codes(std::string_view operation, QRange range) {
  if (-128 <= range.qmin && range.qmin <= range.qmax && range.qmax <= 127) return;
  throw Error(concat(operation,
                     ": the code range must lie within [-128, 127], lower end first, got [",
                     range.qmin, ", ", range.qmax, "]; use full_range() or symmetric_range()"));
}

void require_qparams(std::string_view operation, QParams params) {
  require_scale(operation, params.scale);
  if (-128 <= params.zero_point && params.zero_point <= 127) return;
  throw Error(concat(operation, ": zero-point must be from -128 to 127, got ", params.zero_point,
                     "; subtract 128 from one that was chosen for uint8"));
}

void require_interval(std::string_view operation, float min, float max) {
  if (!std::isfinite(min) || !std::isfinite(max) || min > max) {
    throw Error(concat(operation, ": min and max must be finite, with min <= max, got [", min, ", ",
                       max, "]; look for NaN or infinity in the data"));
  }
  if (!std::isfinite(max - min)) {
    throw Error(concat(operation, ": max - min must not overflow float, got [", min, ", ", max,
                       "]; look for outliers in the data"));
  }
}

}  // namespace tinytorch::quantization
