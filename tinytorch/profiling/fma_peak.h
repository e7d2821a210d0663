#pragma once
// A kernel that does nothing but multiply-adds in registers. Internal to measure_peak().

#include <cstdint>

namespace tinytorch::profiling {

// Performs `rounds` rounds of multiply-adds on independent vectors of floats and returns how many
// FLOPs that was. The instructions are the widest this library was compiled for.
std::int64_t run_multiply_adds(std::int64_t rounds);

}  // namespace tinytorch::profiling
