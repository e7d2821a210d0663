#include "tinytorch/quantization/weight_only/quantized_tensor.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/calibration.h"
#include "tinytorch/quantization/arithmetic/packing.h"

namespace tinytorch::quantization {
namespace {

QRange codes_of(const WeightScheme& scheme) {
  return scheme.symmetric ? symmetric_range(scheme.bits) : full_range(scheme.bits);
}

void require_scheme(const WeightScheme& scheme) {
  require_width("quantize_tensor", scheme.bits);
  if (scheme.granularity == Granularity::kPerGroup && scheme.group_size < 1) {
    throw Error(concat("quantize_tensor: groups of ", scheme.group_size,
                       " weights; a group has at least 1"));
  }
}

// The tensor as rows, and which of its values share a scale.
struct Layout {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t group;  // values of a row that share a scale, but for a short last group
  std::int64_t groups_per_row;
  bool one_for_all;

  explicit Layout(const QuantizedTensor& stored)
      : rows(stored.rows()),
        columns(stored.columns()),
        group(stored.scheme.granularity == Granularity::kPerGroup
                  ? std::min(stored.scheme.group_size, columns)
                  : columns),
        groups_per_row(stored.groups_per_row()),
        one_for_all(stored.scheme.granularity == Granularity::kPerTensor) {}

  std::int64_t scales() const { return one_for_all ? 1 : rows * groups_per_row; }

  // Calls visit(number of the scale, first value counted from the first of these rows, how many).
  template <typename Visit>
  void for_each_group(std::int64_t first_row, std::int64_t count, Visit visit) const {
    for (std::int64_t row = 0; row < count; ++row) {
      for (std::int64_t g = 0; g < groups_per_row; ++g) {
        const std::int64_t begin = g * group;
        visit(static_cast<std::size_t>(one_for_all ? 0 : (first_row + row) * groups_per_row + g),
              static_cast<std::size_t>(row * columns + begin),
              static_cast<std::size_t>(std::min(group, columns - begin)));
      }
    }
  }
};

void require_finite(std::span<const float> values, std::int64_t columns) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    const auto at = static_cast<std::int64_t>(i);
    throw Error(concat("quantize_tensor: row ", at / columns, ", column ", at % columns, " holds ",
                       values[i]));
  }
}

Range ends_of(std::span<const float> values) {
  MinMaxObserver observer;
  observer.observe(values);
  return observer.range();
}

// The ends of what each scale covers, by number of the scale.
std::vector<Range> ranges_of(std::span<const float> values, const Layout& layout) {
  if (layout.one_for_all) return {ends_of(values)};
  if (layout.groups_per_row == 1) {
    PerChannelObserver observer(layout.rows);
    observer.observe(values, layout.columns);
    return observer.ranges();
  }
  std::vector<Range> ranges;
  layout.for_each_group(0, layout.rows, [&](std::size_t, std::size_t begin, std::size_t length) {
    ranges.push_back(ends_of(values.subspan(begin, length)));
  });
  return ranges;
}

QParams params_of(Range ends, const WeightScheme& scheme) {
  if (!scheme.symmetric) return choose_qparams_asymmetric(ends.min, ends.max, codes_of(scheme));
  return choose_qparams_symmetric(std::max(std::abs(ends.min), std::abs(ends.max)), scheme.bits);
}

QParams params_at(const QuantizedTensor& stored, std::size_t number) {
  return {stored.scales[number], stored.scheme.symmetric ? 0 : stored.zero_points[number]};
}

// Cheap enough to ask for at every block of rows.
void require_sizes(const QuantizedTensor& stored) {
  require_scheme(stored.scheme);
  if (stored.shape.ndim() < 2 || stored.shape.numel() == 0) {
    throw Error(concat("QuantizedTensor: shape ", to_string(stored.shape)));
  }
  const std::int64_t scales = Layout(stored).scales();
  const std::int64_t zero_points = stored.scheme.symmetric ? 0 : scales;
  const std::int64_t codes = packed_bytes(stored.shape.numel(), stored.scheme.bits);
  if (std::ssize(stored.codes) != codes || std::ssize(stored.scales) != scales ||
      std::ssize(stored.zero_points) != zero_points) {
    throw Error(concat("QuantizedTensor: ", stored.codes.size(), " bytes of codes, ",
                       stored.scales.size(), " scales and ", stored.zero_points.size(),
                       " zero-points; ", to_string(stored.shape), " with ", describe(stored.scheme),
                       " has ", codes, ", ", scales, " and ", zero_points));
  }
}

}  // namespace

std::string describe(const WeightScheme& scheme) {
  std::string text = concat(scheme.bits, " bits per ", name(scheme.granularity));
  if (scheme.granularity == Granularity::kPerGroup) text += concat(" of ", scheme.group_size);
  return text + (scheme.symmetric ? ", symmetric" : ", asymmetric");
}

std::int64_t QuantizedTensor::groups_per_row() const {
  if (scheme.granularity != Granularity::kPerGroup) return 1;
  return columns() / scheme.group_size + (columns() % scheme.group_size > 0 ? 1 : 0);
}

std::int64_t QuantizedTensor::bytes() const {
  return static_cast<std::int64_t>(codes.size() + scales.size() * sizeof(float) +
                                   zero_points.size());
}

QuantizedTensor quantize_tensor(const Tensor& weight, const WeightScheme& scheme) {
  require_scheme(scheme);
  if (weight.ndim() < 2 || weight.numel() == 0) {
    throw Error(concat("quantize_tensor: a weight of shape ", to_string(weight.shape()),
                       "; expected [rows, …] with values in it"));
  }
  QuantizedTensor stored{
      .shape = weight.shape(), .scheme = scheme, .codes = {}, .scales = {}, .zero_points = {}};
  const Layout layout(stored);
  const std::span<const float> values = weight.data();
  require_finite(values, layout.columns);
  for (const Range ends : ranges_of(values, layout)) {
    const QParams params = params_of(ends, scheme);
    stored.scales.push_back(params.scale);
    if (scheme.symmetric) continue;
    stored.zero_points.push_back(static_cast<std::int8_t>(params.zero_point));
  }
  std::vector<std::int8_t> loose(values.size());
  layout.for_each_group(0, layout.rows,
                        [&](std::size_t number, std::size_t begin, std::size_t length) {
                          quantize(values.subspan(begin, length), params_at(stored, number),
                                   codes_of(scheme), std::span(loose).subspan(begin, length));
                        });
  stored.codes = pack_codes(loose, scheme.bits);
  return stored;
}

void require_whole(const QuantizedTensor& stored) {
  require_sizes(stored);
  for (const float scale : stored.scales) {
    if (std::isfinite(scale) && scale > 0.0f) continue;
    throw Error(concat("QuantizedTensor: scale must be positive and finite, got ", scale));
  }
}

void dequantize_rows(const QuantizedTensor& stored, std::int64_t first, std::int64_t count,
                     std::span<float> values) {
  require_sizes(stored);
  const Layout layout(stored);
  if (first < 0 || count < 0 || first > layout.rows - count ||
      std::ssize(values) != count * layout.columns) {
    throw Error(concat("dequantize_rows: ", count, " rows from row ", first, " into ",
                       values.size(), " values; there are ", layout.rows, " rows of ",
                       layout.columns));
  }
  // Eight codes of any width fill whole bytes, so that is where unpacking can begin.
  const std::int64_t begin = first * layout.columns;
  const std::int64_t before = begin % 8;
  const auto skipped = static_cast<std::size_t>((begin - before) / 8 * stored.scheme.bits);
  const std::vector<std::int8_t> unpacked = unpack_codes(
      std::span(stored.codes).subspan(skipped), before + std::ssize(values), stored.scheme.bits);
  const auto loose = std::span(unpacked).subspan(static_cast<std::size_t>(before));
  layout.for_each_group(first, count, [&](std::size_t number, std::size_t at, std::size_t length) {
    dequantize(loose.subspan(at, length), params_at(stored, number), values.subspan(at, length));
  });
}

Tensor dequantize_tensor(const QuantizedTensor& stored) {
  require_whole(stored);
  Tensor weight(stored.shape);
  dequantize_rows(stored, 0, stored.rows(), weight.data());
  return weight;
}

}  // namespace tinytorch::quantization
