#pragma once
// What module 18 puts into the engine, and what stands there without it. Internal to the kernels.
//
// Two sources define acceleration(): acceleration_learned.cpp where the course has module 18, else
// acceleration_given.cpp; tinytorch/CMakeLists.txt links one of them. A package for an earlier
// module does not hold the first.

#include <cstdint>

#include "tinytorch/kernels/packed_gemm.h"

namespace tinytorch::kernels {

// k rows of `width` columns into a panel (gemm_ladder.h).
using PanelPacker = void (*)(const StridedFloats& b, std::int64_t k, std::int64_t width,
                             float* panel);
// The whole product on num_threads() threads (parallel_gemm.h).
using PackedProduct = void (*)(const StridedFloats& a, std::int64_t m, const PackedFloats& b,
                               float* c, bool accumulate);

struct Acceleration {
  PanelPacker pack_panel;
  BlockKernel kernel;
  PackedProduct product;
};

const Acceleration& acceleration();
// The part of it that needs no module: plain copies, intrinsics, one thread.
Acceleration given_acceleration();

}  // namespace tinytorch::kernels
