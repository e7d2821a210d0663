#pragma once
// The cells of the experiment: what is trained, and how what was trained is stored.
//
// A run is trained once a seed; a cell is a run with one way to store it. Runs that would come out
// the same, to the bit, are one run: the three ways to the quantile differ in time alone, and runs
// that quantize late go on from the float run's checkpoint.

#include <cstdint>
#include <string>
#include <vector>

#include "lab/qat_ablation/settings.h"
#include "tinytorch/quantization/qat/weight_qat.h"

namespace tinytorch::lab {

enum class Start { kNever, kFirst, kLate };
enum class Rows { kQuantile, kSearch, kMax };  // where rows are clipped
enum class Way { kTopK, kNthElement, kSort };  // to the quantile

// How matrices are stored.
struct Storage {
  int bits = 8;
  Rows rows = Rows::kQuantile;
  bool faithful_floor = false;  // a row's scale is at least 1/levels
  bool half_embedding = false;  // token embedding and head stay halves
};

// "int6", "int6 faithful floor", …
std::string name_of(const Storage& storage);
quantization::WeightQatOptions options_of(const Storage& storage);

struct Run {
  std::string name;  // of its files: "int6-late", "int8-first-time-sort"
  Start start = Start::kNever;
  std::vector<Storage> stored{};  // of a quantized run the one it is trained for
  bool equal_time = false;        // as many steps as fit into the float run's processor time
  Way way = Way::kTopK;           // whose time counts; the weights are the same
  bool long_warmdown = false;
  bool prefix = false;  // only the beginning that others share; its checkpoint is what counts
};

// All runs of a seed. The first is "prefix", the second "float".
std::vector<Run> all_runs(const Settings& settings);
// Throws Error when there is none of that name.
const Run& find_run(const std::vector<Run>& runs, const std::string& name);

// Whose step time decides how long an equal-time run is: "int8", "int8 sort".
std::string timed_arm(const Run& run);

// How many steps fit into the processor time of `steps` float steps, `begin` of which stay float,
// when a quantized one takes `ratio` times as long: begin + ⌊(steps − begin) / ratio⌋.
std::int64_t equal_time_steps(std::int64_t steps, std::int64_t begin, double ratio);

}  // namespace tinytorch::lab
