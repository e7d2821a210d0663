#include "tinytorch/registry/add.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/onnx/import/describe_model.h"
#include "tinytorch/registry/open.h"
#include "tinytorch/registry/registry_file.h"
#include "tinytorch/registry/sha256.h"

namespace tinytorch::registry {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string bytes;
  std::string sha256;
};

File checked(const fs::path& path) {
  // A link is followed: what counts is where the copy will lie.
  const fs::path real = fs::weakly_canonical(path);
  const std::string hash = sha256_hex(data::read_file(real.string(), kLargestModelFile));
  return {checked_model(real.parent_path(), real.filename().string(), hash), hash};
}

void require_calibration_set(const Entry& entry) {
  const bool needs = entry.quant_mode == QuantMode::kStatic || entry.quant_mode == QuantMode::kQat;
  if (!needs || entry.quant_calibration_set) return;
  throw Error(concat("registry add: ", entry.id, ": mode ", name(entry.quant_mode),
                     " needs quant_calibration_set, the data that its ranges come from"));
}

void fill_in(Sidecar& sidecar, const Entry& entry) {
  sidecar.id = entry.id;
  sidecar.kind = entry.kind;
  sidecar.onnx = entry.onnx;
  sidecar.opset = entry.opset;
  sidecar.sha256 = entry.sha256;
  sidecar.quant_mode = entry.quant_mode;
  sidecar.quant_calibration_set = entry.quant_calibration_set;
  sidecar.int8_sha256 = entry.int8_sha256;
  sidecar.quant_accuracy_budget_plcc = entry.quant_accuracy_budget_plcc;
}

void write_where_missing(const fs::path& path, const std::string& content) {
  if (!fs::exists(path)) data::write_file_atomically(path.string(), content);
}

}  // namespace

Entry add(const fs::path& registry, const Addition& addition) {
  Entry entry = addition.entry;
  require_calibration_set(entry);
  if (entry.is_quantized() == addition.int8_model.empty()) {
    throw Error(concat("registry add: ", entry.id, ": mode ", name(entry.quant_mode),
                       entry.is_quantized() ? " needs an int8 model" : " has no int8 model"));
  }
  const File float_model = checked(addition.float_model);
  const onnx::ModelDescription model =
      onnx::describe_model(float_model.bytes, addition.float_model.string());
  entry.onnx = entry.id + ".onnx";
  entry.sha256 = float_model.sha256;
  entry.opset = model.opset();
  File int8_model;
  if (entry.is_quantized()) {
    int8_model = checked(addition.int8_model);
    entry.int8_sha256 = int8_model.sha256;
  }
  const fs::path file = registry_file(fs::is_directory(registry) || registry.extension() == ".json"
                                          ? registry
                                          : registry / "registry.json");
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  Registry all = fs::exists(file) ? read_registry(file) : Registry{};
  std::erase_if(all.models, [&](const Entry& other) { return other.id == entry.id; });
  all.models.push_back(entry);
  parse_registry(to_json(all), concat("registry add: ", entry.id));  // throws what does not fit
  Sidecar sidecar = addition.sidecar;
  fill_in(sidecar, entry);
  if (!sidecar.n_params) sidecar.n_params = model.parameters();
  parse_sidecar(to_json(sidecar), concat("registry add: ", entry.id));

  fs::create_directories(folder);
  write_where_missing(folder / "registry.schema.json", registry_schema());
  write_where_missing(folder / "sidecar.schema.json", sidecar_schema());
  data::write_file_atomically((folder / entry.onnx).string(), float_model.bytes);
  if (entry.is_quantized()) {
    data::write_file_atomically((folder / entry.int8_onnx()).string(), int8_model.bytes);
  } else {
    fs::remove(folder / entry.int8_onnx());
  }
  data::write_file_atomically((folder / entry.sidecar()).string(), to_json(sidecar));
  write_registry(all, file);
  return entry;
}

}  // namespace tinytorch::registry
