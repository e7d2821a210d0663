#pragma once
// What this processor could do at most: the instruction a product is made of, on registers alone.
// No product can be faster; how near it comes is what a kernel is worth.

#include <cstdint>

namespace bench {

// Multiplies and adds, in int8 by dot4() (int8_lanes.h) and in float32 by fused multiply-adds,
// `rounds` times on independent vectors. Return how many operations that was, a product and its
// addition counted as two.
std::int64_t run_int8_dots(std::int64_t rounds);
std::int64_t run_float_multiply_adds(std::int64_t rounds);

}  // namespace bench
