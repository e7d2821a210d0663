#pragma once
// The engine's form of quantile_top_k() (observers.h) for percentiles near 1. Internal.

#include <optional>
#include <span>

namespace tinytorch::quantization::detail {

// The same quantile, bit for bit, where the two largest values decide it: q · (n - 1) >= n - 2.
// Nothing where more values are needed, or one is not finite. x is not empty, 0 <= q <= 1.
std::optional<float> quantile_of_top_two(std::span<const float> x, double q);

}  // namespace tinytorch::quantization::detail
