#pragma once
// What gemm_packed chooses from. Internal to the kernels.

#include <cstdint>

#include "tinytorch/kernels/packed_gemm.h"

namespace tinytorch::kernels {

// A block of rows of a, all of b's columns, and the steps [begin, end) of k.
struct FloatBlock {
  StridedFloats a;  // of the block's first row
  std::int64_t rows;
  const PackedFloats& b;
  std::int64_t begin;
  std::int64_t end;
  float* c;        // of the block's first row
  bool from_zero;  // else from what c holds
};

void multiply_block_avx2(const FloatBlock& block);
void multiply_block_avx512(const FloatBlock& block);

// A whole panel of 32 columns, column j at from + j · stride, into its k rows.
void pack_transposed_panel_avx512(const float* from, std::int64_t stride, std::int64_t k,
                                  float* to);

}  // namespace tinytorch::kernels
