#include "tinytorch/quantization/int8/weight_layout.h"

#include <cstring>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kNextGroup = kPanel * kGroup;  // from one group of an output to its next

// Where the groups of output o begin.
std::int64_t first_group(const PackedWeights& packed, std::int64_t o) {
  return (o / kPanel * packed.groups() * kPanel + o % kPanel) * kGroup;
}

}  // namespace

void unpack_weights(const PackedWeights& packed, std::span<std::int8_t> codes) {
  const std::int64_t in = packed.in;
  if (static_cast<std::int64_t>(codes.size()) != packed.out * in) {
    throw Error(
        concat("unpack_weights: ", codes.size(), " codes for [", packed.out, ", ", in, "]"));
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
