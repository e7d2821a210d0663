#include "tinytorch/quantization/arithmetic/golf_rows.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"

namespace tinytorch::quantization {
namespace {

float levels_of(int bits) {
  if (bits != 8 && bits != 6 && bits != 4) {
    throw Error(concat("golf: ", bits, " bits; there are 8, 6 and 4"));
  }
  return static_cast<float>(symmetric_range(bits).qmax);
}

float scale_of(float clip, float levels, GolfMode mode) {
  if (!(clip >= 0.0f) || !std::isfinite(clip)) {
    throw Error(concat("golf: a row's clip must be finite and at least 0, got ", clip));
  }
  const float floor = mode == GolfMode::kFaithful ? 1.0f / levels : kSmallestNormalHalf;
  const float scale = std::max(clip / levels, floor);
  if (!(scale <= kLargestHalf)) {
    throw Error(concat("golf: scale ", scale, " has no half, the largest is ", kLargestHalf));
  }
  return scale;
}

void quantize_row(std::span<const float> row, float clip, float scale, float levels,
                  std::span<std::int8_t> codes) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    // Not std::clamp: g++ 12 does not vectorise its references.
    const float above = row[i] > -clip ? row[i] : -clip;
    const float inside = above < clip ? above : clip;
    float code = std::nearbyint(inside / scale);
    code = code > -levels ? code : -levels;
    codes[i] = static_cast<std::int8_t>(code < levels ? code : levels);
  }
}

}  // namespace

GolfTensor golf_quantize_rows_at(std::span<const float> w, std::int64_t rows, GolfOptions options,
                                 const RowClip& clip_of) {
  const float levels = levels_of(options.bits);
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(rows, 0));
  if (count == 0 || w.empty() || w.size() % count != 0) {
    throw Error(concat("golf_quantize_rows_at: ", w.size(), " elements are not ", rows, " rows"));
  }
  const std::size_t columns = w.size() / count;
  GolfTensor stored;
  stored.codes.resize(w.size());
  stored.scales.reserve(count);
  for (std::size_t r = 0; r < count; ++r) {
    const auto row = w.subspan(r * columns, columns);
    const float clip = clip_of(row);
    const float scale = scale_of(clip, levels, options.mode);
    quantize_row(row, clip, scale, levels, std::span(stored.codes).subspan(r * columns, columns));
    stored.scales.push_back(half_from_float(scale));
  }
  return stored;
}

GolfTensor golf_quantize_row(std::span<const float> row, float clip, GolfOptions options) {
  return golf_quantize_rows_at(row, 1, options, [clip](std::span<const float>) { return clip; });
}

}  // namespace tinytorch::quantization
