#include "tinytorch/onnx/provenance.h"

#include "tinytorch/core/error.h"
#include "tinytorch/version.h"

namespace tinytorch::onnx {

void set_provenance(ModelBuilder& model, const Provenance& provenance) {
  const auto set = [&](const char* key, const std::string& value) {
    if (!value.empty()) model.set_metadata(key, value);
  };
  set("recipe", provenance.recipe);
  set("recipe_sha256", provenance.recipe_sha256);
  set("variant", provenance.variant);
  set("method", provenance.method);
  set("scheme", provenance.scheme);
  set("dialect", provenance.dialect);
  set("calibration_set_sha256", provenance.calibration_set_sha256);
  set("quantizer", provenance.quantizer);
  set("version",
      concat(TINYTORCH_VERSION_MAJOR, ".", TINYTORCH_VERSION_MINOR, ".", TINYTORCH_VERSION_PATCH));
}

}  // namespace tinytorch::onnx
