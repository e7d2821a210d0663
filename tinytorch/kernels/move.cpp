#include "tinytorch/kernels/move.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "tinytorch/kernels/accumulate.h"

namespace tinytorch::kernels {
namespace {

std::int64_t product(const Shape& shape, std::int64_t begin, std::int64_t end) {
  std::int64_t result = 1;
  for (std::int64_t dim = begin; dim < end; ++dim) result *= shape[dim];
  return result;
}

}  // namespace

void swap_dims(std::span<const float> x, const Shape& shape, std::int64_t dim0, std::int64_t dim1,
               std::span<float> out) {
  if (dim0 == dim1 || x.empty()) {
    std::copy(x.begin(), x.end(), out.begin());
    return;
  }
  // The tensor as [outer, a, middle, b, inner], a and b the two dimensions.
  const std::int64_t outer = product(shape, 0, dim0);
  const std::int64_t a = shape[dim0];
  const std::int64_t middle = product(shape, dim0 + 1, dim1);
  const std::int64_t b = shape[dim1];
  const std::int64_t inner = product(shape, dim1 + 1, shape.ndim());
  float* to = out.data();
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t j = 0; j < b; ++j) {
      for (std::int64_t m = 0; m < middle; ++m) {
        for (std::int64_t i = 0; i < a; ++i, to += inner) {
          const float* from = x.data() + (((o * a + i) * middle + m) * b + j) * inner;
          std::copy(from, from + inner, to);
        }
      }
    }
  }
}

void cut(std::span<const float> x, const Shape& shape, std::int64_t dim, std::int64_t start,
         std::int64_t length, std::span<float> out) {
  const std::int64_t outer = product(shape, 0, dim);
  const std::int64_t inner = product(shape, dim + 1, shape.ndim());
  for (std::int64_t o = 0; o < outer; ++o) {
    const float* from = x.data() + (o * shape[dim] + start) * inner;
    std::copy(from, from + length * inner, out.data() + o * length * inner);
  }
}

void paste(std::span<const float> piece, const Shape& shape, std::int64_t dim, std::int64_t start,
           std::int64_t total, std::span<float> out) {
  const std::int64_t outer = product(shape, 0, dim);
  const std::int64_t inner = product(shape, dim + 1, shape.ndim());
  const std::int64_t line = shape[dim] * inner;
  for (std::int64_t o = 0; o < outer; ++o) {
    const float* from = piece.data() + o * line;
    std::copy(from, from + line, out.data() + (o * total + start) * inner);
  }
}

void repeat_row(std::span<const float> row, std::span<float> out) {
  for (std::size_t at = 0; at < out.size(); at += row.size()) {
    std::copy(row.begin(), row.end(), out.data() + at);
  }
}

void gather_rows(std::span<const float> x, std::span<const std::int64_t> indices,
                 std::span<float> out) {
  if (indices.empty()) return;
  const std::size_t width = out.size() / indices.size();
  for (std::size_t r = 0; r < indices.size(); ++r) {
    const float* from = x.data() + static_cast<std::size_t>(indices[r]) * width;
    std::copy(from, from + width, out.data() + r * width);
  }
}

void scatter_add_rows(std::span<const float> rows, std::span<const std::int64_t> indices,
                      std::span<float> out) {
  if (indices.empty()) return;
  const std::size_t width = rows.size() / indices.size();
  // Row numbers in the order of their targets, then their own: one target's sum after the other,
  // each in double. No stable_sort, which would ask for memory at every step.
  std::vector<std::size_t> order(indices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return indices[a] != indices[b] ? indices[a] < indices[b] : a < b;
  });
  std::vector<double> totals(width);
  for (std::size_t at = 0; at < order.size();) {
    const std::int64_t target = indices[order[at]];
    const std::span<float> to = out.subspan(static_cast<std::size_t>(target) * width, width);
    std::copy(to.begin(), to.end(), totals.begin());
    for (; at < order.size() && indices[order[at]] == target; ++at) {
      accumulate_line(rows.subspan(order[at] * width, width), totals);
    }
    std::transform(totals.begin(), totals.end(), to.begin(),
                   [](double total) { return static_cast<float>(total); });
  }
}

}  // namespace tinytorch::kernels
