#include "tinytorch/registry/sidecar.h"

#include <nlohmann/json.hpp>

#include "tinytorch/core/error.h"
#include "tinytorch/registry/detail/json_fields.h"
#include "tinytorch/registry/json_schema.h"
#include "tinytorch/registry/registry_file.h"

namespace tinytorch::registry {
namespace {

using nlohmann::ordered_json;

// One list of the fields, for reading and for writing: `visit(key, member)`.
template <typename Figures, typename Visit>
void optional_figures(Figures& figures, Visit visit) {
  visit("fp32", figures.fp32);
  visit("int8", figures.int8);
  visit("confidence", figures.confidence);
  visit("calibration_draws", figures.calibration_draws);
  visit("training_seeds", figures.training_seeds);
  visit("fp32_bytes", figures.fp32_bytes);
  visit("int8_bytes", figures.int8_bytes);
  visit("latency_ratio", figures.latency_ratio);
  visit("latency_ratio_onnxruntime", figures.latency_ratio_onnxruntime);
  visit("recipe", figures.recipe);
  visit("recipe_sha256", figures.recipe_sha256);
  visit("calibration_sha256", figures.calibration_sha256);
  visit("fixture_sha256", figures.fixture_sha256);
  visit("scheme", figures.scheme);
  visit("dialect", figures.dialect);
  visit("quantizer", figures.quantizer);
  visit("instruction_set", figures.instruction_set);
}

QuantFigures figures_of(const ordered_json& json) {
  QuantFigures figures{.metric = json["metric"],
                       .drop = json["drop"],
                       .drop_low = json["drop_low"],
                       .drop_high = json["drop_high"],
                       .budget = json["budget"],
                       .verdict = json["verdict"]};
  optional_figures(figures, [&](const char* key, auto& member) { read(json, key, member); });
  figures.reasons = json.value("reasons", std::vector<std::string>{});
  return figures;
}

ordered_json json_of(const QuantFigures& figures) {
  ordered_json json{{"metric", figures.metric},     {"drop", figures.drop},
                    {"drop_low", figures.drop_low}, {"drop_high", figures.drop_high},
                    {"budget", figures.budget},     {"verdict", figures.verdict}};
  if (!figures.reasons.empty()) json["reasons"] = figures.reasons;
  optional_figures(figures, [&](const char* key, const auto& member) { write(json, key, member); });
  return json;
}

// Fields that are written plainly, in order; the two halves stand around the shapes.
template <typename Card, typename Visit>
void first_fields(Card& card, Visit visit) {
  visit("kind", card.kind);
  visit("onnx", card.onnx);
  visit("opset", card.opset);
  visit("sha256", card.sha256);
}
template <typename Card, typename Visit>
void last_fields(Card& card, Visit visit) {
  visit("arch", card.arch);
  visit("n_params", card.n_params);
  visit("notes", card.notes);
  visit("quant_mode", card.quant_mode);
  visit("quant_calibration_set", card.quant_calibration_set);
  visit("int8_sha256", card.int8_sha256);
  visit("quant_accuracy_budget_plcc", card.quant_accuracy_budget_plcc);
}

std::optional<NamedShape> shape_of(const ordered_json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  NamedShape shape;
  for (const ordered_json& size : json[key]) {
    shape.push_back(size.is_string() ? size.get<std::string>() : size.is_null() ? "" : size.dump());
  }
  return shape;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 19 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

ordered_json json_of(const NamedShape& shape) {
  ordered_json sizes = ordered_json::array();
  for (const std::string& size : shape) {
    if (is_number(size)) {
      sizes.push_back(std::stoll(size));
    } else {
      sizes.push_back(size);
    }
  }
  return sizes;
}

std::vector<double> numbers_of(const ordered_json& json, const char* key) {
  if (!json.contains(key)) return {};
  if (json[key].is_number()) return {json[key].get<double>()};
  return json[key].get<std::vector<double>>();
}

template <typename T>
std::string text_of(const T& value) {
  if constexpr (std::is_same_v<T, Kind> || std::is_same_v<T, QuantMode>) {
    return name(value);
  } else {
    return concat(value);
  }
}

}  // namespace

Sidecar parse_sidecar(std::string_view json, const std::string& name) {
  require_valid(json, name, sidecar_schema());
  const ordered_json value = ordered_json::parse(json);
  Sidecar card{.id = value["id"]};
  const auto visit = [&](const char* key, auto& member) { read(value, key, member); };
  first_fields(card, visit);
  read(value, "input_name", card.input_name);
  read(value, "output_name", card.output_name);
  card.input_shape = shape_of(value, "input_shape");
  card.output_shape = shape_of(value, "output_shape");
  card.features = value.value("features", std::vector<std::string>{});
  card.input_mean = numbers_of(value, "input_mean");
  card.input_std = numbers_of(value, "input_std");
  last_fields(card, visit);
  if (value.contains("quantization")) card.quantization = figures_of(value["quantization"]);
  return card;
}

std::string to_json(const Sidecar& card) {
  ordered_json json{{"id", card.id}};
  const auto visit = [&](const char* key, const auto& member) { write(json, key, member); };
  first_fields(card, visit);
  write(json, "input_name", card.input_name);
  if (card.input_shape) json["input_shape"] = json_of(*card.input_shape);
  write(json, "output_name", card.output_name);
  if (card.output_shape) json["output_shape"] = json_of(*card.output_shape);
  if (!card.features.empty()) json["features"] = card.features;
  if (!card.input_mean.empty()) json["input_mean"] = card.input_mean;
  if (!card.input_std.empty()) json["input_std"] = card.input_std;
  last_fields(card, visit);
  if (card.quantization) json["quantization"] = json_of(*card.quantization);
  return json.dump(2) + "\n";
}

std::vector<std::string> disagreements(const Entry& entry, const Sidecar& card) {
  std::vector<std::string> found;
  const auto compare = [&](const char* key, const auto& in_entry, const auto& in_card) {
    if (!in_card || in_entry == in_card) return;
    found.push_back(concat(key, ": entry ", in_entry ? text_of(*in_entry) : "has none",
                           ", sidecar ", text_of(*in_card)));
  };
  compare("id", std::optional(entry.id), std::optional(card.id));
  compare("kind", std::optional(entry.kind), card.kind);
  compare("onnx", std::optional(entry.onnx), card.onnx);
  compare("sha256", std::optional(entry.sha256), card.sha256);
  // An entry need not say these; what it says must be the same.
  if (entry.opset) compare("opset", entry.opset, card.opset);
  compare("quant_mode", std::optional(entry.quant_mode), card.quant_mode);
  compare("int8_sha256", entry.int8_sha256, card.int8_sha256);
  if (entry.quant_calibration_set) {
    compare("quant_calibration_set", entry.quant_calibration_set, card.quant_calibration_set);
  }
  if (entry.quant_accuracy_budget_plcc) {
    compare("quant_accuracy_budget_plcc", entry.quant_accuracy_budget_plcc,
            card.quant_accuracy_budget_plcc);
  }
  return found;
}

}  // namespace tinytorch::registry
