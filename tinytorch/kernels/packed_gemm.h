#pragma once
// The float matrix product over a rearranged right-hand side: what kernels::gemm is made of.
//
// Every path computes each output as one chain of fused multiply-adds in the order of k,
//
//     c = fma(a[i, k−1], b[k−1, j], … fma(a[i, 1], b[1, j], fma(a[i, 0], b[0, j], start)))
//
// so scalar, AVX2 and AVX-512 agree bit for bit, and so does any split into threads.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/core/aligned.h"

namespace tinytorch::kernels {

enum class FloatIsa { kScalar, kAvx2, kAvx512 };

std::string_view name(FloatIsa isa);
// What this machine can run, kScalar first, fastest last.
std::vector<FloatIsa> supported_float_isas();
FloatIsa best_float_isa();

inline constexpr std::int64_t kFloatPanel = 32;  // columns side by side

// b[k, n] in panels of 32 columns, each stored row by row; columns beyond n are 0:
//     values[(p · k + i) · 32 + j] = b[i, 32p + j]
struct PackedFloats {
  std::int64_t k = 0;
  std::int64_t n = 0;
  AlignedVector<float> values;

  std::int64_t panels() const { return (n + kFloatPanel - 1) / kFloatPanel; }
};

// A row-major matrix, or the transpose of one, read in place: at(i, j) = data[i · rows + j ·
// columns].
struct StridedFloats {
  const float* data;
  std::int64_t row_stride;
  std::int64_t column_stride;
};

// Rearranges b[k, n]. Reuses the memory of `packed`.
void pack(const StridedFloats& b, std::int64_t k, std::int64_t n, PackedFloats& packed);

// c[m, n] = a[m, k] · b, or c += …; c is row-major and may not overlap a. Requires isa to be one of
// supported_float_isas() (asserted).
void gemm_packed(const StridedFloats& a, std::int64_t m, const PackedFloats& b, float* c,
                 bool accumulate, FloatIsa isa = best_float_isa());

}  // namespace tinytorch::kernels
