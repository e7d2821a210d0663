#pragma once
// Everything an experiment found, in one value and one file: what tables, picture and page are made
// of.

#include <filesystem>
#include <string>
#include <vector>

#include "lab/qat_ablation/plan.h"
#include "lab/qat_ablation/run_result.h"
#include "milestones/support/paired_interval.h"

namespace tinytorch::lab {

struct Results {
  std::string name{};         // "full", "smoke", "600 steps"
  std::string fingerprint{};  // settings.h
  std::string machine{};
  std::int64_t seeds = 0;
  std::int64_t steps = 0;  // of the float run
  std::int64_t late_start = 0;
  int extras_bits = 6;
  Timing timing{};
  std::vector<RunResult> runs{};  // in the plan's order, seed by seed, "prefix" included
};

std::string to_json(const Results& results);
Results results_from_json(const std::string& json);

// What training gave, without times: one line for each seed of each cell. The same bytes for the
// same step counts, whoever computed them and however often they were interrupted.
std::string results_csv(const Results& results);
// What training took, one line a run and seed.
std::string times_csv(const Results& results);

// One figure of a cell, a value a seed. Throw Error when a run or a storage is not there.
enum class Figure { kBefore, kBeforeSliding, kAfter, kAfterSliding, kBytes };
std::vector<double> figures(const Results& results, const std::string& run,
                            const std::string& storage, Figure figure);
std::vector<const RunResult*> runs_named(const Results& results, const std::string& run);

}  // namespace tinytorch::lab
