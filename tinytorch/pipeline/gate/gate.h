#pragma once
// The gate: may this int8 model replace the float model? Accuracy, bytes and latency decide, each
// by its worst plausible figure, and the verdict says every reason.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/pipeline/gate/bootstrap.h"
#include "tinytorch/pipeline/gate/metrics.h"
#include "tinytorch/pipeline/gate/paired_latency.h"

namespace tinytorch::pipeline {

// Held-out data. groups: the unit of the split (photograph, clip, chapter, image), one a row.
struct Fixture {
  Tensor inputs;   // [rows, …]
  Tensor targets;  // as the metric wants them; unused by those without labels
  std::vector<std::string> groups;
};

// One draw of the calibration set, or one training seed: what both models answer on the fixture.
struct Trial {
  std::string label;  // "draw 3", "seed 2"
  Tensor float_predictions;
  Tensor predictions;
};

// The drop of the metric that each way of quantizing may cost.
inline constexpr double kDynamicBudget = 0.01;
inline constexpr double kStaticBudget = 0.005;
inline constexpr double kQatBudget = 0.002;
// Of "dynamic", "static", "repaired" (a static one) and "qat". Throws Error on another.
double default_budget(std::string_view mode);

struct GateQuestion {
  Fixture fixture;
  Metric metric = Metric::kTop1;
  double budget = kStaticBudget;
  std::vector<Trial> draws;  // one training seed, many calibration sets; the first is what ships
  std::vector<Trial> seeds;  // many training seeds, a calibration set each
  // Fewer trials than these do not pass. Smoke runs ask for fewer; dynamic quantization, which has
  // no calibration set, for 0 draws.
  std::int64_t needed_draws = 20;
  std::int64_t needed_seeds = 5;

  std::int64_t float_bytes = 0;            // of both files
  std::int64_t int8_bytes = 0;             // must be smaller than float_bytes
  std::optional<std::int64_t> most_bytes;  // and not above this
  std::vector<PairedLatency> latency;
  std::vector<std::string> needed_runtimes = {"tinytorch", "onnxruntime"};
  double most_latency_ratio = 1.0;  // int8 / float
  BootstrapOptions bootstrap;
};

// Drops of the trials on the whole fixture, before any resampling.
struct Spread {
  std::int64_t trials = 0;
  double least = 0.0;
  double median = 0.0;
  double most = 0.0;
  bool operator==(const Spread&) const = default;
};

struct GateCheck {
  std::string name;  // "accuracy", "bytes", "latency in onnxruntime"
  bool pass = false;
  std::string why;  // one sentence with both figures, for either verdict
  bool operator==(const GateCheck&) const = default;
};

struct GateVerdict {
  bool pass = false;
  Metric metric = Metric::kTop1;
  double budget = 0.0;
  Interval drop;     // the wider end of by_draw and by_seed on each side
  Interval by_draw;  // of groups and draws resampled together
  Interval by_seed;  // of groups and seeds
  Spread draws;
  Spread seeds;
  Interval float_metric;  // of the first trial's models
  Interval int8_metric;
  std::int64_t rows = 0;
  std::int64_t groups = 0;
  std::int64_t float_bytes = 0;
  std::int64_t int8_bytes = 0;
  std::vector<PairedLatency> latency;
  std::vector<GateCheck> checks;
  bool operator==(const GateVerdict&) const = default;

  // Why of each check that failed.
  std::vector<std::string> reasons() const;
};

// Passes when all of these do:
//   draws, seeds   as many trials as needed
//   accuracy       drop.high <= budget; a trial whose metric has no value (NaN, constant
//                  predictions) makes it infinite
//   bytes          int8_bytes < float_bytes, and <= most_bytes where given
//   latency        for each needed runtime: the upper end of int8 / float <= most_latency_ratio,
//                  measured on a machine that was not busy
// The same question has the same answer: the bootstrap's seed is part of it.
// Throws Error when the fixture has no row or another number of groups than rows, fewer than
// kFewestGroups different groups, no trial at all, or the float model itself has no metric: then
// there is nothing to compare with.
GateVerdict judge(const GateQuestion& question);

// Several lines for a terminal: the verdict first, then each check, the spreads and the counts.
std::string to_text(const GateVerdict& verdict);

}  // namespace tinytorch::pipeline
