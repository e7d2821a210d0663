#pragma once
// The files of a model.

#include <map>
#include <string>

#include "tinytorch/pipeline/run/figures.h"

namespace tinytorch::pipeline {

// In the job's folder, each written whole or not at all:
//   <name>.onnx        the float model, the data's scaler folded into its first layer
//   <name>.int8.onnx   the form that is shipped; one of an earlier run goes when that is fp32
//   forms/<form>.onnx  every form that was made, for those who compare
// All hold their provenance in metadata_props: recipe and its hash, method, scheme, dialect,
// calibration set, quantizer, version; the scheme is asserted of what was written (require_scheme).
void export_files(const Job& job, const nn::Module& trained, const std::map<Form, Deployed>& forms,
                  Form shipped);

// One form as an ONNX model; the same run gives the same bytes.
std::string onnx_bytes(const Job& job, const nn::Module& trained, const Deployed& deployed);

// Throws Error unless the graph keeps to the recipe's scheme: weights are int8 with zero-point 0,
// one scale for each output or one in all, no code wider than the recipe's bits, activations uint8,
// and where the recipe says symmetric every activation's zero-point is 128. A document that says
// "symmetric" beside a file that is not was one of the original's defects.
void require_scheme(const std::string& onnx, const Recipe& recipe);

}  // namespace tinytorch::pipeline
