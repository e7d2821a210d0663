#pragma once
// What every step of a run works with.

#include <filesystem>
#include <map>
#include <memory>

#include "tinytorch/nn/module.h"
#include "tinytorch/pipeline/data/model_data.h"
#include "tinytorch/pipeline/recipe/recipe.h"
#include "tinytorch/pipeline/run/phase.h"

namespace tinytorch::pipeline {

struct Job {
  Recipe recipe;  // as --smoke has it, where that was asked for
  bool smoke = false;
  double checkpoint_seconds = 5.0;
  ModelData data{};
  std::filesystem::path folder{};  // of what is made: build/models/<name>
  Progress& progress;
  std::map<std::string, int> allocated_bits{};  // by path, from quantize.sensitivity
  std::string state_prefix{};  // of its checkpoints, where a run has several jobs: "fold3-"
  // Of those who open a finished run again: a checkpoint that is missing or unfinished is an Error.
  bool only_finished = false;

  // "3f2a…, smoke": what a checkpoint belongs to.
  std::string variant() const { return recipe.hash + (smoke ? ", smoke" : ""); }
  std::filesystem::path state(const std::string& name) const {
    return folder / "state" / (state_prefix + name);
  }
};

// Training of one seed in float, from its checkpoint where there is one.
struct TrainedFloat {
  std::shared_ptr<nn::Module> model{};  // in eval mode
  PhaseCounts counts{};
  std::int64_t parameters = 0;
};
TrainedFloat train_float(const Job& job, std::int64_t seed);

// Quantization-aware training that begins with the weights of `trained`, which stays as it is. The
// weights are carried over by name, all of them or an Error; `matched` counts them.
struct TrainedIntegers {
  std::shared_ptr<nn::Module> model{};
  std::shared_ptr<quantization::QatNetwork> net{};  // in eval mode
  PhaseCounts counts{};
  std::int64_t matched = 0;
};
TrainedIntegers train_integers(const Job& job, const nn::Module& trained,
                               const quantization::QConfig& config, std::int64_t seed);

// The model's answers to `inputs`, in batches of 64, in eval mode and without recording.
Tensor predictions(const std::function<Tensor(const Tensor&)>& model, const Tensor& inputs);
Tensor predictions(nn::Module& model, const Tensor& inputs);

}  // namespace tinytorch::pipeline
