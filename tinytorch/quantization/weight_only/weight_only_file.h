#pragma once
// A model with packed weights in one safetensors file. Given.
//
// For the WeightOnlyLinear at path p: "p.weight" (U8, the packed codes, packing.h),
// "p.weight_scale" (F32) and, when asymmetric, "p.weight_zero_point" (I8); its scheme and shape
// stand in the metadata under "p.weight_…". Everything else in the state is F32 under its own key.

#include <string>

#include "tinytorch/quantization/weight_only/weight_only_linear.h"

namespace tinytorch::quantization {

// Written whole or not at all. Throws Error naming the file, or the path of a layer whose weight no
// state holds (DynamicLinear: save the float model and convert it again).
void save_weight_only(const std::string& path, const nn::Module& model);

// Into a float model of the same structure: each Linear whose packed weight the file holds is
// replaced, every other value copied in. The same outputs as the saved model's, bit for bit. Throws
// Error naming the file and what is malformed, missing, unknown or of another shape; the model is
// then as before.
void load_weight_only(const std::string& path, nn::Module& model);

}  // namespace tinytorch::quantization
