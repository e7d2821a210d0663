#pragma once
// Where a model comes from, kept inside it (metadata_props): what `tito model show` prints.

#include <string>

#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::onnx {

// Fields that are empty are left out.
struct Provenance {
  std::string recipe = {};
  std::string recipe_sha256 = {};
  std::string variant = {};  // "full", "smoke"
  std::string method = {};   // "fp32", "dynamic", "static", "repaired", "qat"
  std::string scheme = {};   // "weights int8 per channel symmetric, activations uint8 per tensor"
  std::string dialect = {};
  std::string calibration_set_sha256 = {};
  std::string quantizer = {};  // the observer, or LSQ or STE
};

// Sets the fields and the library's "version". Not the instruction set: codes are the same on all
// of them, and so is the file of the same weights; result.json and the sidecar name it.
void set_provenance(ModelBuilder& model, const Provenance& provenance);

}  // namespace tinytorch::onnx
