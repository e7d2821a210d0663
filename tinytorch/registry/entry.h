#pragma once
// What a registry says about its models: models/registry.json, described by registry.schema.json.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::registry {

// Full-reference and no-reference quality metrics, filters, classifiers, language models.
enum class Kind { kFr, kNr, kFilter, kClassifier, kLm };
enum class QuantMode { kFp32, kDynamic, kStatic, kQat };

// "fr", "dynamic", as the files have them; the reverse throws Error naming the known ones.
std::string name(Kind kind);
std::string name(QuantMode mode);
Kind kind_of(std::string_view name);
QuantMode mode_of(std::string_view name);

struct Entry {
  std::string id = {};
  Kind kind = Kind::kClassifier;
  std::string onnx = {};    // the float model, relative to the registry's folder
  std::string sha256 = {};  // of its bytes, 64 hexadecimal digits
  std::optional<std::int64_t> opset = {};
  QuantMode quant_mode = QuantMode::kFp32;
  std::optional<std::string> quant_calibration_set = {};
  std::optional<std::string> int8_sha256 = {};  // exactly when quant_mode is not fp32
  std::optional<double> quant_accuracy_budget_plcc = {};
  std::optional<std::string> license = {};
  std::optional<std::string> license_url = {};
  std::optional<std::string> sigstore_bundle = {};  // relative to the registry's folder
  std::optional<std::string> description = {};
  std::optional<std::string> notes = {};
  std::optional<bool> smoke = {};

  bool is_quantized() const { return quant_mode != QuantMode::kFp32; }
  // "a/b.onnx" → "a/b.int8.onnx".
  std::string int8_onnx() const;
  // "<id>.json" in the float model's folder.
  std::string sidecar() const;

  bool operator==(const Entry&) const = default;
};

inline constexpr std::int64_t kSchemaVersion = 1;

struct Registry {
  std::int64_t schema_version = kSchemaVersion;
  std::vector<Entry> models = {};

  // Null where there is none of that id.
  const Entry* find(std::string_view id) const;
};

// How much worse than the float model an int8 one may be, where an entry does not say.
double default_budget(QuantMode mode);  // dynamic 0.01, static 0.005, qat 0.002

}  // namespace tinytorch::registry
