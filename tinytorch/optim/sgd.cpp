#include "tinytorch/optim/sgd.h"

#include "tinytorch/core/error.h"
#include "tinytorch/optim/updates.h"

namespace tinytorch::optim {

SGD::SGD(const std::vector<Tensor>& parameters, const SGDOptions& options)
    : Optimizer(parameters, options.learning_rate), options_(options) {
  if (!(options.momentum >= 0.0f && options.momentum < 1.0f) || !(options.weight_decay >= 0.0f)) {
    throw Error(concat("sgd: momentum ", options.momentum, " and weight decay ",
                       options.weight_decay, "; expected [0, 1) and 0 or more"));
  }
  if (options.nesterov && options.momentum == 0.0f) {
    throw Error("sgd: nesterov looks ahead along the momentum; it needs a momentum above 0");
  }
  if (options.momentum > 0.0f) velocity_ = zeros_like_parameters();
}

void SGD::step() {
  const MomentumStep step{.learning_rate = learning_rate_,
                          .momentum = options_.momentum,
                          .weight_decay = options_.weight_decay,
                          .nesterov = options_.nesterov};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    if (velocity_.empty()) {
      sgd_update(parameter.data(), parameter.grad().data(), learning_rate_, options_.weight_decay);
    } else {
      momentum_update(parameter.data(), parameter.grad().data(), velocity_[i].data(), step);
    }
  }
}

void SGD::add_own_state(State& state) const { add_tensors(state, "momentum", velocity_); }

void SGD::take_own_state(const State& state) {
  check_tensors(state, "momentum", velocity_);
  take_tensors(state, "momentum", velocity_);
}

}  // namespace tinytorch::optim
