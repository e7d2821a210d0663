#pragma once
// How many bytes a model needs: its state, one forward pass, one training step.
// You write this part: memory.cpp (profiling module).
//
// Counted, not measured: float32 tensors that must exist at the same time. Scratch space (the
// columns of a convolution, a dropout's mask) comes on top and depends on the kernels.
// Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016, §2-3, on what must be
// kept and what could be computed again.

#include <cstdint>
#include <span>

#include "tinytorch/nn/module.h"
#include "tinytorch/profiling/layers.h"

namespace tinytorch::profiling {

// `layers` are walk_model()'s, which has run each of them: what fits into memory can be counted.

struct StateBytes {
  std::int64_t parameters = 0;  // trainable: weights, biases
  std::int64_t buffers = 0;     // kept but not trained: running statistics
  bool operator==(const StateBytes&) const = default;
};

// Task: 4 bytes for each value of named_parameters() and of named_buffers(). A tensor that
// appears twice (a layer used at two places, tied weights) exists once and counts once; it is the
// same one when shares_storage_with() says so.
// Example: BatchNorm2d(16) → parameters 128, buffers 128.
StateBytes state_bytes(const nn::Module& model);

// Task: The activations of one forward pass in eval mode, at the moment when they need most.
// While a layer runs, its input and its output exist; the input of the layer before is gone:
//   peak = max over layers of  4 · (input values + output values)
// A view (layer.is_view(false)) has no output of its own: only its input counts. No layers: 0.
// Example: 64 → 1024 → 1024 → 256 values: 4 · (1024 + 1024) = 8192.
std::int64_t inference_bytes(std::span<const Layer> layers);

struct TrainingBytes {
  std::int64_t parameters = 0;
  std::int64_t gradients = 0;
  std::int64_t optimizer = 0;
  std::int64_t activations = 0;
  std::int64_t total() const { return parameters + gradients + optimizer + activations; }
  bool operator==(const TrainingBytes&) const = default;
};

// Task: One training step. The backward pass needs what the forward pass computed, so nothing
// may go before its end:
//   parameters  = state_bytes(model).parameters
//   gradients   = as many again
//   optimizer   = states · parameters        SGD 0, with momentum 1, Adam and AdamW 2
//   activations = 4 · (the first layer's input + every layer's output)
// A view while training (layer.is_view(true)) adds no output. No layers: no activations.
// A given line refuses negative states.
TrainingBytes training_bytes(const nn::Module& model, std::span<const Layer> layers, int states);

}  // namespace tinytorch::profiling
