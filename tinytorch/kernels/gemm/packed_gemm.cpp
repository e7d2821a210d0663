#include "tinytorch/kernels/gemm/packed_gemm.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>

#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/gemm/acceleration.h"
#include "tinytorch/kernels/gemm/long_sum.h"
#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

namespace tinytorch::kernels {
namespace {

// Steps of k per pass: 32 columns of b (64 KiB) and 12 rows of a then stay close to the core.
constexpr std::int64_t kDepth = 512;
static_assert(kLongestChain % kDepth == 0);
// Rows of a per pass over b.
constexpr std::int64_t kRows = 240;

void multiply_block_scalar(const FloatBlock& block) {
  for (std::int64_t r = 0; r < block.rows; ++r) {
    for (std::int64_t j = block.columns.begin; j < block.columns.end; ++j) {
      float& out = block.c[r * block.b.n + j];
      float sum = block.from_zero ? 0.0f : out;
      for (std::int64_t i = block.begin; i < block.end; ++i) {
        sum = std::fma(*block.a_at(r, i), *block.b_at(i, j), sum);
      }
      out = sum;
    }
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

// Some columns of a block of rows of c, added up in double over several chains.
class ChainTotals {
 public:
  ChainTotals(float* c, std::int64_t rows, std::int64_t row_stride, Columns columns)
      : c_(c + columns.begin),
        rows_(rows),
        row_stride_(row_stride),
        width_(columns.end - columns.begin) {
    totals_.reserve(static_cast<std::size_t>(rows_ * width_));
  }

  // What c holds is one more chain; with the last one c becomes the sum.
  void add_chain(bool last) {
    const bool first = totals_.empty();
    for (std::int64_t r = 0; r < rows_; ++r) {
      float* line = c_ + r * row_stride_;
      if (first) {
        totals_.insert(totals_.end(), line, line + width_);
        continue;
      }
      double* totals = totals_.data() + r * width_;
      if (last) {
        for (std::int64_t j = 0; j < width_; ++j) line[j] = static_cast<float>(totals[j] + line[j]);
      } else {
        for (std::int64_t j = 0; j < width_; ++j) totals[j] += line[j];
      }
    }
  }

 private:
  float* c_;
  std::int64_t rows_, row_stride_, width_;
  std::vector<double> totals_;
};

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

BlockKernel kernel_of(FloatIsa isa) {
  switch (isa) {
    case FloatIsa::kScalar:
      return multiply_block_scalar;
    case FloatIsa::kAvx2:
      return multiply_block_avx2;
    case FloatIsa::kAvx512:
      return multiply_block_avx512;
  }
  return multiply_block_scalar;
}

BlockKernel engine_kernel() { return acceleration().kernel; }

void pack(const StridedFloats& b, std::int64_t k, std::int64_t n, PackedFloats& packed) {
  packed.k = k;
  packed.n = n;
  packed.values.resize(static_cast<std::size_t>(packed.panels() * k * kFloatPanel));
  const bool transposed = b.row_stride == 1 && best_float_isa() == FloatIsa::kAvx512;
  const PanelPacker pack_one = acceleration().pack_panel;
  const auto some = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t width = std::min(n - p * kFloatPanel, kFloatPanel);
      const StridedFloats from{b.data + p * kFloatPanel * b.column_stride, b.row_stride,
                               b.column_stride};
      float* to = packed.values.data() + p * k * kFloatPanel;
      if (transposed && width == kFloatPanel) {
        pack_transposed_panel_avx512(from.data, b.column_stride, k, to);
      } else {
        pack_one(from, k, width, to);
      }
    }
  };
  // Fewer values than this are there before a second thread has woken up.
  constexpr std::int64_t kWorthAThread = 1 << 16;
  if (k * n < kWorthAThread) return some(0, packed.panels());
  parallel_ranges(packed.panels(), 1, some);
}

void gemm_columns(const StridedFloats& a, std::int64_t m, const PackedFloats& b, Columns columns,
                  float* c, bool accumulate, BlockKernel kernel) {
  const std::int64_t width = columns.end - columns.begin;
  for (std::int64_t r = 0; r < m && b.k == 0 && !accumulate; ++r) {
    std::fill_n(c + r * b.n + columns.begin, width, 0.0f);
  }
  const bool copies = m > 1 && is_awkward(a);
  for (std::int64_t row = 0; row < m; row += kRows) {
    const std::int64_t rows = std::min(kRows, m - row);
    std::optional<ChainTotals> totals;
    if (b.k > kLongProduct) totals.emplace(c + row * b.n, rows, b.n, columns);
    for (std::int64_t begin = 0; begin < b.k; begin += kDepth) {
      const std::int64_t end = std::min(begin + kDepth, b.k);
      const StridedFloats here{a.data + row * a.row_stride, a.row_stride, a.column_stride};
      const bool from_zero = begin == 0 ? !accumulate : totals && begin % kLongestChain == 0;
      kernel({copies ? side_by_side(here, rows, begin, end) : here, rows, b, begin, end,
              c + row * b.n, from_zero, columns});
      const bool last = end == b.k;
      if (totals && (end % kLongestChain == 0 || last)) totals->add_chain(last);
    }
  }
}

void gemm_packed(const StridedFloats& a, std::int64_t m, const PackedFloats& b, float* c,
                 bool accumulate, BlockKernel kernel) {
  gemm_columns(a, m, b, {0, b.n}, c, accumulate, kernel);
}

}  // namespace tinytorch::kernels
