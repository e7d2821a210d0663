#include "tinytorch/pipeline/run/export_files.h"

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/onnx/dynamic_model.h"
#include "tinytorch/onnx/provenance.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/record.h"
#include "tinytorch/pipeline/run/scheme.h"

namespace tinytorch::pipeline {
namespace {

namespace fs = std::filesystem;

Shape sample_of(const Job& job) {
  const auto& sizes = job.data.fixture_raw.shape().sizes();
  return Shape(std::vector<std::int64_t>(sizes.begin() + 1, sizes.end()));
}

onnx::ModelBuilder translated(const Job& job, const nn::Module& trained, const Deployed& deployed) {
  if (deployed.network) {
    onnx::InputScaler scaler;
    if (job.data.scaler) scaler = {job.data.scaler->mean, job.data.scaler->deviation};
    return onnx::qdq_model(*deployed.network, onnx::Ends::kFloat, scaler);
  }
  if (deployed.form == Form::kFp32)
    return onnx::float_model(*with_scaler(job, trained), sample_of(job));
  if (!job.recipe.quantize.exclude.empty())
    return onnx::float_model(*deployed.module, sample_of(job));  // holds what was converted
  return onnx::dynamic_model(*with_scaler(job, trained), sample_of(job),
                             {.weight_bits = static_cast<int>(job.recipe.quantize.weight_bits)});
}

const char* quantizer_of(const Recipe& recipe, Form form) {
  if (form == Form::kDynamic) return "dynamic";
  return form == Form::kQat ? kQuantizerNames[static_cast<std::size_t>(recipe.qat.quantizer)]
                            : kObserverNames[static_cast<std::size_t>(recipe.calibration.observer)];
}

void add_provenance(onnx::ModelBuilder& model, const Job& job, Form form) {
  const Recipe& recipe = job.recipe;
  onnx::Provenance provenance{.recipe = recipe.name,
                              .recipe_sha256 = recipe.hash,
                              .variant = job.smoke ? "smoke" : "full",
                              .method = name_of(form)};
  if (form != Form::kFp32) {
    provenance.scheme = scheme_text(recipe, form);
    provenance.dialect = kDialectNames[static_cast<std::size_t>(recipe.quantize.dialect)];
    provenance.quantizer = quantizer_of(recipe, form);
    if (form != Form::kDynamic) provenance.calibration_set_sha256 = calibration_hash(job);
  }
  onnx::set_provenance(model, provenance);
}

void write(const Job& job, const fs::path& file, const std::string& bytes) {
  data::write_file_atomically(file.string(), bytes);
  job.progress.say(concat("wrote ", file.string(), ", ", bytes.size(), " bytes"));
}

}  // namespace

std::string onnx_bytes(const Job& job, const nn::Module& trained, const Deployed& deployed) {
  onnx::ModelBuilder model = translated(job, trained, deployed);
  add_provenance(model, job, deployed.form);
  std::string bytes = model.to_bytes();
  if (deployed.network) require_scheme(bytes, job.recipe);
  return bytes;
}

void export_files(const Job& job, const nn::Module& trained, const std::map<Form, Deployed>& forms,
                  Form shipped) {
  write(job, job.folder / (job.recipe.name + ".onnx"),
        onnx_bytes(job, trained, Deployed{.form = Form::kFp32}));
  const fs::path int8 = job.folder / (job.recipe.name + ".int8.onnx");
  std::error_code error;
  if (!forms.contains(shipped)) fs::remove(int8, error);
  fs::create_directories(job.folder / "forms", error);
  for (const auto& [form, deployed] : forms) {
    const std::string bytes = onnx_bytes(job, trained, deployed);
    const std::string name = name_of(form);
    write(job, job.folder / "forms" / (name + ".onnx"), bytes);
    if (form == shipped) write(job, int8, bytes);
  }
}

}  // namespace tinytorch::pipeline
