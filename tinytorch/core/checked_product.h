#pragma once
// Sizes multiplied with an eye on what an int64 holds.

#include <cstdint>
#include <initializer_list>
#include <optional>

namespace tinytorch {

// The product of all factors; nothing when it, or a part of it from the left, leaves int64.
inline std::optional<std::int64_t> checked_product(std::initializer_list<std::int64_t> factors) {
  std::int64_t product = 1;
  for (const std::int64_t factor : factors) {
    if (__builtin_mul_overflow(product, factor, &product)) return std::nullopt;
  }
  return product;
}

}  // namespace tinytorch
