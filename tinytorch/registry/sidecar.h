#pragma once
// What is known about one model, in <id>.json beside it: what it takes and gives, and what
// quantizing it did. Described by models/sidecar.schema.json.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/registry/entry.h"

namespace tinytorch::registry {

// What the gate measured. A drop is how much worse the int8 model is, in the metric's own units.
struct QuantFigures {
  std::string metric = {};  // "plcc", "top1", "bpb", "rmse", "sqnr", "cosine", "agreement"
  std::optional<double> fp32 = {};
  std::optional<double> int8 = {};
  double drop = 0.0;
  double drop_low = 0.0;  // the interval's ends
  double drop_high = 0.0;
  std::optional<double> confidence = {};
  double budget = 0.0;
  std::string verdict = "over";  // "pass" or "over"
  std::vector<std::string> reasons = {};
  std::optional<std::int64_t> calibration_draws = {};
  std::optional<std::int64_t> training_seeds = {};
  std::optional<std::int64_t> fp32_bytes = {};
  std::optional<std::int64_t> int8_bytes = {};
  std::optional<double> latency_ratio = {};  // int8 / fp32, in our engine
  std::optional<double> latency_ratio_onnxruntime = {};
  std::optional<std::string> recipe = {};
  std::optional<std::string> recipe_sha256 = {};
  std::optional<std::string> calibration_sha256 = {};
  std::optional<std::string> fixture_sha256 = {};
  std::optional<std::string> scheme = {};
  std::optional<std::string> dialect = {};
  std::optional<std::string> quantizer = {};
  std::optional<std::string> instruction_set = {};

  bool operator==(const QuantFigures&) const = default;
};

// Sizes as text, since some are names: {"batch", "1", "28", "28"}.
using NamedShape = std::vector<std::string>;

struct Sidecar {
  std::string id = {};
  std::optional<Kind> kind = {};
  std::optional<std::string> onnx = {};
  std::optional<std::int64_t> opset = {};
  std::optional<std::string> sha256 = {};
  std::optional<std::string> input_name = {};
  std::optional<NamedShape> input_shape = {};
  std::optional<std::string> output_name = {};
  std::optional<NamedShape> output_shape = {};
  std::vector<std::string> features = {};
  std::vector<double> input_mean = {};
  std::vector<double> input_std = {};
  std::optional<std::string> arch = {};
  std::optional<std::int64_t> n_params = {};
  std::optional<std::string> notes = {};
  std::optional<QuantMode> quant_mode = {};
  std::optional<std::string> quant_calibration_set = {};
  std::optional<std::string> int8_sha256 = {};
  std::optional<double> quant_accuracy_budget_plcc = {};
  std::optional<QuantFigures> quantization = {};

  bool operator==(const Sidecar&) const = default;
};

// `name` is the file's, for errors. Throws Error naming every place that the schema refuses.
Sidecar parse_sidecar(std::string_view json, const std::string& name);
// Keys in the schema's order, two spaces of indentation: the same sidecar gives the same bytes.
std::string to_json(const Sidecar& sidecar);

// The entry's fields that the sidecar has too, each written "sha256: entry …, sidecar …" where they
// differ; empty where all agree.
std::vector<std::string> disagreements(const Entry& entry, const Sidecar& sidecar);

}  // namespace tinytorch::registry
