#pragma once
// How good is a model? Counted, not trained on.
// Written in the training module (metrics.cpp).

#include <cstdint>
#include <span>

#include "tinytorch/data/batch_source.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/train/loss.h"

namespace tinytorch::train {

// Rows of logits [N, C] whose largest value (the first of equals) stands at the row's label. A row
// with a NaN in it, or with nothing but −∞, predicts nothing and is not counted.
// Throws Error unless logits has two dimensions and as many rows as there are labels.
std::int64_t count_correct(const Tensor& logits, std::span<const std::int64_t> labels);

struct Evaluation {
  double loss = 0.0;      // mean over examples
  double accuracy = 0.0;  // of the examples with labels; 0 when there are none
  std::int64_t examples = 0;
};

// One epoch of `source` through the model in eval mode and without recording gradients. The model
// and each layer in it are in their own former modes afterwards, also when something throws
// (nn/mode_guard.h). Throws Error when there are no
// examples.
Evaluation evaluate(nn::Module& model, data::BatchSource& source, const Loss& loss);

}  // namespace tinytorch::train
