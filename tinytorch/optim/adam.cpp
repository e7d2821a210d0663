#include "tinytorch/optim/adam.h"

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
}

void Adam::step() {
  steps_.data()[0] += 1.0f;
  const AdamStep step{.learning_rate = learning_rate_,
                      .beta1 = options_.beta1,
                      .beta2 = options_.beta2,
                      .epsilon = options_.epsilon,
                      .weight_decay = options_.weight_decay,
                      .t = static_cast<std::int64_t>(steps_.item())};
  const auto update = decay_ == Decay::kDecoupled ? adamw_update : adam_update;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    update(parameter.data(), parameter.grad().data(), first_[i].data(), second_[i].data(), step);
  }
}

std::vector<std::pair<std::string, Tensor>> Adam::state() const {
  std::vector<std::pair<std::string, Tensor>> entries;
  for (std::size_t i = 0; i < first_.size(); ++i) {
    entries.emplace_back(concat(i, ".exp_avg"), first_[i]);
    entries.emplace_back(concat(i, ".exp_avg_sq"), second_[i]);
  }
  entries.emplace_back("steps", steps_);
  return entries;
}

}  // namespace tinytorch::optim
