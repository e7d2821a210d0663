#pragma once
// What fine_tune demands of its plan and of the run. Given; each throws Error naming the condition
// and what it was given.

#include <cstdint>

#include "tinytorch/quantization/qat/fine_tune.h"

namespace tinytorch::quantization {

// There is an epoch, quantize_from is one of them, and the network has no schedule of its own.
void require_plan(const FineTunePlan& plan, const QatNetwork& net);

// An epoch must see at least one batch, and as many as were promised:
// "fine_tune: epoch 2 saw 0 batches, expected 3; …".
void require_whole_epoch(std::int64_t epoch, std::int64_t batches, std::int64_t promised);

// Integers and floats must not answer the same.
void require_quantized(float difference);

}  // namespace tinytorch::quantization
