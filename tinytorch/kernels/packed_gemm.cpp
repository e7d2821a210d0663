#include "tinytorch/kernels/packed_gemm.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "tinytorch/kernels/packed_gemm_tiles.h"

namespace tinytorch::kernels {
namespace {

// Steps of k per pass: 32 columns of b (64 KiB) and 12 rows of a then stay close to the core.
constexpr std::int64_t kDepth = 512;
// Rows of a per pass over b.
constexpr std::int64_t kRows = 240;

void multiply_block_scalar(const FloatBlock& block) {
  const std::int64_t n = block.b.n;
  for (std::int64_t r = 0; r < block.rows; ++r) {
    const float* a = block.a.data + r * block.a.row_stride;
    for (std::int64_t j = 0; j < n; ++j) {
      const float* b = block.b.values.data() + j / kFloatPanel * block.b.k * kFloatPanel;
      float sum = block.from_zero ? 0.0f : block.c[r * n + j];
      for (std::int64_t i = block.begin; i < block.end; ++i) {
        sum = std::fma(a[i * block.a.column_stride], b[i * kFloatPanel + j % kFloatPanel], sum);
      }
      block.c[r * n + j] = sum;
    }
  }
}

void multiply_block(const FloatBlock& block, FloatIsa isa) {
  switch (isa) {
    case FloatIsa::kScalar:
      return multiply_block_scalar(block);
    case FloatIsa::kAvx2:
      return multiply_block_avx2(block);
    case FloatIsa::kAvx512:
      return multiply_block_avx512(block);
  }
}

// A transposed block, or rows a multiple of 2 KiB apart, which share the same few lines of the
// first-level cache, are copied side by side before use.
bool is_awkward(const StridedFloats& a) {
  constexpr std::int64_t kFloatsIn2KiB = 512;
  return a.column_stride != 1 || (a.row_stride != 0 && a.row_stride % kFloatsIn2KiB == 0);
}

StridedFloats side_by_side(const StridedFloats& a, std::int64_t rows, std::int64_t begin,
                           std::int64_t end) {
  constexpr std::int64_t kStride = kDepth + 16;
  thread_local std::vector<float> copy(static_cast<std::size_t>(kRows * kStride));
  if (a.column_stride == 1) {
    for (std::int64_t r = 0; r < rows; ++r) {
      std::copy_n(a.data + r * a.row_stride + begin, end - begin, copy.data() + r * kStride);
    }
  } else {
    // A few columns at a time, so that the rows written to stay in the cache.
    for (std::int64_t i = begin; i < end; ++i) {
      const float* from = a.data + i * a.column_stride;
      float* to = copy.data() + (i - begin);
      for (std::int64_t r = 0; r < rows; ++r) to[r * kStride] = from[r * a.row_stride];
    }
  }
  return {copy.data() - begin, kStride, 1};
}

}  // namespace

std::string_view name(FloatIsa isa) {
  switch (isa) {
    case FloatIsa::kScalar:
      return "scalar";
    case FloatIsa::kAvx2:
      return "avx2";
    case FloatIsa::kAvx512:
      return "avx512";
  }
  return "unknown";
}

std::vector<FloatIsa> supported_float_isas() {
  std::vector<FloatIsa> isas{FloatIsa::kScalar};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    isas.push_back(FloatIsa::kAvx2);
  }
  if (__builtin_cpu_supports("avx512f")) isas.push_back(FloatIsa::kAvx512);
  return isas;
}

FloatIsa best_float_isa() {
  static const FloatIsa best = supported_float_isas().back();
  return best;
}

void pack(const StridedFloats& b, std::int64_t k, std::int64_t n, PackedFloats& packed) {
  packed.k = k;
  packed.n = n;
  packed.values.resize(static_cast<std::size_t>(packed.panels() * k * kFloatPanel));
  for (std::int64_t p = 0; p < packed.panels(); ++p) {
    const std::int64_t width = std::min(n - p * kFloatPanel, kFloatPanel);
    const float* from = b.data + p * kFloatPanel * b.column_stride;
    float* to = packed.values.data() + p * k * kFloatPanel;
    if (b.row_stride == 1 && width == kFloatPanel && best_float_isa() == FloatIsa::kAvx512) {
      pack_transposed_panel_avx512(from, b.column_stride, k, to);
      continue;
    }
    for (std::int64_t i = 0; i < k; ++i, from += b.row_stride, to += kFloatPanel) {
      if (b.column_stride == 1) {
        std::copy_n(from, width, to);
      } else {
        for (std::int64_t j = 0; j < width; ++j) to[j] = from[j * b.column_stride];
      }
      std::fill(to + width, to + kFloatPanel, 0.0f);
    }
  }
}

void gemm_packed(const StridedFloats& a, std::int64_t m, const PackedFloats& b, float* c,
                 bool accumulate, FloatIsa isa) {
  if (b.k == 0 && !accumulate) std::fill_n(c, m * b.n, 0.0f);
  const bool copies = m > 1 && is_awkward(a);
  for (std::int64_t row = 0; row < m; row += kRows) {
    const std::int64_t rows = std::min(kRows, m - row);
    for (std::int64_t begin = 0; begin < b.k; begin += kDepth) {
      const std::int64_t end = std::min(begin + kDepth, b.k);
      const StridedFloats here{a.data + row * a.row_stride, a.row_stride, a.column_stride};
      multiply_block({copies ? side_by_side(here, rows, begin, end) : here, rows, b, begin, end,
                      c + row * b.n, begin == 0 && !accumulate},
                     isa);
    }
  }
}

}  // namespace tinytorch::kernels
