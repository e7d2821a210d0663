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

// total(t) + the next N values of column t, one after the other.
template <std::size_t N>
double add_lines(double total, const Columns& from, std::size_t t) {
  for (std::size_t s = 0; s < N; ++s)
    total += static_cast<double>(from.values[s * from.stride + t]);
  return total;
}

// Adds the last `lines` <= N lines to the totals so far, and writes the results, which lie nowhere
// among the values.
template <std::size_t N, typename Start, typename Finish>
void finish_columns(std::size_t lines, const Columns& from, Start start, float* __restrict out,
                    Finish finish) {
  if constexpr (N > 0) {
    if (lines < N) return finish_columns<N - 1>(lines, from, start, out, finish);
  }
  for (std::size_t t = 0; t < from.width; ++t) out[t] = finish(add_lines<N>(start(t), from, t));
}

template <typename Finish>
void sum_columns(Columns from, std::size_t lines, float* out, Finish finish) {
  std::array<double, kTile> totals;
  const auto zero = [](std::size_t) { return 0.0; };
  const auto so_far = [&totals](std::size_t t) { return totals[t]; };
  if (lines <= kLines) return finish_columns<kLines>(lines, from, zero, out, finish);
  for (std::size_t t = 0; t < from.width; ++t) totals[t] = add_lines<kLines>(0.0, from, t);
  from.values += kLines * from.stride;
  for (lines -= kLines; lines > kLines; lines -= kLines, from.values += kLines * from.stride) {
    for (std::size_t t = 0; t < from.width; ++t) totals[t] = add_lines<kLines>(totals[t], from, t);
  }
  finish_columns<kLines>(lines, from, so_far, out, finish);
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
