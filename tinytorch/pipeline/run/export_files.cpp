#include "tinytorch/pipeline/run/export_files.h"

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/pipeline/recipe/sha256.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/version.h"

namespace tinytorch::pipeline {
namespace {

std::string calibration_hash(const Job& job) {
  const Tensor inputs = calibration_inputs(job, 0);
  const auto values = inputs.data();
  return sha256_hex({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

}  // namespace

std::string qdq_bytes(const Job& job, const Deployed& deployed) {
  onnx::InputScaler scaler;
  if (job.data.scaler) scaler = {job.data.scaler->mean, job.data.scaler->deviation};
  onnx::ModelBuilder model = onnx::qdq_model(*deployed.network, onnx::Ends::kFloat, scaler);
  const Recipe& recipe = job.recipe;
  model.set_metadata("recipe", recipe.name);
  model.set_metadata("recipe_sha256", recipe.hash);
  model.set_metadata("method", kFormNames[static_cast<std::size_t>(deployed.form)]);
  model.set_metadata("scheme", scheme_text(recipe));
  model.set_metadata("dialect", kDialectNames[static_cast<std::size_t>(recipe.quantize.dialect)]);
  model.set_metadata("calibration_set_sha256", calibration_hash(job));
  model.set_metadata("quantizer",
                     deployed.form == Form::kQat
                         ? kQuantizerNames[static_cast<std::size_t>(recipe.qat.quantizer)]
                         : kObserverNames[static_cast<std::size_t>(recipe.calibration.observer)]);
  model.set_metadata("version", concat(TINYTORCH_VERSION_MAJOR, ".", TINYTORCH_VERSION_MINOR, ".",
                                       TINYTORCH_VERSION_PATCH));
  return model.to_bytes();
}

void export_files(const Job& job, const Deployed& /*floats*/,
                  const std::map<Form, Deployed>& forms) {
  for (auto form = forms.rbegin(); form != forms.rend(); ++form) {
    if (!form->second.network) continue;
    const auto file = job.folder / (job.recipe.name + ".int8.onnx");
    const std::string bytes = qdq_bytes(job, form->second);
    data::write_file_atomically(file.string(), bytes);
    job.progress.say(concat("wrote ", file.string(), ", ", bytes.size(), " bytes"));
    return;
  }
}

}  // namespace tinytorch::pipeline
