#include "tito/model/registry_verbs.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/onnx/import/describe_model.h"
#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/pipeline/gate/metrics.h"
#include "tinytorch/pipeline/gate/result.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/registry/open.h"

namespace tito::model {

namespace fs = std::filesystem;
namespace onnx = tinytorch::onnx;
namespace pipeline = tinytorch::pipeline;
namespace registry = tinytorch::registry;

namespace {

registry::NamedShape shape_of(const onnx::ValueDescription& value) {
  registry::NamedShape shape;
  for (const std::string& size : value.shape) shape.push_back(onnx::original_text(size));
  return shape;
}

// What the model itself says of its ends.
void fill_ends(registry::Sidecar& sidecar, const fs::path& file) {
  const std::string bytes = tinytorch::data::read_file(file.string(), registry::kLargestModelFile);
  const onnx::ModelDescription model = onnx::describe_model(bytes, file.string());
  if (!model.inputs.empty()) {
    sidecar.input_name = model.inputs.front().name;
    sidecar.input_shape = shape_of(model.inputs.front());
  }
  if (!model.outputs.empty()) {
    sidecar.output_name = model.outputs.front().name;
    sidecar.output_shape = shape_of(model.outputs.front());
  }
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// "static" of a repaired model too: repair is a way of calibrating.
registry::QuantMode mode_named(const std::string& mode) {
  return mode == "repaired" ? registry::QuantMode::kStatic : registry::mode_of(mode);
}

std::optional<double> ratio_in(const pipeline::GateVerdict& verdict, const std::string& runtime) {
  for (const pipeline::PairedLatency& latency : verdict.latency) {
    if (latency.runtime == runtime) return latency.ratio.estimate;
  }
  return std::nullopt;
}

// JSON has no infinity, which a drop is when a trial has no metric at all.
double finite(double value) {
  constexpr double kMost = std::numeric_limits<double>::max();
  return std::isnan(value) ? kMost : std::clamp(value, -kMost, kMost);
}

registry::QuantFigures figures_of(const pipeline::ModelResult& result,
                                  const pipeline::GateVerdict& verdict) {
  registry::QuantFigures figures{.metric = std::string(pipeline::name(verdict.metric))};
  figures.fp32 = finite(verdict.float_metric.estimate);
  figures.int8 = finite(verdict.int8_metric.estimate);
  figures.drop = finite(verdict.drop.estimate);
  figures.drop_low = finite(verdict.drop.low);
  figures.drop_high = finite(verdict.drop.high);
  figures.confidence = pipeline::BootstrapOptions{}.confidence;
  figures.budget = verdict.budget;
  figures.verdict = verdict.pass ? "pass" : "over";
  figures.reasons = verdict.reasons();
  figures.calibration_draws = verdict.draws.trials;
  figures.training_seeds = verdict.seeds.trials;
  figures.fp32_bytes = verdict.float_bytes;
  figures.int8_bytes = verdict.int8_bytes;
  figures.latency_ratio = ratio_in(verdict, "tinytorch");
  figures.latency_ratio_onnxruntime = ratio_in(verdict, "onnxruntime");
  figures.recipe = unless_empty(result.recipe);
  figures.recipe_sha256 = unless_empty(result.recipe_sha256);
  figures.calibration_sha256 = unless_empty(result.calibration_sha256);
  figures.scheme = unless_empty(result.scheme);
  figures.dialect = unless_empty(result.dialect);
  figures.instruction_set = unless_empty(result.instruction_set);
  return figures;
}

fs::path file_with_role(const pipeline::ModelResult& result, const fs::path& folder,
                        const std::string& role) {
  for (const pipeline::FileRecord& file : result.files) {
    if (file.role == role) return folder / file.name;
  }
  throw tinytorch::Error(
      tinytorch::concat((folder / "result.json").string(), ": names no file of the role ", role));
}

// The recipe's own words, as long as it is the recipe that was run.
void add_license(registry::Entry& entry, const pipeline::ModelResult& result) {
  const fs::path recipe = project_file(result.recipe);
  if (!fs::is_regular_file(recipe)) return;
  const pipeline::Recipe now = pipeline::read_recipe(recipe.string());
  if (now.hash != result.recipe_sha256) return;
  entry.license = unless_empty(now.license);
  entry.license_url = unless_empty(now.license_url);
}

}  // namespace

fs::path project_file(const std::string& path) {
  const char* root = std::getenv("TITO_ROOT");
  const fs::path inside = (root == nullptr ? fs::path(".") : fs::path(root)) / path;
  return fs::exists(inside) ? inside : fs::path(path);
}

fs::path registry_of(const Arguments& arguments) {
  const char* root = std::getenv("TITO_ROOT");
  const fs::path otherwise = (root == nullptr ? fs::path(".") : fs::path(root)) / "models";
  return arguments.option("--registry", otherwise.string());
}

registry::Addition addition_of(const fs::path& folder) {
  if (!fs::exists(folder / "result.json")) {
    throw tinytorch::Error(tinytorch::concat(
        folder.string(), " holds no result.json: no run was finished there (tito model run)"));
  }
  const pipeline::ModelResult result = pipeline::load_result(folder / "result.json");
  registry::Addition addition{.entry = {.id = result.id, .kind = registry::kind_of(result.kind)}};
  registry::Entry& entry = addition.entry;
  registry::Sidecar& sidecar = addition.sidecar;
  entry.description = unless_empty(result.description);
  entry.quant_mode = mode_named(result.quant_mode);
  if (result.smoke) entry.smoke = true;
  add_license(entry, result);
  addition.float_model = file_with_role(result, folder, "fp32");
  const pipeline::ModeResult* shipped = result.shipped();
  if (shipped != nullptr) {
    addition.int8_model = file_with_role(result, folder, "int8");
    entry.quant_calibration_set = unless_empty(result.calibration_set);
    entry.quant_accuracy_budget_plcc = std::min(shipped->verdict.budget, 1.0);
  }
  const fs::path file = folder / (result.id + ".json");
  if (fs::exists(file)) {
    sidecar = registry::parse_sidecar(
        tinytorch::data::read_file(file.string(), registry::kLargestSidecar), file.string());
  }
  fill_ends(sidecar, addition.float_model);
  sidecar.n_params = result.parameters;
  const pipeline::ModeResult* judged = shipped;
  if (judged == nullptr && !result.modes.empty()) judged = &result.modes.back();
  if (judged != nullptr) sidecar.quantization = figures_of(result, judged->verdict);
  if (shipped == nullptr && judged != nullptr) {
    entry.notes = "No int8 model passed its gate: the float model is the one to use.";
  }
  return addition;
}

}  // namespace tito::model
