#pragma once
// Work that need not travel through memory: steps fused into one pass, and convolutions without the
// matrix in between.
// You write this part: fused.cpp (acceleration module).
//
// After a product nothing is left to win by arithmetic: a bias, an activation, a softmax do a few
// operations on each value and wait for memory. Fusing them does the same operations in one visit.
// The engine calls them through rows.h and convolve.h.

#include <cstdint>
#include <span>

#include "tinytorch/kernels/convolution.h"
#include "tinytorch/kernels/gemm/packed_gemm.h"

namespace tinytorch::kernels {

// Task: out[r, j] = gelu_tanh(x[r, j] + bias[j]) for x of rows of bias.size() values:
//     v = x + bias;  u = √(2/π) · (v + 0.044715·v³);  out = v / (1 + e^(−2u))
// the same as v · (1 + tanh(u)) / 2, with one exponential and exp() of lane_math.h for it. One
// pass: nothing is stored in between. Within 1e-6 · max(1, |v|) of kernels::gelu_tanh for every
// finite v, however large; NaN stays NaN, ∞ and −∞ themselves. out may be x itself. A given line
// refuses an empty bias, an x that is not whole rows of it, and an out of another size.
void bias_gelu(std::span<const float> x, std::span<const float> bias, std::span<float> out);

// Task: softmax(scale · x) along rows of `columns` values. With `causal`, row r of x sees its
// first r + 1 columns only and gets exact zeros beyond (a row past the last column sees all):
// attention's scores, scaling, mask and softmax in one visit to each row. The largest value is
// subtracted before exp() of lane_math.h is taken. Within 1e-6 of kernels::softmax; a row with NaN
// or ∞ in it, or of nothing but −∞, is NaN all over. out may be x.
// Given lines refuse the same, and a scale that is not positive and finite.
void scaled_softmax(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                    std::span<float> out);

// Task: im2col straight into panels: the matrix of im2col.h for the channels that x begins
// with, sizes.in_channels / sizes.groups of them, packed as pack() would pack it. The matrix itself
// is never stored. packed.k = channels · kernel_height · kernel_width, packed.n = out_height ·
// out_width; reuses the memory of `packed`.
void pack_windows(std::span<const float> x, const ConvSizes& sizes, PackedFloats& packed);

// Task: What conv2d computes (convolution.h), every output as one chain of fused multiply-adds
//     fma(weight, x, …) over (ci, u, v) in this order, started from the bias (0 where it is empty),
// by gemm_packed() over pack_windows(), for every example and group; out holds the bias first and
// the product is accumulated on it. Sizes are asserted by the caller.
void conv2d_packed(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out);

// Task: The same values, bit for bit, with no windows copied at all: for each output channel
// and each (ci, u, v), one weight times a shifted row of the image is added to each row of the
// output. Padding is left out instead of multiplied.
void conv2d_direct(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out);

}  // namespace tinytorch::kernels
