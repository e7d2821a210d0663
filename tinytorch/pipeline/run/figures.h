#pragma once
// The forms of a model, and their answers on the fixture as the gate takes them.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tinytorch/pipeline/gate/gate.h"
#include "tinytorch/pipeline/run/job.h"
#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::pipeline {

// One way to run a model: the answers to inputs as the model takes them.
struct Deployed {
  Form form = Form::kFp32;
  bool raw = false;  // takes inputs before they are standardized: its first layer does that
  std::function<Tensor(const Tensor&)> run{};
  std::optional<quantization::QuantizedNetwork> network{};  // of static, repaired and qat
  std::shared_ptr<quantization::QatNetwork> net{};          // what that was converted from
  std::shared_ptr<nn::Module> module{};                     // of fp32 and dynamic
  std::int64_t weight_bytes = 0;
};

// What was measured of one form, for judge().
struct FormFigures {
  Form form = Form::kFp32;
  std::vector<Trial> seeds{};
  std::vector<Trial> draws{};
  double train_seconds = 0.0;  // of the first seed's training of integers
  double step_cost = 0.0;      // a step in integers, in float steps
};

Metric metric_of_recipe(MetricName name);
// A model's answers as the metric takes them: of a language model the nats of each row.
Tensor answers(const Job& job, const Tensor& predictions);
// The held-out data with targets as the metric takes them: of a language model the bytes of each
// row.
Fixture fixture_of(const Job& job);
// Static and repaired static: those whose ranges come from a calibration set.
bool is_calibrated(Form form);
// What the recipe and these trials ask the gate, but for bytes and latency; where latency is not
// judged (in a smoke run, and where latency_ratio is 0), no runtime is needed.
GateQuestion question_of(const Job& job, const FormFigures& figures, Fixture fixture);
// The metric of a model's answers, as answers() gives them.
double metric_on(const Job& job, const Tensor& answers);

}  // namespace tinytorch::pipeline
