#pragma once
// What the functions of dialects.h demand of their arguments. Given; each throws Error naming the
// condition and what it was given.

#include <cstdint>
#include <span>
#include <string_view>

namespace tinytorch::quantization {

// `real` must be positive and finite, and small enough for an exponent of at most 30.
void require_multiplier(std::string_view operation, double real);

// There is at least one multiplier, and they divide the sums into rows; a code for each sum.
void require_sums(std::string_view operation, std::size_t sums, std::size_t multipliers,
                  std::size_t codes);

// The golf dialect has 8, 6 and 4 bits.
void require_golf_bits(int bits);

// A scale must round to a half that is positive and finite.
void require_half_scale(float scale);

// The sizes of `shape` must be at least 0, and their product the number of elements.
void require_shape(std::string_view operation, std::span<const std::int64_t> shape,
                   std::size_t elements);

// Each value must round to a finite half.
void require_halves(std::string_view operation, std::span<const float> values);

}  // namespace tinytorch::quantization
