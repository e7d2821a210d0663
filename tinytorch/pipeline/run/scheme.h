#pragma once
// The recipe's words about quantization as what the engine takes.

#include <map>
#include <set>
#include <string>

#include "tinytorch/nn/module.h"
#include "tinytorch/pipeline/recipe/recipe.h"
#include "tinytorch/quantization/qat/qconfig.h"

namespace tinytorch::pipeline {

// Throws Error "…: mode qat: 3.body.0, Embedding(…), …" when a layer has no integer form: before an
// hour of training is spent on it.
void require_integer_form(const Recipe& recipe, const nn::Module& model);

// The paths that quantize.exclude means. Throws Error when a pattern matches no layer with weights,
// naming them, and when none is left to quantize.
std::set<std::string> excluded_layers(const Recipe& recipe, const nn::Module& model);

// quantize.*, calibration.observer and qat.quantizer for this model, `form` kQat or any other.
// Throws Error when a pattern of quantize.bits matches no layer, naming the nearest paths.
// A pattern of the recipe goes before what `allocated` gives a layer; one that is excluded becomes
// a float island.
quantization::QConfig scheme_of(const Recipe& recipe, const nn::Module& model, Form form,
                                const std::map<std::string, int>& allocated = {});

// "weights int8 symmetric per_channel, activations int8 affine per_tensor, dialect ort": printed,
// kept in the file's metadata, and asserted of the exported graph.
// Of kDynamic, which chooses ranges at every call, what holds there.
std::string scheme_text(const Recipe& recipe, Form form = Form::kStatic);

}  // namespace tinytorch::pipeline
