#include "tinytorch/quantization/qat/detail/repair_guards.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::quantization {
namespace {

// Zeros aside, the scale that equalizes two ranges must be a normal float.
void require_near(std::string_view operation, std::size_t channel, float before, float behind) {
  if (before == 0.0f || behind == 0.0f) return;
  const double apart = double{before} / double{behind};
  if (apart >= kMinApart && apart <= kMaxApart) return;
  throw Error(concat(operation, ": channel ", channel, " ranges to ", before, " before and ",
                     behind, " behind, too far apart; set the smaller weights to 0"));
}

}  // namespace

void require_layer(std::string_view operation, const LayerView& layer) {
  require_divides(operation, "weights", layer.weight.size(), "rows, one for each bias",
                  static_cast<std::int64_t>(layer.bias.size()));
  if (!layer.depthwise) {
    require_divides(operation, "weights of a row", layer.weight.size() / layer.bias.size(),
                    "columns_per_input", layer.columns_per_input);
  }
  require_finite(operation, "weight", layer.weight);
}

void require_ranges(std::string_view operation, std::span<const float> r1,
                    std::span<const float> r2) {
  require_same_size(operation, r1.size(), r2.size());
  for (std::size_t c = 0; c < r1.size(); ++c) {
    for (const float range : {r1[c], r2[c]}) {
      if (range >= 0.0f && std::isfinite(range)) continue;
      throw Error(concat(operation, ": the range of channel ", c,
                         " must be finite and at least 0, got ", range));
    }
    require_near(operation, c, r1[c], r2[c]);
  }
}

void require_quotients(std::string_view operation, std::span<const float> bias,
                       std::span<const float> scales) {
  for (std::size_t c = 0; c < scales.size(); ++c) {
    if (std::isfinite(bias[c] / scales[c])) continue;
    throw Error(concat(operation, ": bias ", bias[c], " of channel ", c, " divided by ", scales[c],
                       " must be finite"));
  }
}

void require_outputs(std::string_view operation, std::span<const float> reference,
                     std::span<const float> quantized, std::size_t channels) {
  require_same_size(operation, reference.size(), quantized.size());
  require_divides(operation, "outputs", reference.size(), "channels",
                  static_cast<std::int64_t>(channels));
}

}  // namespace tinytorch::quantization
