#include "tinytorch/quantization/arithmetic/per_channel.h"

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {

void dequantize_per_channel(std::span<const std::int8_t> codes, std::span<const float> scales,
                            std::span<float> x) {
  if (scales.empty() || codes.size() % scales.size() != 0 || x.size() != codes.size()) {
    throw Error(concat("dequantize_per_channel: ", codes.size(), " codes, ", scales.size(),
                       " scales and ", x.size(), " values do not fit together"));
  }
  const std::size_t row = codes.size() / scales.size();
  for (std::size_t o = 0; o < scales.size(); ++o) {
    dequantize(codes.subspan(o * row, row), {scales[o], 0}, x.subspan(o * row, row));
  }
}

}  // namespace tinytorch::quantization
