#pragma once
// A trained float model in each of its forms.

#include <vector>

#include "tinytorch/pipeline/run/figures.h"

namespace tinytorch::pipeline {

// What a mode may ship, in the order in which it is tried.
std::vector<Form> forms_of(Mode mode);

Deployed float_form(const std::shared_ptr<nn::Module>& model);
// int8 weights, inputs quantized as they come. Throws Error when there is nothing to quantize.
Deployed dynamic_form(const Job& job, const nn::Module& trained);
// Static post-training quantization, with repair for kRepaired, by calibration draw `draw`.
Deployed static_form(const Job& job, const nn::Module& trained, Form form, std::int64_t draw);
// Weights of the linear layers in `bits` bits, everything else in float. No form of the recipe's: a
// figure for models that have no network of integers. Throws Error when there is no Linear.
Deployed weight_only_form(const Job& job, const nn::Module& trained, int bits);
Deployed qat_form(const TrainedIntegers& trained);

// A copy of the model that takes raw features where the data has a scaler: its first layer, a
// Linear, has the scaler folded in, weight / deviation and bias − Σ weight · mean / deviation.
std::shared_ptr<nn::Module> with_scaler(const Job& job, const nn::Module& trained);
// What the deployed form answers to the fixture.
Tensor fixture_predictions(const Job& job, const Deployed& deployed);

// The inputs of calibration draw `draw`.
Tensor calibration_inputs(const Job& job, std::int64_t draw);
// Another model of the recipe with the weights of `trained`: what a conversion in place works on.
std::shared_ptr<nn::Module> copy_of(const Job& job, const nn::Module& trained);

}  // namespace tinytorch::pipeline
