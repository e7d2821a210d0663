#include "tinytorch/onnx/export_onnx.h"

namespace tinytorch::onnx {

void export_onnx(const quantization::QuantizedNetwork& network, const std::filesystem::path& path,
                 const ExportOptions& options) {
  ModelBuilder model = qdq_model(network, options.ends);
  for (const auto& [key, value] : options.provenance) model.set_metadata(key, value);
  model.save(path);
}

}  // namespace tinytorch::onnx
