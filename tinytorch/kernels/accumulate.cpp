#include "tinytorch/kernels/accumulate.h"

#include <algorithm>
#include <vector>

namespace tinytorch::kernels {

void mean_dim(std::span<const float> x, const Block& block, std::span<float> out) {
  const auto size = static_cast<std::size_t>(block.size);
  const auto inner = static_cast<std::size_t>(block.inner);
  const auto count = static_cast<double>(block.size);
  std::vector<double> totals(inner);
  for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
    const std::span<const float> values = x.subspan(o * size * inner, size * inner);
    if (inner == 1) {
      totals[0] = accumulate(size, [&](std::size_t s) { return values[s]; });
    } else {
      std::fill(totals.begin(), totals.end(), 0.0);
      for (std::size_t s = 0; s < size; ++s) {
        accumulate_line(values.subspan(s * inner, inner), totals);
      }
    }
    for (std::size_t i = 0; i < inner; ++i) {
      out[o * inner + i] = static_cast<float>(totals[i] / count);
    }
  }
}

}  // namespace tinytorch::kernels
