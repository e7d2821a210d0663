#pragma once
// The int8 matrix product, laid out for the machine: the same sums as linear_int32, bit for bit.
// You write this part: int8_gemm.cpp (quantization module). Checks of the arguments are given.
//
// Weights never change between calls, so they are rearranged once. The layout is the one an
// int8 dot-product instruction wants: it multiplies 4 neighbouring input codes with 4 neighbouring
// weight codes of 16 outputs at a time.
//
//     panel p holds outputs 16p … 16p+15; within it, group g holds inputs 4g … 4g+3:
//     codes[((p · groups + g) · 16 + o) · 4 + i] = weight[16p + o, 4g + i]      0 beyond the edges

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/aligned.h"

namespace tinytorch::quantization {

inline constexpr std::int64_t kPanel = 16;  // outputs side by side
inline constexpr std::int64_t kGroup = 4;   // inputs multiplied by one instruction

struct PackedWeights {
  std::int64_t out = 0;
  std::int64_t in = 0;
  AlignedVector<std::int8_t> codes;  // panels() · groups() · kPanel · kGroup; used like a vector
  std::vector<std::int32_t> sums;    // [out]: Σ_k weight[o, k], for kernels that shift the input

  std::int64_t panels() const { return (out + kPanel - 1) / kPanel; }
  std::int64_t groups() const { return (in + kGroup - 1) / kGroup; }
};

// Task: Rearranges weight [out, in] as described above and sums its rows.
// Throws Error (given) unless out and in are positive and weight has out · in codes.
PackedWeights pack_weights(std::span<const std::int8_t> weight, std::int64_t out, std::int64_t in);

// Task: acc[n, o] = bias[o] + Σ_k x[n, k] · weight[o, k], blocked: for each panel keep the 16
// running sums of four rows of x in a local array while one pass over the panel's groups feeds them
// all, so that a weight loaded once is used for every one of those rows.
// x is neither packed nor padded: [n, in], n = x.size() / in. n need not be a multiple of 4, `in`
// of 4, or out of 16; read nothing beyond the end of x, write nothing beyond acc. Throws Error
// (given) when sizes do not fit.
void gemm_packed(std::span<const std::int8_t> x, const PackedWeights& weight,
                 std::span<const std::int32_t> bias, std::span<std::int32_t> acc);

}  // namespace tinytorch::quantization
