#pragma once
// Who makes the passes of rows.h and convolve.h in one: the acceleration module where it is
// written.
//
// Two sources define fusions(): fusions_student.cpp in kernels/acceleration/ where the course has
// that module, else fusions_given.cpp here (gemm/acceleration.h is a table of the same kind).

#include <cstdint>
#include <span>

#include "tinytorch/kernels/gemm/packed_gemm.h"

namespace tinytorch::kernels {

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
// does it in passes, by the activations module (softmax.h, activation.h) or the convolutions module
// (im2col.h).
struct Fusions {
  RowSoftmax softmax = nullptr;
  BiasGelu bias_gelu = nullptr;
  WindowPacker pack_windows = nullptr;
  Convolution direct = nullptr;
};

const Fusions& fusions();

}  // namespace tinytorch::kernels
