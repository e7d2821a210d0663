#pragma once
// What one run left behind, as a value and as JSON.

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::lab {

struct Score {
  double plain = 0.0;    // bits a byte on the validation chapters, windows side by side
  double sliding = 0.0;  // the same with a sliding window
};

// Of one way to store what was trained: what comes back from the bytes.
struct StoredResult {
  std::string storage{};
  Score score{};
  std::int64_t bytes = 0;
};

struct RunResult {
  std::string run{};
  std::int64_t seed = 0;
  std::int64_t steps = 0;  // updates, those of the shared beginning included
  Score before{};          // the float weights, not stored
  std::vector<StoredResult> stored{};
  std::int64_t changed = 0;       // weights that the last forward pass saw with another value
  std::int64_t clipped = 0;       // and those whose gradient was masked
  double logit_difference = 0.0;  // the largest between float and quantized weights
  // Processor time; 0 where there was no such step.
  double float_ms = 0.0;      // the median float step
  double quantized_ms = 0.0;  // the median quantized step after the first
  double first_quantized_ms = 0.0;
  double seconds = 0.0;  // of the whole run, evaluation included
  std::string commit{};
};

std::string to_json(const RunResult& result);
// Throws Error naming what is missing.
RunResult run_result_from_json(const std::string& json);

// A step in one of the ways that are compared, beside the float step next to it.
struct StepTime {
  std::string arm{};
  double ms = 0.0;     // median
  double ratio = 0.0;  // over the float step: the median of pairs
  double half = 0.0;   // of the interval of the ratio
};

struct Timing {
  std::vector<StepTime> arms{};
  std::string commit{};
  const StepTime& find(const std::string& arm) const;  // throws Error when it is not there
};

std::string to_json(const Timing& timing);
Timing timing_from_json(const std::string& json);

}  // namespace tinytorch::lab
