#pragma once
// Everything known about one model after a run: what result.json holds, and what the report, the
// registry's sidecar and `tito model show` and `compare` read. No second record of it.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tinytorch/pipeline/gate/gate.h"

namespace tinytorch::pipeline {

// A file of the model, beside result.json.
struct FileRecord {
  std::string role{};  // "fp32", "int8", "recipe", "sidecar"
  std::string name{};  // "digits_mlp.int8.onnx"
  std::string sha256{};
  std::int64_t bytes = 0;
  bool operator==(const FileRecord&) const = default;
};

// One way of quantizing that was tried.
struct ModeResult {
  std::string mode{};  // "dynamic", "static", "repaired", "qat"
  GateVerdict verdict{};
  double train_seconds = 0.0;  // what this mode's own training took, 0 where there is none
  std::string note{};          // "stands in float: 2 layers"
  bool operator==(const ModeResult&) const = default;
};

// One layer, quantized or left in float.
struct LayerRecord {
  std::string path{};  // "3.body.0"
  std::string kind{};  // "Linear", "Conv2d"
  int weight_bits = 8;
  std::optional<double> weight_sqnr_db{};  // infinite without noise
  std::optional<double> output_sqnr_db{};
  std::optional<double> clipped{};      // share of the outputs
  std::optional<double> sensitivity{};  // what the metric loses with this layer alone in int8
  bool quantized = true;
  std::string reason{};  // of a layer left in float: "excluded by the recipe: head.*"
  bool operator==(const LayerRecord&) const = default;
};

// How the values of one tensor are spread, and the range its codes reach.
struct TensorRecord {
  std::string name{};  // "input", "3.body.0.weight"
  double low = 0.0;    // of the first bin; high: of the last one's end
  double high = 0.0;
  std::vector<std::int64_t> counts{};  // evenly wide bins
  double range_low = 0.0;              // what the lowest and the highest code stand for
  double range_high = 0.0;
  double scale = 0.0;  // of a tensor with a scale per channel: the largest
  std::int64_t zero_point = 0;
  double clipped = 0.0;  // share of the values outside the range
  bool operator==(const TensorRecord&) const = default;
};

// What verify found about one file in one runtime.
struct VerifyRecord {
  std::string provider{};  // "onnxruntime 1.30.0 (cpu)"
  std::string what{};      // "all optimizations, whole network, against our codes"
  std::int64_t compared = 0;
  std::int64_t differ = 0;
  double largest = 0.0;  // difference, in codes or relative to the largest magnitude
  bool required = true;  // differences fail the verification; else they are only counted
  bool pass = true;
  std::string note{};
  bool operator==(const VerifyRecord&) const = default;
};

struct ModelResult {
  std::string id{};
  std::string kind{};  // "classifier", "filter", "fr", "nr", "lm"
  std::string description{};
  // What ships: "fp32" when none passed, else the mode that did.
  std::string quant_mode = "fp32";
  bool smoke = false;
  std::vector<ModeResult> modes{};  // in the order they were tried
  std::vector<FileRecord> files{};
  std::vector<LayerRecord> layers{};    // of what ships, or of the last mode tried
  std::vector<TensorRecord> tensors{};  // the same
  std::vector<VerifyRecord> verification{};

  std::string recipe{};  // its path
  std::string recipe_sha256{};
  std::string command{};          // that makes all of this again
  std::string calibration_set{};  // in words
  std::string calibration_sha256{};
  std::string scheme{};  // "W8A8, weights symmetric per channel, activations affine per tensor"
  std::string dialect = "ort";
  std::string instruction_set{};  // on which the float training ran: its hashes hold there
  std::string version{};          // of TinyTorch
  std::int64_t parameters = 0;
  // Counted while it ran: "epochs", "samples seen", "qat step / float step", …
  std::map<std::string, double> counts{};
  std::vector<std::string> notes{};
  bool operator==(const ModelResult&) const = default;

  // The mode that ships; nothing when fp32 does.
  const ModeResult* shipped() const;
  bool pass() const { return shipped() != nullptr; }
};

// {"result_version": 1, …}: every number to its last bit, infinities as "infinity" and
// "-infinity", NaN as null. The same result has the same bytes.
std::string to_json(const ModelResult& result);
// Throws Error naming the place of what is missing, malformed or unknown: "modes[1].verdict.drop".
ModelResult from_json(const std::string& text);

// Written whole or not at all. Throws Error naming the file.
void save_result(const std::filesystem::path& path, const ModelResult& result);
// Throws Error naming the file, and as from_json does.
ModelResult load_result(const std::filesystem::path& path);

}  // namespace tinytorch::pipeline
