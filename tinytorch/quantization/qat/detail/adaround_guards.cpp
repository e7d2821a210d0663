#include "tinytorch/quantization/qat/detail/adaround_guards.h"

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::quantization {

void require_rounding(std::string_view operation, std::span<const float> weight,
                      std::span<const float> scales, std::span<const float> moments,
                      const AdaRoundOptions& options) {
  require_divides(operation, "weights", weight.size(), "rows, one for each scale",
                  static_cast<std::int64_t>(scales.size()));
  const std::size_t in = weight.size() / scales.size();
  require_count(operation, "moments", moments.size(), in * in);
  require_finite(operation, "weight", weight);
  require_finite(operation, "moment", moments);
  for (std::size_t o = 0; o < scales.size(); ++o) {
    require_positive(operation, concat("the scale of row ", o), scales[o]);
  }
  require_between(operation, "bits", options.bits, 2, 8);
  require_at_least(operation, "steps", options.steps, 0);
  require_finite(operation, "learning_rate", options.learning_rate);
  require_finite(operation, "penalty", options.penalty);
  require_finite(operation, "beta_start", options.beta_start);
  require_finite(operation, "beta_end", options.beta_end);
  require_finite(operation, "warm_up", options.warm_up);
}

}  // namespace tinytorch::quantization
