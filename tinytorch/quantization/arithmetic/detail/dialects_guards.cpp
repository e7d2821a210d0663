#include "tinytorch/quantization/arithmetic/detail/dialects_guards.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"
#include "tinytorch/core/require.h"

namespace tinytorch::quantization {

void require_multiplier(std::string_view operation, double real) {
  require_positive(operation, "the multiplier", real);
  // From here on the mantissa of exponent 30 would round to 2^31, which makes the exponent 31.
  if (real < 0x1p30 - 0.25) return;
  throw Error(concat(operation, ": ", real,
                     " needs an exponent above 30; the output's scale is far ", "too small"));
}

void require_sums(std::string_view operation, std::size_t sums, std::size_t multipliers,
                  std::size_t codes) {
  require_not_empty(operation, "multipliers", multipliers);
  require_count(operation, "codes", codes, sums);
  if (sums % multipliers == 0) return;
  throw Error(concat(operation, ": ", sums, " sums must divide evenly among ", multipliers,
                     " multipliers"));
}

void require_golf_bits(int bits) {
  if (bits == 8 || bits == 6 || bits == 4) return;
  throw Error(concat("golf: bits must be 8, 6 or 4, got ", bits));
}

void require_half_scale(float scale) {
  if (half_from_float(scale) == 0) {
    throw Error(concat("golf: scale ", scale, " rounds to the half 0; scale the tensor up"));
  }
  if (scale <= kLargestHalf) return;
  throw Error(
      concat("golf: scale must be at most ", kLargestHalf, ", the largest half, got ", scale));
}

void require_shape(std::string_view operation, std::span<const std::int64_t> shape,
                   std::size_t elements) {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) {
    require_at_least(operation, "a size of the shape", size, 0);
    if (__builtin_mul_overflow(product, size, &product)) {
      throw Error(concat(operation, ": the shape holds more elements than 64 bits count"));
    }
  }
  if (product == static_cast<std::int64_t>(elements)) return;
  throw Error(concat(operation, ": ", elements, " elements, but the shape holds ", product));
}

void require_halves(std::string_view operation, std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(float_from_half(half_from_float(values[i])))) continue;
    throw Error(
        concat(operation, ": element ", i, " must round to a finite half, got ", values[i]));
  }
}

}  // namespace tinytorch::quantization
