#pragma once
// Weights out of the packed layout of int8_gemm.h. Given.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/int8/int8_gemm.h"

namespace tinytorch::quantization {

// The reverse of pack_weights: codes [out, in]. Throws Error unless codes.size() == out · in.
void unpack_weights(const PackedWeights& packed, std::span<std::int8_t> codes);

}  // namespace tinytorch::quantization
