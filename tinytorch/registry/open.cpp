#include "tinytorch/registry/open.h"

#include <cstdio>

#include "tinytorch/core/error.h"
#include "tinytorch/core/nearest.h"
#include "tinytorch/core/printable.h"
#include "tinytorch/data/file.h"
#include "tinytorch/data/path_jail.h"
#include "tinytorch/onnx/import/describe_model.h"
#include "tinytorch/registry/allow_list.h"
#include "tinytorch/registry/registry_file.h"
#include "tinytorch/registry/sha256.h"

namespace tinytorch::registry {
namespace {

namespace fs = std::filesystem;

const Entry& entry_named(const Registry& registry, std::string_view id, const std::string& file) {
  const Entry* found = nullptr;
  std::vector<std::string> known;
  for (const Entry& entry : registry.models) {
    known.push_back(entry.id);
    if (entry.id != id) continue;
    if (found != nullptr) throw Error(concat(file, ": the id ", id, " stands twice"));
    found = &entry;
  }
  if (found != nullptr) return *found;
  std::string all;
  for (const std::string& one : known) all += (all.empty() ? "" : ", ") + printable(one);
  throw Error(concat(file, ": no model \"", printable(id), "\".",
                     did_you_mean(std::string(id), known), " It holds: ", all));
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + printable(part);
  return text;
}

}  // namespace

std::string checked_model(const fs::path& folder, const std::string& name,
                          const std::string& sha256) {
  const std::string path = data::path_inside(folder, name).string();
  std::string bytes = data::read_file(path, kLargestModelFile);
  const std::string found = sha256_hex(bytes);
  if (found != sha256) {
    throw Error(concat(path, ": SHA-256 is ", found, ", the registry says ", sha256,
                       ": the file is not the one that was registered. Put that one back, or "
                       "register this one with `tito registry add`"));
  }
  const onnx::ModelDescription about = onnx::describe_model(bytes, path);
  const std::vector<std::string> refused = refused_operators(about.operators);
  if (!refused.empty()) {
    throw Error(concat(path, ": operators that a registry does not allow: ", joined(refused)));
  }
  for (const onnx::ConstantDescription& constant : about.constants) {
    if (!constant.is_external) continue;
    throw Error(concat(path, ": the values of ", printable(constant.name),
                       " lie in another file, which the hash does not cover; put them inside"));
  }
  return bytes;
}

Sidecar read_sidecar(const fs::path& folder, const Entry& entry) {
  const std::string path = data::path_inside(folder, entry.sidecar()).string();
  Sidecar sidecar = parse_sidecar(data::read_file(path, kLargestSidecar), path);
  const std::vector<std::string> different = disagreements(entry, sidecar);
  if (different.empty()) return sidecar;
  throw Error(concat(path, ": says something else than the registry: ", joined(different)));
}

std::string over_budget(const Entry& entry, const Sidecar& sidecar) {
  if (!entry.is_quantized() || !sidecar.quantization) return "";
  const QuantFigures& figures = *sidecar.quantization;
  const double budget = entry.quant_accuracy_budget_plcc.value_or(figures.budget);
  if (!(figures.drop_high <= budget) || !(figures.drop <= budget)) {
    return concat("drop ", figures.drop, " (up to ", figures.drop_high, ") of ", figures.metric,
                  ", over the budget of ", budget);
  }
  if (figures.verdict == "pass") return "";
  return figures.reasons.empty() ? "its gate did not pass" : joined(figures.reasons);
}

Opened open(const fs::path& registry, std::string_view id) {
  const fs::path file = registry_file(registry);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const Registry all = read_registry(file);
  Opened opened{.entry = entry_named(all, id, file.string())};
  const Entry& entry = opened.entry;
  opened.sidecar = read_sidecar(folder, entry);
  opened.over_budget = over_budget(entry, opened.sidecar);
  const bool is_int8 = entry.is_quantized() && opened.over_budget.empty();
  const std::string name = is_int8 ? entry.int8_onnx() : entry.onnx;
  opened.bytes = checked_model(folder, name, is_int8 ? *entry.int8_sha256 : entry.sha256);
  opened.file = (folder / name).string();
  opened.mode = is_int8 ? entry.quant_mode : QuantMode::kFp32;
  if (!opened.over_budget.empty()) {
    std::fprintf(stderr, "registry: %s: %s; the float model is loaded\n", entry.id.c_str(),
                 opened.over_budget.c_str());
  }
  return opened;
}

}  // namespace tinytorch::registry
