#pragma once
// A recipe: everything that makes a model, from its data to the budget it must keep. Read from YAML
// (read_recipe.h); recipe_fields.cpp says what each key means, and recipes/recipe.schema.json
// publishes the same list.

#include <cstdint>
#include <string>
#include <vector>

#include "tinytorch/pipeline/recipe/spec.h"

namespace tinytorch::pipeline {

struct TrainSpec {
  std::int64_t epochs = 20;
  std::int64_t batch_size = 32;
  Optimizer optimizer = Optimizer::kAdamW;
  double learning_rate = 1e-3;
  double weight_decay = 0.01;
  Schedule schedule = Schedule::kCosine;
  Loss loss = Loss::kCrossEntropy;
  double clip_norm = 0.0;  // 0: gradients are not clipped
};

struct CalibrationSpec {
  std::int64_t examples = 64;  // drawn from the training set, without repetition
  Observer observer = Observer::kMinMax;
};

struct LayerBits {
  std::string layers{};  // a pattern of paths: "3.*"
  std::int64_t bits = 8;
};

struct SensitivitySpec {
  bool given = false;
  std::vector<std::int64_t> widths = {8, 6, 4};
  double bits_per_weight = 8.0;  // the budget, on average over all weights
};

struct QuantizeSpec {
  Mode mode = Mode::kAuto;
  bool measure_all = false;  // measure every form, also those that the mode does not ship
  std::int64_t weight_bits = 8;
  std::int64_t activation_bits = 8;
  Granularity granularity = Granularity::kPerChannel;
  Symmetry activations = Symmetry::kAffine;
  Dialect dialect = Dialect::kOrt;
  std::vector<LayerBits> bits{};
  std::vector<std::string> exclude{};  // patterns of paths that stay in float
  SensitivitySpec sensitivity;
};

struct QatSpec {
  std::int64_t epochs = 10;
  double learning_rate_factor = 0.1;
  std::int64_t quantize_from = 2;           // the epoch, from 1
  std::int64_t freeze_observers_from = 0;   // 0: never
  std::int64_t freeze_batch_norm_from = 0;  // 0: never
  Quantizer quantizer = Quantizer::kSte;
  ClipGradient clip_gradient = ClipGradient::kBlocked;
};

struct BudgetSpec {
  MetricName metric = MetricName::kTop1;
  double drop_dynamic = 0.01;
  double drop_static = 0.005;
  double drop_qat = 0.002;
  std::int64_t bytes = 0;      // of the int8 file; 0: no limit
  double latency_ratio = 1.0;  // int8 to float, at most; 0: not judged
};

struct SeedSpec {
  std::int64_t first = 0;
  std::int64_t training = 5;      // runs of training
  std::int64_t calibration = 20;  // draws of the calibration set
};

// What `--smoke` takes instead.
struct SmokeSpec {
  std::int64_t epochs = 2;
  std::int64_t qat_epochs = 2;
  std::int64_t examples = 512;  // of the training set, at most
  std::int64_t training = 1;
  std::int64_t calibration = 2;
};

struct Recipe {
  std::string name{};
  Kind kind = Kind::kClassifier;
  std::string description{};
  std::string notes{};
  std::string license = "MIT";
  std::string license_url{};
  ModelSpec model;
  DataSpec data;
  TrainSpec train;
  CalibrationSpec calibration;
  QuantizeSpec quantize;
  QatSpec qat;
  BudgetSpec budget;
  SeedSpec seeds;
  SmokeSpec smoke;

  // Where it was read, and SHA-256 of its text, in hexadecimal.
  std::string file{};
  std::string hash{};
};

// The recipe as --smoke runs it.
Recipe smoke_variant(const Recipe& recipe);

// Does `path` ("3.body.0") match `pattern`, in which '*' stands for any text?
bool matches(std::string_view pattern, std::string_view path);

}  // namespace tinytorch::pipeline
