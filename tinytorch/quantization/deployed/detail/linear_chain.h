#pragma once
// Linear layers in a row on codes that stay 128 higher between them, as uint8: vpdpbusd multiplies
// those, so no layer has to shift its input. Given.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::quantization {

// x [n, in] → y [n, out] through `nodes`, QuantizedLinear of dialect ort all of them, each reading
// what the one before it writes. The codes are those of QuantizedLinear::forward, layer by layer.
// y may share bytes with x, which is read whole before y is written. For Isa::kAvx512Vnni.
void run_chain(std::span<const QuantizedNode> nodes, std::span<const std::int8_t> x,
               std::span<std::int8_t> y);
// The same from real numbers: quantize() to `range` on the first layer's grid comes before.
void run_chain(std::span<const QuantizedNode> nodes, std::span<const float> x, QRange range,
               std::span<std::int8_t> y);

}  // namespace tinytorch::quantization
