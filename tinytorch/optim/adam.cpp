#include "tinytorch/optim/adam.h"

#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/optim/updates.h"

namespace tinytorch::optim {

Adam::Adam(const std::vector<Tensor>& parameters, const AdamOptions& options)
    : Adam(parameters, options, Decay::kInGradient) {}

Adam::Adam(const std::vector<Tensor>& parameters, const AdamOptions& options, Decay decay)
    : Optimizer(parameters, options.learning_rate), options_(options), decay_(decay) {
  const auto is_fraction = [](float value) { return value >= 0.0f && value < 1.0f; };
  if (!is_fraction(options.beta1) || !is_fraction(options.beta2)) {
    throw Error(
        concat("adam: betas ", options.beta1, " and ", options.beta2, "; both must be in [0, 1)"));
  }
  if (!(options.epsilon >= 0.0f) || !(options.weight_decay >= 0.0f)) {
    throw Error(concat("adam: epsilon ", options.epsilon, " and weight decay ",
                       options.weight_decay, "; both must be 0 or more"));
  }
  first_ = zeros_like_parameters();
  second_ = zeros_like_parameters();
  steps_.resize(parameters_.size());
}

void Adam::step() {
  AdamStep step{.learning_rate = learning_rate_,
                .beta1 = options_.beta1,
                .beta2 = options_.beta2,
                .epsilon = options_.epsilon,
                .weight_decay = options_.weight_decay};
  const auto update = decay_ == Decay::kDecoupled ? adamw_update : adam_update;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    step.t = ++steps_[i];
    update(parameter.data(), parameter.grad().data(), first_[i].data(), second_[i].data(), step);
  }
}

void Adam::add_own_state(State& state) const {
  add_tensors(state, "exp_avg", first_);
  add_tensors(state, "exp_avg_sq", second_);
  for (std::size_t i = 0; i < steps_.size(); ++i) state.add(concat(i, ".step"), steps_[i]);
}

void Adam::take_own_state(const State& state) {
  check_tensors(state, "exp_avg", first_);
  check_tensors(state, "exp_avg_sq", second_);
  std::vector<std::int64_t> steps;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    steps.push_back(
        state.integer(concat(i, ".step"), 0, std::numeric_limits<std::int64_t>::max() - 1));
  }
  take_tensors(state, "exp_avg", first_);
  take_tensors(state, "exp_avg_sq", second_);
  steps_ = std::move(steps);
}

}  // namespace tinytorch::optim
