#pragma once
// Who packs and multiplies for gemm.h: the acceleration module where it is written, else given
// code.
//
// Two sources define acceleration(): acceleration_student.cpp in kernels/acceleration/ where the
// course has that module, else acceleration_given.cpp here; tinytorch/CMakeLists.txt links one of
// them. A package for an earlier module does not hold the first. fusions.h and int8_tile.h are
// tables of the same kind.

#include <cstdint>
#include <span>

#include "tinytorch/kernels/gemm/packed_gemm.h"

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
