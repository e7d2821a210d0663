#pragma once
// Loops that move values without computing any: swapped dimensions, pieces, rows by number.
// Given (move.cpp). Arguments are checked by the callers (autograd/shaping.h).

#include <cstdint>
#include <span>

#include "tinytorch/core/shape.h"

namespace tinytorch::kernels {

// out is x of shape `shape` with dimensions dim0 <= dim1 swapped.
void swap_dims(std::span<const float> x, const Shape& shape, std::int64_t dim0, std::int64_t dim1,
               std::span<float> out);

// out = indices [start, start + length) of dimension `dim` of x, whose shape is `shape`.
void cut(std::span<const float> x, const Shape& shape, std::int64_t dim, std::int64_t start,
         std::int64_t length, std::span<float> out);

// The reverse: piece (of shape `shape`) becomes indices [start, …) of dimension `dim` of out, which
// has `total` indices there. The rest of out stays.
void paste(std::span<const float> piece, const Shape& shape, std::int64_t dim, std::int64_t start,
           std::int64_t total, std::span<float> out);

// Every row of out is `row`. Requires a row that is not empty and rows that are whole.
void repeat_row(std::span<const float> row, std::span<float> out);

// Row r of out is row indices[r] of x; a row has out.size() / indices.size() values.
void gather_rows(std::span<const float> x, std::span<const std::int64_t> indices,
                 std::span<float> out);

// Row r of `rows` is added to row indices[r] of out; each row's sum is made in double.
void scatter_add_rows(std::span<const float> rows, std::span<const std::int64_t> indices,
                      std::span<float> out);

}  // namespace tinytorch::kernels
