#pragma once
// What 16-bit saturation costs a layer, and what one bit less for its weights costs instead. Given;
// it runs linear_int32 and saturating_linear_int32 (saturation.h) on the same codes.

#include <cstdint>

#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// A layer without a bias, drawn from `seed`: normal weights with a scale for each output, and
// inputs on the grid [0, 1] that are 1 with probability `white` and otherwise min(|normal|, 4) / 4,
// as behind a ReLU.
struct SaturationSetting {
  std::int64_t rows = 64;
  std::int64_t in = 512;
  std::int64_t out = 64;
  float white = 0.0f;  // white paper under black print: most pixels have the largest code there is
  QRange weights{-127, 127};
  std::uint64_t seed = 1;
};

struct SaturationCost {
  std::int64_t pairs = 0;      // of products added in 16 bits
  std::int64_t saturated = 0;  // of these, clamped
  std::int64_t sums = 0;
  std::int64_t wrong = 0;      // of these, other than the exact sum
  double exact_db = 0.0;       // SQNR of the exact integer sums against the float layer
  double saturating_db = 0.0;  // of those added in saturating pairs
};

// Throws Error when a size is not positive, white is not within 0 to 1, or weights are not [-q, q]
// with q 1 to 127.
SaturationCost compare_saturation(const SaturationSetting& setting);

}  // namespace tinytorch::quantization
