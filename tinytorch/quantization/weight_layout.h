#pragma once
// Into the packed layout of int8_gemm.h and back, a group at a time. Given: training packs its
// weights anew at every step, and pack_weights, which says where each single one goes, took longer
// than the product.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/int8_gemm.h"

namespace tinytorch::quantization {

// What pack_weights(weight, out, in) returns, bit for bit. Throws Error as it does.
PackedWeights pack_groups(std::span<const std::int8_t> weight, std::int64_t out, std::int64_t in);

// The reverse: codes [out, in]. Throws Error unless codes.size() == out · in.
void unpack_groups(const PackedWeights& packed, std::span<std::int8_t> codes);

}  // namespace tinytorch::quantization
