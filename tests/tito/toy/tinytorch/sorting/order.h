#pragma once
// Which value comes first. You write this part: order.cpp (sorting module).

#include <span>

namespace tinytorch::sorting {

// The least of the values. Requires at least one.
int smallest(std::span<const int> values);
// mean(values) − smallest(values).
double above_smallest(std::span<const int> values);

}  // namespace tinytorch::sorting
