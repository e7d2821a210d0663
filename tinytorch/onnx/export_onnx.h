#pragma once
// A deployed network as an ONNX file, in one call. Given; qdq_model.h says what is in it.

#include <filesystem>

#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/quantization/deployed/network_file.h"

namespace tinytorch::onnx {

struct ExportOptions {
  Ends ends = Ends::kFloat;  // of the graph: float in and out, or codes
  // Kept with the model (metadata_props): {"method", "qat"}, {"recipe", "…"}.
  quantization::Provenance provenance = {};
};

// Operator set 17; "x" [batch, …] → "y" [batch, …]. ONNX Runtime, at the optimization levels that
// fuse, computes the very codes of `network`. Throws Error when the network speaks another dialect
// than ort or has activations not of 8 bits, or the file cannot be written.
//     onnx::export_onnx(network, "digits.onnx", {.provenance = {{"method", "ptq"}}});
void export_onnx(const quantization::QuantizedNetwork& network, const std::filesystem::path& path,
                 const ExportOptions& options = {});

}  // namespace tinytorch::onnx
