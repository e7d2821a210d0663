#include "tinytorch/kernels/accumulate.h"

#include <algorithm>
#include <array>

namespace tinytorch::kernels {
namespace {

constexpr std::size_t kTile = 4096;  // totals: 32 KB, and loads of 16 KB in a row
constexpr std::size_t kLines = 8;    // added while a total is in a register

// Neighbouring columns of one outer index: the lines lie `stride` floats apart.
struct Columns {
  const float* values;
  std::size_t stride;
  std::size_t width;
};

// Adds the next N lines to the totals, one after the other, and passes over them.
template <std::size_t N>
void add_lines(Columns& from, double* totals) {
  for (std::size_t t = 0; t < from.width; ++t) {
    double total = totals[t];
    for (std::size_t s = 0; s < N; ++s) {
      total += static_cast<double>(from.values[s * from.stride + t]);
    }
    totals[t] = total;
  }
  from.values += N * from.stride;
}

template <typename Finish>
void sum_columns(Columns from, std::size_t lines, float* out, Finish finish) {
  std::array<double, kTile> totals;
  std::fill_n(totals.begin(), from.width, 0.0);
  for (; lines >= kLines; lines -= kLines) add_lines<kLines>(from, totals.data());
  if (lines >= kLines / 2) {
    add_lines<kLines / 2>(from, totals.data());
    lines -= kLines / 2;
  }
  for (; lines > 0; --lines) add_lines<1>(from, totals.data());
  for (std::size_t t = 0; t < from.width; ++t) out[t] = finish(totals[t]);
}

template <typename Finish>
void sum_blocks(std::span<const float> x, const Block& block, std::span<float> out, Finish finish) {
  const auto size = static_cast<std::size_t>(block.size);
  const auto inner = static_cast<std::size_t>(block.inner);
  for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
    const std::span<const float> lines = x.subspan(o * size * inner, size * inner);
    if (inner == 1) {
      out[o] = finish(accumulate(size, [lines](std::size_t s) { return lines[s]; }));
      continue;
    }
    for (std::size_t i = 0; i < inner; i += kTile) {
      const Columns columns{lines.data() + i, inner, std::min(kTile, inner - i)};
      sum_columns(columns, size, out.data() + o * inner + i, finish);
    }
  }
}

}  // namespace

void sum_in_tiles(std::span<const float> x, const Block& block, std::span<float> out) {
  sum_blocks(x, block, out, [](double total) { return static_cast<float>(total); });
}

void mean_dim(std::span<const float> x, const Block& block, std::span<float> out) {
  const auto count = static_cast<double>(block.size);
  sum_blocks(x, block, out, [count](double total) { return static_cast<float>(total / count); });
}

}  // namespace tinytorch::kernels
