#pragma once
// What the functions of sensitivity.h demand of their arguments. Given; each throws Error naming
// the condition and what it was given.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/quantization/study/sensitivity.h"

namespace tinytorch::quantization {

// There is a width, and each is smaller than the one before it.
void require_descending(std::string_view operation, std::span<const int> widths);

// A row of finite costs and a positive size for each layer, a cost for each of the descending
// widths, which are at least 1. The bits at the widest must fit in 64 bits, the sum of costs in a
// double.
void require_costs(std::string_view operation, const std::vector<std::vector<double>>& cost,
                   std::span<const std::int64_t> sizes, std::span<const int> widths);

// The budget must be enough for every layer at the narrowest width.
void require_budget(std::string_view operation, std::span<const std::int64_t> sizes,
                    std::span<const int> widths, std::int64_t budget);

// There must be at most kMaxChoices choices after layer `layer`.
void require_few_choices(std::string_view operation, std::size_t choices, std::size_t layer);

// The vectors of each layer must fit together, multipliers be finite and ranges not be empty.
void require_traces(std::string_view operation, std::span<const LayerTrace> layers);

}  // namespace tinytorch::quantization
