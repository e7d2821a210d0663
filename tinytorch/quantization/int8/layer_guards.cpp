#include "tinytorch/quantization/int8/layer_guards.h"

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

void require_linear_sizes(std::string_view operation, std::size_t x, std::size_t weight,
                          std::size_t bias, std::size_t acc) {
  const std::size_t in = bias == 0 ? 0 : weight / bias;
  if (in > 0 && weight == in * bias && x % in == 0 && acc == x / in * bias) return;
  throw Error(concat(operation,
                     ": x [rows, in], weight [out, in], bias [out] and acc [rows, out] must fit "
                     "together, got ",
                     x, ", ", weight, ", ", bias, " and ", acc, " elements"));
}

void require_weight_matrix(std::string_view operation, std::size_t weights, std::int64_t out,
                           std::int64_t in) {
  const auto count = static_cast<std::int64_t>(weights);
  // Divided, because out · in may overflow.
  if (out > 0 && in > 0 && count % out == 0 && count / out == in) return;
  throw Error(concat(operation, ": the weight must have out · in elements, both positive, got ",
                     weights, " for ", out, " x ", in));
}

void require_whole_rows(std::string_view operation, std::size_t sums, std::size_t out) {
  if (out > 0 && sums % out == 0) return;
  throw Error(concat(operation, ": ", sums, " sums must be whole rows of ", out, " outputs"));
}

void require_steps(std::string_view operation, float input_scale,
                   std::span<const float> weight_scales) {
  for (std::size_t o = 0; o < weight_scales.size(); ++o) {
    const float worth = input_scale * weight_scales[o];
    if (std::isfinite(worth) && worth > 0.0f) continue;
    throw Error(concat(operation, ": input scale times weight scale of channel ", o,
                       " must be positive and finite, got ", input_scale, " · ", weight_scales[o],
                       " = ", worth));
  }
}

void require_multipliers(std::string_view operation, std::span<const float> multipliers) {
  for (std::size_t o = 0; o < multipliers.size(); ++o) {
    if (std::isfinite(multipliers[o]) && multipliers[o] >= 0.0f) continue;
    throw Error(concat(operation, ": the multiplier of channel ", o,
                       " must be finite and at least 0, got ", multipliers[o],
                       "; look at the ranges its scales were chosen for"));
  }
}

}  // namespace tinytorch::quantization
