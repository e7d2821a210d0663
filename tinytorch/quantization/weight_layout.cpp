#include "tinytorch/quantization/weight_layout.h"

#include <cstring>
#include <numeric>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kNextGroup = kPanel * kGroup;  // from one group of an output to its next

// Where the groups of output o begin.
std::int64_t first_group(const PackedWeights& packed, std::int64_t o) {
  return (o / kPanel * packed.groups() * kPanel + o % kPanel) * kGroup;
}

}  // namespace

PackedWeights pack_groups(std::span<const std::int8_t> weight, std::int64_t out, std::int64_t in) {
  if (out <= 0 || in <= 0 || static_cast<std::int64_t>(weight.size()) != out * in) {
    throw Error(concat("pack_groups: ", weight.size(), " weights for [", out, ", ", in, "]"));
  }
  PackedWeights packed{.out = out, .in = in, .codes = {}, .sums = {}};
  packed.codes.resize(static_cast<std::size_t>(packed.panels() * packed.groups() * kNextGroup));
  packed.sums.reserve(static_cast<std::size_t>(out));
  const std::int64_t whole = in / kGroup * kGroup;
  for (std::int64_t o = 0; o < out; ++o) {
    const std::int8_t* from = weight.data() + o * in;
    std::int8_t* to = packed.codes.data() + first_group(packed, o);
    packed.sums.push_back(std::accumulate(from, from + in, 0));
    // A constant size makes it one move; the last, shorter group is not worth one.
    for (std::int64_t k = 0; k < whole; k += kGroup, to += kNextGroup) {
      std::memcpy(to, from + k, kGroup);
    }
    for (std::int64_t k = whole; k < in; ++k) to[k - whole] = from[k];
  }
  return packed;
}

void unpack_groups(const PackedWeights& packed, std::span<std::int8_t> codes) {
  const std::int64_t in = packed.in;
  if (static_cast<std::int64_t>(codes.size()) != packed.out * in) {
    throw Error(concat("unpack_groups: ", codes.size(), " codes for [", packed.out, ", ", in, "]"));
  }
  const std::int64_t whole = in / kGroup * kGroup;
  for (std::int64_t o = 0; o < packed.out; ++o) {
    const std::int8_t* from = packed.codes.data() + first_group(packed, o);
    std::int8_t* to = codes.data() + o * in;
    for (std::int64_t k = 0; k < whole; k += kGroup, from += kNextGroup) {
      std::memcpy(to + k, from, kGroup);
    }
    for (std::int64_t k = whole; k < in; ++k) to[k] = from[k - whole];
  }
}

}  // namespace tinytorch::quantization
