// Part 2 of module 14: how many bytes a model needs.
#include "tinytorch/profiling/memory.h"

#include <algorithm>
#include <vector>

#include "tinytorch/core/require.h"
#include "tinytorch/profiling/counting.h"

namespace tinytorch::profiling {

// TASK 14.5
StateBytes state_bytes(const nn::Module& model) {
  // named_parameters() and named_buffers() already reach into children at any depth. Add up
  // numel(), four bytes each, and remember what you have seen: a tensor may come under two names.
  // Try it by hand first: Linear(3, 5) with bias: 15 + 5 values, 80 bytes, no buffers.
  throw tinytorch::not_implemented("14.5");
}

// TASK 14.6
std::int64_t inference_bytes(std::span<const Layer> layers) {
  // Only two tensors live at a time. So it is a maximum over layers, not a sum.
  // Try it by hand first: 64 → 1024 → 1024 → 256 values; the pairs are 1088, 2048 and 1280.
  throw tinytorch::not_implemented("14.6");
}

// TASK 14.7
TrainingBytes training_bytes(const nn::Module& model, std::span<const Layer> layers, int states) {
  require_at_least("training_bytes", "optimizer states", states, 0);
  // Here nothing is freed before the backward pass: a sum. Each layer's input is the output of the
  // layer before and must not be counted again; only the first one's input is new.
  // Try it by hand first: 64 → 1024 → 1024 → 256 values: 4 · 2368 bytes of activations.
  throw tinytorch::not_implemented("14.7");
}

}  // namespace tinytorch::profiling
