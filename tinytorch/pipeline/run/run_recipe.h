#pragma once
// A recipe from its first step to its last: train, quantize, export, judge.

#include <filesystem>
#include <string>

#include "tinytorch/pipeline/gate/result.h"
#include "tinytorch/pipeline/recipe/recipe.h"

namespace tinytorch::pipeline {

struct RunOptions {
  bool smoke = false;
  bool resume = false;              // go on with what is in the folder's state/; anew without
  bool quiet = false;               // nothing on standard error
  double checkpoint_seconds = 5.0;  // between two checkpoints within an epoch
  std::filesystem::path folder{};   // empty: build/models/<name>, "-smoke" behind a smoke run
  bool in_onnxruntime = false;      // latency too; without, the gate says that it was not measured
};

enum class LastStep { kTrain, kQuantize, kExport };

struct RunResult {
  ModelResult record;
  double float_metric = 0.0;
  std::filesystem::path folder;
};

// Runs the recipe up to `last`; with kExport the folder holds its files, result.json and
// report.html. Throws Error on what is wrong with recipe, data or folder, and Interrupted.
RunResult run_recipe(const std::string& recipe_file, const RunOptions& options, LastStep last);

}  // namespace tinytorch::pipeline
