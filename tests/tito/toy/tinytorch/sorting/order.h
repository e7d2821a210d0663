#pragma once
// Which value comes first. Written in module 02 (order.cpp).

#include <span>

namespace tinytorch::sorting {

// The least of the values. Requires at least one.
int smallest(std::span<const int> values);
// mean(values) − smallest(values).
double above_smallest(std::span<const int> values);

}  // namespace tinytorch::sorting
