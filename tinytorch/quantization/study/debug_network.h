#pragma once
// The deployed integers beside a simulation of them in float, layer by layer: how many codes
// differ, where the first difference is, and why. Given; it puts first_divergence() (sensitivity.h)
// to work on a whole network.
//
// The simulation is the classic one: weights, biases and activations as float numbers on their
// grids, products and sums in float32, the result quantized again. It is what a framework runs that
// trains with fake quantization, and it is nearly the deployed network.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/study/sensitivity.h"

namespace tinytorch::quantization {

// One convolution or linear layer of the two runs.
struct LayerComparison {
  std::string path;
  std::int64_t codes = 0;
  std::int64_t differ = 0;
  std::int32_t largest = 0;  // difference, in codes
};

struct NetworkComparison {
  std::vector<LayerComparison> layers;
  std::optional<Divergence> first;  // its layer counts those of `layers`
  std::string explanation;          // of the first divergence, in a sentence; empty without one
};

// Runs x [N, …] through both. Every layer of the simulation reads what the simulation before it
// wrote, so differences travel, as they would. In dialect ort the multipliers of the traces are
// those of deployment, in dialect tflite their float values.
NetworkComparison compare_with_simulation(const QuantizedNetwork& deployed, const Tensor& x);
// The same against a simulation of another network with the same layers: an export, or the network
// before somebody changed its clip. The explanation then says which scale, clip, bias or weight the
// two do not share. Throws Error when the layers are not the same.
NetworkComparison compare_with_simulation(const QuantizedNetwork& deployed,
                                          const QuantizedNetwork& simulated, const Tensor& x);

}  // namespace tinytorch::quantization
