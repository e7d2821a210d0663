#pragma once
// The two roads from a float model to a QuantizedNetwork, one call each: ptq() needs data, qat()
// training. Given; docs/quantization_roads.md compares them with the other three, which are
// dynamic(), weight_only() and onnx::export_onnx().

#include <optional>

#include "tinytorch/core/tensor.h"
#include "tinytorch/data/batch_source.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/qat/fine_tune.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qconfig.h"

namespace tinytorch::quantization {

struct PtqOptions {
  // With a value: equalization, AdaRound and bias correction (ptq.h) before calibration.
  std::optional<RepairOptions> repair = std::nullopt;
};

// Static post-training quantization: observers watch the float model on `calibration`, images
// [N, C, H, W] or rows [N, features] as it takes them, and the deployed network gets the
// quantization parameters they chose. `model` is any network that match_model() takes
// (graph_nodes.h); it is left as it was. Throws Error on kLsq, whose scales only training finds,
// and as match_model, QatNetwork and, with `repair`, repaired_network do.
//     const auto network = quantization::ptq(model, images, {.weight_bits = 4});
QuantizedNetwork ptq(const nn::Module& model, const Tensor& calibration, const QConfig& scheme = {},
                     const PtqOptions& options = {});
// The same, with the inputs of every batch in one epoch of `calibration`, one observation each.
// Throws Error too when there is no batch.
QuantizedNetwork ptq(const nn::Module& model, data::BatchSource& calibration,
                     const QConfig& scheme = {});

struct QatOptions {
  FineTunePlan plan = {};                                   // epochs, when to quantize, the loss
  optim::AdamOptions optimizer = {.learning_rate = 1e-4f};  // a tenth of what trained it, say
};

struct QatResult {
  QuantizedNetwork network;
  FineTuneRecord record;  // what happened in each epoch
};

// Quantization-aware training: fine_tune() with Adam on the weights, which stay the model's own, so
// that the model is trained along with the network and holds the float weights behind it. Both end
// in eval mode. Throws Error as match_model, QatNetwork and fine_tune do.
//     const auto [network, record] = quantization::qat(model, loader, {.weight_bits = 4});
QatResult qat(nn::Module& model, data::BatchSource& data, const QConfig& scheme = {},
              const QatOptions& options = {});

}  // namespace tinytorch::quantization
