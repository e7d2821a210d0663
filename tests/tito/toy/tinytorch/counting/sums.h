#pragma once
// Sums of whole numbers. You write this part: sums.cpp (counting module).

#include <cstdint>
#include <span>

namespace tinytorch::counting {

// The sum of all values; 0 for none.
std::int64_t total(std::span<const int> values);
// total / count. Throws Error for no values.
double mean(std::span<const int> values);

}  // namespace tinytorch::counting
