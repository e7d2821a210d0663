#include "tinytorch/registry/registry_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tinytorch/data/file.h"
#include "tinytorch/registry/detail/json_fields.h"
#include "tinytorch/registry/json_schema.h"

namespace tinytorch::registry {
namespace {

using nlohmann::ordered_json;

Entry entry_of(const ordered_json& json) {
  Entry entry{.id = json["id"],
              .kind = kind_of(json["kind"].get<std::string>()),
              .onnx = json["onnx"],
              .sha256 = json["sha256"]};
  if (json.contains("quant_mode"))
    entry.quant_mode = mode_of(json["quant_mode"].get<std::string>());
  read(json, "opset", entry.opset);
  read(json, "quant_calibration_set", entry.quant_calibration_set);
  read(json, "int8_sha256", entry.int8_sha256);
  read(json, "quant_accuracy_budget_plcc", entry.quant_accuracy_budget_plcc);
  read(json, "license", entry.license);
  read(json, "license_url", entry.license_url);
  read(json, "sigstore_bundle", entry.sigstore_bundle);
  read(json, "description", entry.description);
  read(json, "notes", entry.notes);
  read(json, "smoke", entry.smoke);
  return entry;
}

ordered_json json_of(const Entry& entry) {
  ordered_json json{
      {"id", entry.id}, {"kind", name(entry.kind)}, {"onnx", entry.onnx}, {"sha256", entry.sha256}};
  write(json, "opset", entry.opset);
  json["quant_mode"] = name(entry.quant_mode);
  write(json, "quant_calibration_set", entry.quant_calibration_set);
  write(json, "int8_sha256", entry.int8_sha256);
  write(json, "quant_accuracy_budget_plcc", entry.quant_accuracy_budget_plcc);
  write(json, "license", entry.license);
  write(json, "license_url", entry.license_url);
  write(json, "sigstore_bundle", entry.sigstore_bundle);
  write(json, "description", entry.description);
  write(json, "notes", entry.notes);
  write(json, "smoke", entry.smoke);
  return json;
}

}  // namespace

Registry parse_registry(std::string_view json, const std::string& name) {
  require_valid(json, name, registry_schema());
  const ordered_json value = ordered_json::parse(json);
  Registry registry{.schema_version = value["schema_version"].get<std::int64_t>(), .models = {}};
  for (const ordered_json& entry : value["models"]) registry.models.push_back(entry_of(entry));
  return registry;
}

std::filesystem::path registry_file(const std::filesystem::path& path) {
  return std::filesystem::is_directory(path) ? path / "registry.json" : path;
}

Registry read_registry(const std::filesystem::path& path) {
  const std::string file = registry_file(path).string();
  return parse_registry(data::read_file(file, kLargestRegistry), file);
}

std::string to_json(const Registry& registry) {
  std::vector<Entry> entries = registry.models;
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.id < b.id; });
  ordered_json models = ordered_json::array();
  for (const Entry& entry : entries) models.push_back(json_of(entry));
  return ordered_json{{"schema_version", registry.schema_version}, {"models", models}}.dump(2) +
         "\n";
}

void write_registry(const Registry& registry, const std::filesystem::path& path) {
  data::write_file_atomically(registry_file(path).string(), to_json(registry));
}

}  // namespace tinytorch::registry
