#include "tinytorch/quantization/grouped.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/affine.h"
#include "tinytorch/quantization/packing.h"

namespace tinytorch::quantization {
namespace {

QRange codes_of(const GroupOptions& options) {
  return options.symmetric ? symmetric_range(options.bits) : full_range(options.bits);
}

QParams params_of(std::span<const float> group, const GroupOptions& options) {
  const auto [low, high] = std::minmax_element(group.begin(), group.end());
  if (!options.symmetric) return choose_qparams_asymmetric(*low, *high, codes_of(options));
  return choose_qparams_symmetric(std::max(std::abs(*low), std::abs(*high)), options.bits);
}

// Calls visit(group's number, first element, length) for each group of a [rows, columns] weight.
template <typename Visit>
void for_each_group(std::int64_t rows, std::int64_t columns, std::int64_t group_size, Visit visit) {
  std::size_t group = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t begin = 0; begin < columns; begin += group_size) {
      const std::int64_t length = std::min(group_size, columns - begin);
      visit(group++, static_cast<std::size_t>(row * columns + begin),
            static_cast<std::size_t>(length));
    }
  }
}

void require_options(const GroupOptions& options) {
  if (options.group_size < 1 || options.bits < 2 || options.bits > 8) {
    throw Error(concat("quantize_groups: groups of ", options.group_size, " with ", options.bits,
                       " bits; groups have at least 1 weight, codes 2 to 8 bits"));
  }
}

}  // namespace

std::int64_t GroupedWeight::groups_per_row() const {
  return columns / options.group_size + (columns % options.group_size > 0 ? 1 : 0);
}

std::int64_t GroupedWeight::bytes() const {
  return static_cast<std::int64_t>(codes.size() + scales.size() * sizeof(float) +
                                   zero_points.size());
}

GroupedWeight quantize_groups(std::span<const float> weight, std::int64_t rows,
                              const GroupOptions& options) {
  require_options(options);
  const auto count = static_cast<std::int64_t>(weight.size());
  if (rows < 1 || count == 0 || count % rows != 0) {
    throw Error(concat("quantize_groups: ", count, " weights do not divide into ", rows, " rows"));
  }
  GroupedWeight stored{.rows = rows,
                       .columns = count / rows,
                       .options = options,
                       .codes = {},
                       .scales = {},
                       .zero_points = {}};
  for (std::int64_t i = 0; i < count; ++i) {
    const float w = weight[static_cast<std::size_t>(i)];
    if (std::isfinite(w)) continue;
    throw Error(concat("quantize_groups: row ", i / stored.columns, ", column ", i % stored.columns,
                       " holds ", w));
  }
  std::vector<std::int8_t> loose(weight.size());
  for_each_group(rows, stored.columns, options.group_size,
                 [&](std::size_t, std::size_t begin, std::size_t length) {
                   const std::span<const float> group = weight.subspan(begin, length);
                   const QParams params = params_of(group, options);
                   quantize(group, params, codes_of(options),
                            std::span(loose).subspan(begin, length));
                   stored.scales.push_back(params.scale);
                   if (options.symmetric) return;
                   stored.zero_points.push_back(static_cast<std::int8_t>(params.zero_point));
                 });
  stored.codes = pack_codes(loose, options.bits);
  return stored;
}

std::vector<float> dequantize_groups(const GroupedWeight& stored) {
  require_options(stored.options);
  std::int64_t count = 0;
  if (stored.rows < 1 || stored.columns < 1 ||
      __builtin_mul_overflow(stored.rows, stored.columns, &count)) {
    throw Error(concat("dequantize_groups: a weight of ", stored.rows, " x ", stored.columns));
  }
  const auto groups = static_cast<std::size_t>(stored.rows * stored.groups_per_row());
  const std::size_t zero_points = stored.options.symmetric ? 0 : groups;
  if (stored.scales.size() != groups || stored.zero_points.size() != zero_points) {
    throw Error(concat("dequantize_groups: ", stored.scales.size(), " scales and ",
                       stored.zero_points.size(), " zero-points for ", groups, " groups"));
  }
  const std::vector<std::int8_t> loose = unpack_codes(stored.codes, count, stored.options.bits);
  std::vector<float> weight(loose.size());
  for_each_group(stored.rows, stored.columns, stored.options.group_size,
                 [&](std::size_t group, std::size_t begin, std::size_t length) {
                   const std::int32_t zero =
                       stored.options.symmetric ? 0 : stored.zero_points[group];
                   dequantize(std::span(loose).subspan(begin, length), {stored.scales[group], zero},
                              std::span(weight).subspan(begin, length));
                 });
  return weight;
}

}  // namespace tinytorch::quantization
