#pragma once
// Scales for groups along a row: finer than per channel, coarser than one a weight. Given.
//
// A row of 4096 weights with one scale lets its largest weight decide for all of them; a scale for
// every 32 limits the damage to 31 neighbours. It costs float32 / group_size bits a weight, and an
// integer product must be requantized group by group, so this is for weights that are stored small
// and dequantized when used.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/qtypes.h"

namespace tinytorch::quantization {

struct GroupOptions {
  std::int64_t group_size = 32;
  int bits = 4;           // 2 to 8
  bool symmetric = true;  // symmetric_range(bits), zero-point 0; else full_range(bits) with one
};

// A weight [rows, columns] as it is stored. Group g of row r covers columns g · group_size up to,
// but not including, min((g + 1) · group_size, columns): where group_size does not divide the
// columns, the last group of each row is short. Groups never reach into the next row.
struct GroupedWeight {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  GroupOptions options;
  std::vector<std::uint8_t> codes;       // pack_codes of all rows, one behind the other
  std::vector<float> scales;             // [rows, groups_per_row]
  std::vector<std::int8_t> zero_points;  // the same; none when symmetric

  std::int64_t groups_per_row() const;  // ceil(columns / group_size)
  // What it takes to store: packed codes, 4 bytes a scale, 1 byte a zero-point.
  std::int64_t bytes() const;
};

// Dialect ort. Each group by itself: symmetric by choose_qparams_symmetric of its largest
// magnitude, asymmetric by choose_qparams_asymmetric of its ends; then quantize(). A group of zeros
// or of one value survives the round trip, a group of subnormal numbers gets kMinScale. Throws
// Error when rows does not divide the size, there is no weight, group_size < 1, bits are not 2 to
// 8, or a weight is not finite (naming row and column).
GroupedWeight quantize_groups(std::span<const float> weight, std::int64_t rows,
                              const GroupOptions& options);

// [rows, columns] back. Throws Error when the parts do not fit together.
std::vector<float> dequantize_groups(const GroupedWeight& stored);

}  // namespace tinytorch::quantization
