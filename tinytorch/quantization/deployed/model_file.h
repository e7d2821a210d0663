#pragma once
// A quantized network in one safetensors file: what is deployed, and what its bytes are counted on.
// Given.
//
// For layer i: "i.weight" (I8 [out, in], or below 8 bits U8 with the codes packed, packing.h),
// "i.weight_scale" F32 [out], "i.bias" I32 [out]; everything else stands in the metadata.

#include <string>

#include "tinytorch/quantization/deployed/quantized_model.h"

namespace tinytorch::quantization {

// Written whole or not at all. Throws Error naming the file.
void save_quantized(const std::string& path, const QuantizedModel& model);

// The same model, bit for bit. Throws Error naming the file and what is missing or malformed.
QuantizedModel load_quantized(const std::string& path);

}  // namespace tinytorch::quantization
