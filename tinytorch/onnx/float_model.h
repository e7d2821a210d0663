#pragma once
// A model of layers as an ONNX model that computes in float: what another runtime runs before
// anything is quantized, and what every int8 version is compared with. Given.
//
// Which layers have a form: Linear, Conv2d, BatchNorm2d (by its running statistics), the pooling
// layers, Flatten, LayerNorm, Dropout (nothing, as in eval mode), every activation of
// nn/activation.h, Sequential, Residual, Graph with its joins, and what a Gpt is made of.

#include <cstdint>

#include "tinytorch/core/shape.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/onnx/qdq_model.h"

namespace tinytorch::onnx {

struct FloatModelOptions {
  // Of a Gpt: take "x" as int64, which is what other libraries feed. Otherwise "x" is float there
  // too, whole numbers as Gpt::forward takes them.
  bool int64_ids = false;
  // What the input goes through first, as in qdq_model.
  InputScaler scaler = {};
};

// "x" [batch, sample…] → "y" [batch, …], operator set 17, as the model computes in eval mode,
// whatever mode it is in. ONNX Runtime's results differ by the order of float sums alone. The
// same model gives the same bytes. The values' names are the layers' paths, as identifier() writes
// them: "model.3.weight". A Gpt takes any number of tokens up to its context: "x" [batch, tokens].
// Throws Error naming path and kind of a layer without a form, and on a scaler of another size than
// the input's features or channels.
//     onnx::ModelBuilder file = onnx::float_model(model, {1, 28, 28});
//     file.set_metadata("recipe_sha256", hash);
//     file.save("digits.onnx");
ModelBuilder float_model(const nn::Module& model, const Shape& sample,
                         const FloatModelOptions& options = {});

}  // namespace tinytorch::onnx
