#include "tinytorch/quantization/int8/code_limits.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {

void require_bias_fits(std::string_view who, std::span<const std::int32_t> bias) {
  for (std::size_t o = 0; o < bias.size(); ++o) {
    if (bias[o] >= -kMaxBiasCode && bias[o] <= kMaxBiasCode) continue;
    throw Error(concat(who, ": the bias code ", bias[o], " of output ", o, " is beyond ±",
                       kMaxBiasCode, ", so its int32 sums could wrap around; enlarge the scale of ",
                       "that output's weights"));
  }
}

void require_codes_fit(std::string_view who, std::span<const std::int8_t> codes, int bits) {
  require_width(who, bits, "weight bits");
  const QRange range = symmetric_range(bits);
  // Training builds a layer at every step: two running extremes cost no branch for each code.
  std::int8_t low = 0;
  std::int8_t high = 0;
  for (const std::int8_t code : codes) {
    low = std::min(low, code);
    high = std::max(high, code);
  }
  if (low >= range.qmin && high <= range.qmax) return;
  const std::int8_t bad = low < range.qmin ? low : high;
  throw Error(concat(who, ": the weight code ", int{bad}, " at ",
                     std::find(codes.begin(), codes.end(), bad) - codes.begin(),
                     " does not fit in ", bits, " bits, from ", range.qmin, " to ", range.qmax,
                     "; quantize with quantize_per_channel"));
}

}  // namespace tinytorch::quantization
