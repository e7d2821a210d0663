#include "tinytorch/pipeline/run/folds.h"

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/metrics.h"
#include "tinytorch/pipeline/run/figures.h"

namespace tinytorch::pipeline {
namespace {

// Rows of several tensors behind each other.
Tensor joined(const std::vector<Tensor>& parts) {
  if (parts.size() == 1) return parts.front();
  std::vector<std::int64_t> sizes = parts.front().shape().sizes();
  std::vector<float> values;
  sizes.front() = 0;
  for (const Tensor& part : parts) {
    const auto from = part.data();
    values.insert(values.end(), from.begin(), from.end());
    sizes.front() += part.size(0);
  }
  return {Shape(sizes), std::move(values)};
}

Job fold_of(const Job& job, std::int64_t fold) {
  Recipe recipe = job.recipe;
  recipe.data.fold = fold;
  ModelData data = load_data(recipe);
  return Job{.recipe = std::move(recipe),
             .smoke = job.smoke,
             .checkpoint_seconds = job.checkpoint_seconds,
             .data = std::move(data),
             .folder = job.folder,
             .progress = job.progress,
             .state_prefix = concat("fold", fold, "-")};
}

}  // namespace

Folds::Folds(Job job) {
  const DataSpec data = job.recipe.data;
  folds_.push_back({.job = std::move(job)});
  if (!data.cross_validate) return;
  for (std::int64_t fold = 0; fold < data.folds; ++fold) {
    if (fold != data.fold) folds_.push_back({.job = fold_of(folds_.front().job, fold)});
  }
}

void Folds::train(std::int64_t seed) {
  for (Fold& fold : folds_) {
    fold.trained.push_back(train_float(fold.job, seed));
    const Tensor floats = predictions(*fold.trained.back().model, fold.job.data.fixture_inputs);
    if (!fold.job.data.fixture_targets.defined()) fold.job.data.fixture_targets = floats;
    fold.float_answers.push_back(answers(fold.job, floats));
  }
}

void Folds::set_allocated_bits(const std::map<std::string, int>& bits) {
  for (Fold& fold : folds_) fold.job.allocated_bits = bits;
}

Fixture Folds::fixture() const {
  Fixture all;
  std::vector<Tensor> inputs;
  std::vector<Tensor> targets;
  for (const Fold& fold : folds_) {
    const Fixture one = fixture_of(fold.job);
    inputs.push_back(one.inputs);
    targets.push_back(one.targets);
    all.groups.insert(all.groups.end(), one.groups.begin(), one.groups.end());
  }
  all.inputs = joined(inputs);
  all.targets = joined(targets);
  return all;
}

double Folds::float_metric(std::size_t seed) const {
  std::vector<Tensor> floats;
  for (const Fold& fold : folds_) floats.push_back(fold.float_answers[seed]);
  return measure(metric_of_recipe(job().recipe.budget.metric), joined(floats), fixture().targets);
}

Trial Folds::trial(const std::string& label, std::size_t seed, const Make& make,
                   Deployed* shipped) const {
  std::vector<Tensor> floats;
  std::vector<Tensor> integers;
  for (const Fold& fold : folds_) {
    Deployed deployed = make(fold.job, fold.trained[seed]);
    floats.push_back(fold.float_answers[seed]);
    integers.push_back(answers(fold.job, fixture_predictions(fold.job, deployed)));
    if (shipped != nullptr && &fold == &folds_.front()) *shipped = std::move(deployed);
  }
  return {label, joined(floats), joined(integers)};
}

}  // namespace tinytorch::pipeline
