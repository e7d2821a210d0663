#include "tinytorch/quantization/arithmetic/golf_rows.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {
namespace {

void check(std::size_t size, std::int64_t rows, int bits) {
  if (bits != 8 && bits != 6 && bits != 4) {
    throw Error(concat("golf_quantize_rows_at: ", bits, " bits; the dialect has 8, 6 and 4"));
  }
  if (rows < 1 || size == 0 || size % static_cast<std::size_t>(rows) != 0) {
    throw Error(concat("golf_quantize_rows_at: ", rows, " rows do not divide ", size, " elements"));
  }
}

float scale_at(float clip, const GolfOptions& options) {
  if (!(clip >= 0.0f) || !std::isfinite(clip)) {
    throw Error(
        concat("golf_quantize_rows_at: a row's clip must be finite and at least 0, got ", clip));
  }
  const auto most = static_cast<float>(symmetric_range(options.bits).qmax);
  const float least = options.mode == GolfMode::kFixed ? kSmallestNormalHalf : 1.0f / most;
  const float scale = clip / most < least ? least : clip / most;
  if (scale > kLargestHalf) {
    throw Error(concat("golf_quantize_rows_at: a scale of ", scale, " is above the largest half, ",
                       kLargestHalf));
  }
  return scale;
}

}  // namespace

GolfTensor golf_quantize_rows_at(std::span<const float> w, std::int64_t rows, GolfOptions options,
                                 const RowClip& clip_of) {
  check(w.size(), rows, options.bits);
  const std::size_t columns = w.size() / static_cast<std::size_t>(rows);
  GolfTensor result;
  result.codes.resize(w.size());
  std::vector<float> clipped(columns);
  for (std::size_t at = 0; at < w.size(); at += columns) {
    const float clip = clip_of(w.subspan(at, columns));
    const float scale = scale_at(clip, options);
    for (std::size_t i = 0; i < columns; ++i) {
      const float x = w[at + i];
      clipped[i] = x < -clip ? -clip : (x > clip ? clip : x);
    }
    quantize(clipped, QParams{scale, 0}, symmetric_range(options.bits),
             std::span(result.codes).subspan(at, columns));
    result.scales.push_back(half_from_float(scale));
  }
  return result;
}

GolfTensor golf_quantize_row(std::span<const float> row, float clip, GolfOptions options) {
  return golf_quantize_rows_at(row, 1, options, [clip](std::span<const float>) { return clip; });
}

}  // namespace tinytorch::quantization
