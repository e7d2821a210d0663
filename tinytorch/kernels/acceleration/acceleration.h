#pragma once
// What module 18 puts into the engine, and what stands there without it. Internal to the kernels.
//
// Two sources define acceleration(): acceleration_student.cpp where the course has module 18, else
// acceleration_given.cpp; tinytorch/CMakeLists.txt links one of them. A package for an earlier
// module does not hold the first. So do fusions_student.cpp and fusions_given.cpp for fusions().
// The int8 tile has a table of its own (quantization/int8/detail/int8_tile.h).

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

struct ConvSizes;

// scaled_softmax, bias_gelu, pack_windows and conv2d_direct of fused.h.
using RowSoftmax = void (*)(std::span<const float> x, std::int64_t columns, float scale,
                            bool causal, std::span<float> out);
using BiasGelu = void (*)(std::span<const float> x, std::span<const float> bias,
                          std::span<float> out);
using WindowPacker = void (*)(std::span<const float> x, const ConvSizes& sizes,
                              PackedFloats& packed);
using Convolution = void (*)(std::span<const float> x, std::span<const float> weight,
                             std::span<const float> bias, const ConvSizes& sizes,
                             std::span<float> out);

// Who takes what rows.h and convolve.h are asked for. Null: nobody has written it, and the engine
// does it in passes, by module 02 (softmax.h, activation.h) or 09 (im2col.h).
struct Fusions {
  RowSoftmax softmax = nullptr;
  BiasGelu bias_gelu = nullptr;
  WindowPacker pack_windows = nullptr;
  Convolution direct = nullptr;
};

const Fusions& fusions();
// softmax_rows (rows.h) where nobody has written the fused one: scale, mask and module 02's
// softmax.
void softmax_in_passes(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                       std::span<float> out);

}  // namespace tinytorch::kernels
