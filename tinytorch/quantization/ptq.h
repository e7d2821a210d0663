#pragma once
// Post-training repair of a network of linear layers, one call. Given; it puts the parts repair and
// adaround together.

#include <memory>

#include "tinytorch/core/tensor.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/adaround.h"
#include "tinytorch/quantization/qat_model.h"

namespace tinytorch::quantization {

struct RepairOptions {
  bool equalize = true;
  bool adaround = true;
  bool correct_bias = true;
  AdaRoundOptions rounding = {};  // its bits are config.weight_bits
};

// A copy of `model` that survives quantization better; the model itself stays as it is. What
// prepare_qat refuses is refused here too, with its message.
//   1. Equalization: every pair of neighbouring layers in turn, until no factor is more than 1e-3
//      away from 1, at most 20 rounds. The float function stays, to rounding.
//   2. Layer by layer, with the calibration inputs [n, …] run through the deployed integers of the
//      layers before: AdaRound puts each weight on its grid, as code · scale; then the bias takes
//      up the difference of the mean outputs, float against integer. Activations are quantized over
//      the smallest and largest value that calibration showed.
// The result goes on to prepare_qat, calibration and convert like any other network, and convert
// finds exactly the codes that AdaRound chose (except in a channel whose scale it must enlarge for
// its bias, see quantize_linear).
// Throws Error when the calibration set is empty or not finite.
std::shared_ptr<nn::Sequential> repaired_linear(const nn::Sequential& model,
                                                const Tensor& calibration, const QConfig& config,
                                                const RepairOptions& options = {});

}  // namespace tinytorch::quantization
