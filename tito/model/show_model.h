#pragma once
// What show and compare print about an ONNX file, anybody's: every text of the file is escaped.

#include <filesystem>
#include <string>

#include "tinytorch/onnx/import/describe_model.h"

namespace tito::model {

struct ShownModel {
  std::string file = {};
  std::string sha256 = {};
  std::int64_t bytes = 0;
  tinytorch::onnx::ModelDescription about = {};
};

// Throws Error when the file cannot be read or is no ONNX model.
ShownModel look_at(const std::filesystem::path& file);

// A name as people read it: identifier()'s escapes taken back where the file is ours, control
// characters shown as text.
std::string readable(const ShownModel& model, const std::string& name);
// "float [batch, 1, 28, 28]".
std::string type_and_shape(const ShownModel& model, const tinytorch::onnx::ValueDescription& value);

}  // namespace tito::model
