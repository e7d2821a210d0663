#pragma once
// What gemm_packed chooses from. Internal to the kernels.

#include <cstdint>

#include "tinytorch/kernels/gemm/packed_gemm.h"

namespace tinytorch::kernels {

// A block of rows of a, some of b's columns, and the steps [begin, end) of k.
struct FloatBlock {
  StridedFloats a;  // of the block's first row
  std::int64_t rows;
  const PackedFloats& b;
  std::int64_t begin;
  std::int64_t end;
  float* c;         // of the block's first row and b's first column; rows are b.n apart
  bool from_zero;   // else from what c holds
  Columns columns;  // of b, from a multiple of 32 on

  // a[row, i], row counted within the block.
  const float* a_at(std::int64_t row, std::int64_t i) const {
    return a.data + row * a.row_stride + i * a.column_stride;
  }
  // b[i, column] in its panel; the values to its right stand behind it, up to the panel's last.
  const float* b_at(std::int64_t i, std::int64_t column) const {
    const std::int64_t panel = column / kFloatPanel;
    return b.values.data() + (panel * b.k + i) * kFloatPanel + column % kFloatPanel;
  }
};

void multiply_block_avx2(const FloatBlock& block);
void multiply_block_avx512(const FloatBlock& block);

// A whole panel of 32 columns, column j at from + j · stride, into its k rows.
void pack_transposed_panel_avx512(const float* from, std::int64_t stride, std::int64_t k,
                                  float* to);

}  // namespace tinytorch::kernels
