#pragma once
// Where a model comes from, kept inside it (metadata_props): what `tito model show` prints.

#include <string>

#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::onnx {

// Fields that are empty are left out.
struct Provenance {
  std::string recipe = {};
  std::string recipe_sha256 = {};
  std::string method = {};  // "fp32", "dynamic", "static", "repaired", "qat"
  std::string scheme = {};  // "weights int8 per channel symmetric, activations uint8 per tensor"
  std::string dialect = {};
  std::string calibration_set_sha256 = {};
  std::string quantizer = {};  // the observer, or LSQ or STE
};

// Sets the fields, the library's "version" and the "instruction_set" that it ran on: results are
// the same bytes again on that one.
void set_provenance(ModelBuilder& model, const Provenance& provenance);

}  // namespace tinytorch::onnx
