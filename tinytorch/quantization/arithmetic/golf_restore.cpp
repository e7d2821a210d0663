#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"
#include "tinytorch/quantization/arithmetic/dialects.h"

namespace tinytorch::quantization {

void golf_restore(const GolfTensor& stored, std::span<float> w) {
  if (w.size() != stored.codes.size() + stored.halves.size()) {
    throw Error(concat("golf_restore: ", stored.codes.size() + stored.halves.size(),
                       " elements are stored, there is room for ", w.size()));
  }
  std::transform(stored.halves.begin(), stored.halves.end(), w.begin(), float_from_half);
  if (stored.codes.empty()) return;
  if (stored.scales.empty() || stored.codes.size() % stored.scales.size() != 0) {
    throw Error(concat("golf_restore: ", stored.codes.size(), " codes do not divide among ",
                       stored.scales.size(), " scales"));
  }
  const std::size_t columns = stored.codes.size() / stored.scales.size();
  for (std::size_t r = 0; r < stored.scales.size(); ++r) {
    const std::size_t begin = r * columns;
    const float scale = float_from_half(stored.scales[r]);
    for (std::size_t i = begin; i < begin + columns; ++i) {
      w[i] = static_cast<float>(stored.codes[i]) * scale;
    }
  }
}

}  // namespace tinytorch::quantization
