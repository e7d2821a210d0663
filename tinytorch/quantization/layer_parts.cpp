#include "tinytorch/quantization/layer_parts.h"

#include <string>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/integer_linear.h"

namespace tinytorch::quantization {

void require_layer_parts(std::string_view layer, QParams input, int weight_bits,
                         std::span<const std::int32_t> bias) {
  require_grid(std::string(layer) + ": input", input);
  (void)symmetric_range(weight_bits);
  for (std::size_t o = 0; o < bias.size(); ++o) {
    if (-kMaxBiasCode <= bias[o] && bias[o] <= kMaxBiasCode) continue;
    throw Error(concat(layer, ": bias ", o, " is ", bias[o], " steps; beyond ", kMaxBiasCode,
                       " the int32 sum could wrap, so enlarge that channel's weight scale"));
  }
}

}  // namespace tinytorch::quantization
