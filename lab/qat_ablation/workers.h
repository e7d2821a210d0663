#pragma once
// Runs as processes, a few at a time. What is done stands in a file each, so that an experiment
// that was killed goes on where it was.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lab/qat_ablation/results.h"

namespace tinytorch::lab {

struct Experiment {
  Settings settings;
  std::filesystem::path out;
  int jobs = 2;
  std::string commit;
  std::vector<std::string> arguments;  // what a worker needs to come to the same settings
};

// Measures step times where that is not done, then trains what is missing, each run by this program
// in a process of its own with one thread, at most `jobs` at once. A worker ends when this process
// is killed; its run is then trained anew. Throws Error when the folder holds other settings'
// results, is in use by another process, or when a run fails.
Results run_experiment(const Experiment& experiment);

// What such a worker does: the run's file, or "timing". Throws Error as train_run does.
void run_worker(const Experiment& experiment, const std::string& run, std::int64_t seed);

}  // namespace tinytorch::lab
