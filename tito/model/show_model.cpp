#include "tito/model/show_model.h"

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/registry/sha256.h"
#include "tito/base/terminal.h"

namespace tito::model {

namespace onnx = tinytorch::onnx;

ShownModel look_at(const std::filesystem::path& file) {
  const std::string bytes = tinytorch::data::read_file(file.string());
  ShownModel model{.file = file.string(), .sha256 = tinytorch::registry::sha256_hex(bytes)};
  model.bytes = static_cast<std::int64_t>(bytes.size());
  model.about = onnx::describe_model(bytes, file.string(), onnx::Shapes::kInferred);
  return model;
}

std::string readable(const ShownModel& model, const std::string& name) {
  return printable(model.about.producer == "TinyTorch" ? onnx::original_text(name) : name);
}

std::string type_and_shape(const ShownModel& model, const onnx::ValueDescription& value) {
  if (!value.has_shape) return printable(value.type.empty() ? "?" : value.type + " ?");
  std::string shape;
  for (const std::string& size : value.shape) {
    shape += (shape.empty() ? "" : ", ") + readable(model, size);
  }
  return printable(value.type) + " [" + shape + "]";
}

}  // namespace tito::model
