#pragma once
// A deployed network as fake quantization has it: layers in float, codes between them. Internal to
// the study room.

#include <cstdint>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/kernels/conv_geometry.h"
#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::quantization {

using Codes = std::vector<std::int8_t>;

// The layer of a node as a convolution over `batch` samples of `in`: a row of features is an image
// of one pixel. For nodes with weights.
kernels::ConvGeometry sizes_of(const QuantizedNode& node, const NetworkValue& in,
                               std::int64_t batch);

// The sums of a layer that no int32 can have wrapped.
std::vector<std::int64_t> exact_sums(const LayerValues& layer, const kernels::ConvGeometry& sizes,
                                     const Codes& codes);

// The codes of every value: the input's, then each node's.
std::vector<Codes> simulate(const QuantizedNetwork& network, const Tensor& x);

}  // namespace tinytorch::quantization
