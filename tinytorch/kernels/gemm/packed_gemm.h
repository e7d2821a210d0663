#pragma once
// The float matrix product over a rearranged right-hand side: what kernels::gemm is made of.
//
// Every path computes each output as one chain of fused multiply-adds in the order of k,
//
//     c = fma(a[i, k−1], b[k−1, j], … fma(a[i, 1], b[1, j], fma(a[i, 0], b[0, j], start)))
//
// so scalar, AVX2 and AVX-512 agree bit for bit, and so does any split into threads. A product with
// more than kLongProduct steps is several such chains of kLongestChain steps (accumulate.h), the
// later ones from 0; their results are added up in double.

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

// A row-major matrix, or the transpose of one, read in place:
//     value (i, j) = data[i · row_stride + j · column_stride]
// A matrix [m, n] as it is stored has strides n and 1, its transpose 1 and n.
struct StridedFloats {
  const float* data;
  std::int64_t row_stride;
  std::int64_t column_stride;
};

// Rearranges b[k, n], panels dealt out over num_threads(). Reuses the memory of `packed`.
void pack(const StridedFloats& b, std::int64_t k, std::int64_t n, PackedFloats& packed);

// Some columns of b: [begin, end), begin a multiple of 32, end too or n.
struct Columns {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

// Where a block of the product is worked out: tiles of one of the instruction sets below, or
// the acceleration module's.
using BlockKernel = void (*)(const struct FloatBlock& block);
BlockKernel kernel_of(FloatIsa isa);
// What kernels::gemm uses: the acceleration module's tiles where the course has the module, it is
// written, and its registers are the machine's widest; else kernel_of(best_float_isa()).
BlockKernel engine_kernel();

// c[m, n] = a[m, k] · b, or c += …; c is row-major and may not overlap a. On the caller's thread.
void gemm_packed(const StridedFloats& a, std::int64_t m, const PackedFloats& b, float* c,
                 bool accumulate, BlockKernel kernel = engine_kernel());
// The same for some columns of c alone; the others are neither read nor written.
void gemm_columns(const StridedFloats& a, std::int64_t m, const PackedFloats& b, Columns columns,
                  float* c, bool accumulate, BlockKernel kernel = engine_kernel());

}  // namespace tinytorch::kernels
