#include "tinytorch/quantization/int8/detail/pack_groups.h"

#include <algorithm>
#include <cstring>

namespace tinytorch::quantization::detail {
namespace {

// One group: `lanes` codes of each of `rows` rows, the first of them at `from`.
void pack_group(const std::int8_t* from, std::int64_t in, std::int64_t rows, std::int64_t lanes,
                std::int8_t* to) {
  if (rows == kPanel && lanes == kGroup) {
    for (std::int64_t r = 0; r < kPanel; ++r) {
      std::memcpy(to + r * kGroup, from + r * in, kGroup);  // of constant size: one move
    }
    return;
  }
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(from + r * in, lanes, to + r * kGroup);
}

}  // namespace

PackedWeights pack_groups(std::span<const std::int8_t> weight, std::int64_t out, std::int64_t in) {
  PackedWeights result{.out = out, .in = in, .codes = {}, .sums = {}};
  result.codes.resize(
      static_cast<std::size_t>(result.panels() * result.groups() * kPanel * kGroup));
  result.sums.resize(static_cast<std::size_t>(out));
  for (std::int64_t o = 0; o < out; ++o) {
    const std::int8_t* row = weight.data() + o * in;
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < in; ++k) sum += row[k];
    result.sums[static_cast<std::size_t>(o)] = sum;
  }
  std::int8_t* to = result.codes.data();
  for (std::int64_t o = 0; o < out; o += kPanel) {
    for (std::int64_t k = 0; k < in; k += kGroup, to += kPanel * kGroup) {
      pack_group(weight.data() + o * in + k, in, std::min(out - o, kPanel),
                 std::min(in - k, kGroup), to);
    }
  }
  return result;
}

}  // namespace tinytorch::quantization::detail
