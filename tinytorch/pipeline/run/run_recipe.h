#pragma once
// A recipe from its first step to its last: train, quantize, export, judge.

#include <filesystem>
#include <string>

#include "tinytorch/pipeline/run/figures.h"
#include "tinytorch/pipeline/run/sensitivity.h"

namespace tinytorch::pipeline {

struct RunOptions {
  bool smoke = false;
  bool resume = false;              // go on with what is in the folder's state/; anew without
  bool quiet = false;               // nothing on standard error
  double checkpoint_seconds = 5.0;  // between two checkpoints within an epoch
  std::filesystem::path folder{};   // empty: build/models/<name>, with "-smoke" behind a smoke run
};

enum class LastStep { kTrain, kQuantize, kExport };

struct FormVerdict {
  Form form = Form::kFp32;
  bool measured = false;
  bool passed = false;
  double metric = 0.0;      // of the shipped model
  double worst_drop = 0.0;  // over seeds and draws
  double mean_drop = 0.0;
  std::int64_t weight_bytes = 0;
  double step_cost = 0.0;  // time of a step in integers, in float steps; 0 where none was trained
  std::string reason{};    // why it did not pass, or was not measured
};

// A figure that no gate judges.
struct Aside {
  std::string name;  // "weight-only int4"
  double metric = 0.0;
  std::int64_t weight_bytes = 0;
};

struct RunResult {
  Form shipped = Form::kFp32;
  double float_metric = 0.0;
  std::vector<FormVerdict> forms{};
  std::vector<Aside> asides{};                  // of a language model: weights alone
  std::vector<LayerSensitivity> sensitivity{};  // where the recipe asks for it
  double checkpoint_seconds = 5.0;              // between two checkpoints within an epoch
  std::filesystem::path folder{};
};

// Runs the recipe up to `last`. Throws Error on what is wrong with recipe, data or folder, and
// Interrupted.
RunResult run_recipe(const std::string& recipe_file, const RunOptions& options, LastStep last);

}  // namespace tinytorch::pipeline
