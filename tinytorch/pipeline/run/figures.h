#pragma once
// What a form of a model is worth, measured on the fixture, beside the float model.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tinytorch/pipeline/run/job.h"
#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::pipeline {

// One way to run a model: the answers to inputs as the model takes them.
struct Deployed {
  Form form = Form::kFp32;
  bool raw = false;  // takes inputs before they are standardized: its first layer does that
  std::function<Tensor(const Tensor&)> run{};
  std::optional<quantization::QuantizedNetwork> network{};  // of static, repaired and qat
  std::shared_ptr<nn::Module> module{};                     // of fp32 and dynamic
  std::int64_t weight_bytes = 0;
};

// One calibration draw or one training seed.
struct Sample {
  std::string label{};  // "seed 0", "draw 3"
  Tensor float_predictions{};
  Tensor predictions{};
};

struct FormFigures {
  Form form = Form::kFp32;
  std::vector<Sample> seeds{};
  std::vector<Sample> draws{};
  std::int64_t weight_bytes = 0;
  double train_seconds_per_step = 0.0;
  double float_seconds_per_step = 0.0;
};

// The recipe's metric of predictions against the fixture's targets.
double metric_of(MetricName metric, const Tensor& predictions, const Tensor& targets);
bool larger_is_better(MetricName metric);
// How much worse `predictions` are than `floats`; negative where they are better.
double drop_of(MetricName metric, const Sample& sample, const Tensor& targets);

}  // namespace tinytorch::pipeline
