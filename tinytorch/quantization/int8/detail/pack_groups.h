#pragma once
// The engine's form of pack_weights() (int8_gemm.h). Internal.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/int8/int8_gemm.h"

namespace tinytorch::quantization::detail {

// The same layout, written group by group with the rows of a panel inside: what is written lies one
// after the other, which counts, since training packs at every step. weight.size() is out · in.
PackedWeights pack_groups(std::span<const std::int8_t> weight, std::int64_t out, std::int64_t in);

}  // namespace tinytorch::quantization::detail
