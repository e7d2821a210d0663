#pragma once
// The recipe around an imported model.

#include <string>

#include "tinytorch/core/shape.h"

namespace tito::model {

struct ImportedFiles {
  std::string id;           // the files beside the recipe are named after it
  std::string source;       // the ONNX file's name
  std::string calibration;  // "": inputs.npy beside the recipe, which is still to come
  tinytorch::Shape sample;
};

std::string imported_recipe(const ImportedFiles& files);

}  // namespace tito::model
