#include "tinytorch/quantization/arithmetic/qtypes.h"

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

void refuse_width(std::string_view operation, int bits, std::string_view what) {
  throw Error(concat(operation, ": ", bits, " ", what, "; choose 2 to 8"));
}

void require_scale(std::string_view operation, float scale) {
  if (std::isfinite(scale) && scale > 0.0f) return;
  throw Error(concat(operation, ": scale ", scale,
                     " is not a positive finite number; look for NaN, infinity or zeros in what "
                     "it was chosen from"));
}

void require_codes(std::string_view operation, QRange range) {
  if (-128 <= range.qmin && range.qmin <= range.qmax && range.qmax <= 127) return;
  throw Error(concat(operation, ": codes [", range.qmin, ", ", range.qmax,
                     "] do not lie in int8, lowest first; full_range() and symmetric_range() do"));
}

void require_grid(std::string_view operation, QParams grid) {
  require_scale(operation, grid.scale);
  if (-128 <= grid.zero_point && grid.zero_point <= 127) return;
  throw Error(concat(operation, ": zero-point ", grid.zero_point,
                     " is no code; int8 goes from -128 to 127 (uint8 is 128 higher)"));
}

}  // namespace tinytorch::quantization
