#pragma once
// A network's modules once more, with batch norm folded into the convolutions. Given.

#include <memory>

#include "tinytorch/nn/module.h"

namespace tinytorch::quantization {

// A copy of `model` that computes what the model computes in eval mode, to rounding, and shares no
// tensor with it. Every layer keeps its path:
//   Conv2d, Linear
//                always have a bias, zeros where the model has none; behind a Conv2d a BatchNorm2d
//                is folded in (fold_batch_norm)
//   BatchNorm2d, Dropout
//                become an empty Sequential, which hands on what it is given; a BatchNorm2d of a
//                Graph that stands behind no Conv2d becomes a Conv2d of one pixel
//   everything else is copied
// So the keys of the state dict are those of the model without the batch norms' ("1.weight",
// "1.running_mean", …) and with "<path>.bias" for each layer that had none. A layer that stands
// in two places becomes two layers.
// Throws Error, with match_model's message, for what has no integer form, and naming the path
// when a Sequential's children are not called "0", "1", …
std::shared_ptr<nn::Module> folded_copy(const nn::Module& model);

}  // namespace tinytorch::quantization
