#pragma once
// The data of a recipe: a training set and a held-out fixture that share no group. A group is what
// examples have in common that a model could learn by heart: a photograph, a clip, a chapter; where
// there is nothing of the kind, the single image.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tinytorch/data/dataset.h"
#include "tinytorch/pipeline/recipe/recipe.h"

namespace tinytorch::pipeline {

// Features are standardized: (x − mean) / deviation, both of the training set.
struct Scaler {
  std::vector<float> mean{};
  std::vector<float> deviation{};
};

struct ModelData {
  std::shared_ptr<data::Dataset> train{};
  std::vector<std::string> train_groups{};  // one a row
  Tensor fixture_inputs;                    // [N, …], standardized where there is a scaler
  Tensor fixture_raw;                       // the same before that: what an exported file takes
  Tensor fixture_targets;  // [N, …]; labels as numbers, [N] or [N, tokens]; undefined: the float
                           // model's own outputs
  std::vector<std::string> fixture_groups{};
  std::optional<Scaler> scaler;
  std::string target{};  // what is predicted, in words
};

// The set that the recipe names, split, cut and standardized. It does not depend on any seed of the
// recipe: all seeds are judged by one fixture. Throws Error naming the recipe when a group would
// have to stand on both sides or one side has nothing, and as the readers of the files do.
ModelData load_data(const Recipe& recipe);

// Of `groups`, which may name one many times, those that are held out: data.holdout of the
// different names, at least one, or part data.fold of data.folds. Drawn by a fixed seed.
std::vector<std::string> held_out(const std::vector<std::string>& groups, const DataSpec& data);

// `count` different rows of the training set, ascending, drawn by `draw`: a calibration set.
std::vector<std::int64_t> calibration_rows(const ModelData& data, std::int64_t count,
                                           std::uint64_t draw);

}  // namespace tinytorch::pipeline
