#pragma once
// The golf dialect with another rule for where a row is clipped: another way to the quantile, the
// maximum, a search. Given (golf_rows.cpp).

#include <cstdint>
#include <functional>
#include <span>

#include "tinytorch/quantization/arithmetic/dialects.h"

namespace tinytorch::quantization {

// The clip of a row: finite, at least 0.
using RowClip = std::function<float(std::span<const float> row)>;

// golf_quantize_rows() (dialects.h) with clip_of(row) in place of golf_clip(row), half to even like
// it. Throws Error as it does, and on a clip that is negative or not finite.
GolfTensor golf_quantize_rows_at(std::span<const float> w, std::int64_t rows, GolfOptions options,
                                 const RowClip& clip_of);

// The same for one row whose clip is known.
GolfTensor golf_quantize_row(std::span<const float> row, float clip, GolfOptions options);

}  // namespace tinytorch::quantization
