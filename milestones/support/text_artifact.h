#pragma once
// A language model as the bytes that would be handed in: weights in dialect golf, all of it
// deflated with zlib at level 9. What is evaluated is the model that comes back from those bytes.

#include <string>
#include <string_view>

#include "tinytorch/nn/module.h"
#include "tinytorch/quantization/qat/weight_qat.h"

namespace tinytorch::milestones {

// Each parameter in the order of named_parameters(): a matrix that `options` choose as its scales
// (halves) and codes, a byte each, another matrix as halves, everything else as it is. The original
// keeps matrices of up to 65,536 elements as halves as well; the models here have no larger ones,
// so they are quantized, every row by itself. Throws Error when options.clip is kMax, and as
// golf_quantize_rows does.
std::string pack_model(const nn::Module& model, const quantization::WeightQatOptions& options);

// The other way, into a model of the same structure. Throws Error when the bytes are damaged or
// belong to another structure.
void unpack_model(std::string_view bytes, nn::Module& model,
                  const quantization::WeightQatOptions& options);

}  // namespace tinytorch::milestones
