#include "tinytorch/optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::optim {
namespace {

void check_rate(float rate) {
  if (!(rate >= 0.0f) || !std::isfinite(rate)) {
    throw Error(concat("optimizer: learning rate ", rate, "; expected a finite number, 0 or more"));
  }
}

void check_parameter(const std::vector<Tensor>& parameters, std::size_t i) {
  const Tensor& parameter = parameters[i];
  if (!parameter.defined() || parameter.node() != nullptr) {
    throw Error(concat("optimizer: parameter ", i, " is ",
                       parameter.defined() ? "the result of an operation" : "undefined",
                       "; expected a leaf, see Module::parameters()"));
  }
  for (std::size_t j = 0; j < i; ++j) {
    const Tensor& other = parameters[j];
    if (parameter.numel() == 0 || other.is_same_as(parameter)) continue;
    if (parameter.data().data() == other.data().data()) {
      throw Error(concat("optimizer: parameters ", j, " and ", i,
                         " share their values, but each has a gradient of its own; tie layers by "
                         "giving both the same Tensor, not its view or detach()"));
    }
  }
}

// What `parameters` names, each once.
std::vector<Tensor> distinct(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> result;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    check_parameter(parameters, i);
    const auto is_it = [&](const Tensor& other) { return other.is_same_as(parameters[i]); };
    if (std::none_of(result.begin(), result.end(), is_it)) result.push_back(parameters[i]);
  }
  return result;
}

}  // namespace

Optimizer::Optimizer(const std::vector<Tensor>& parameters, float learning_rate)
    : parameters_(distinct(parameters)), learning_rate_(learning_rate) {
  check_rate(learning_rate);
}

void Optimizer::zero_grad() {
  for (Tensor& parameter : parameters_) parameter.zero_grad();
}

void Optimizer::set_learning_rate(float value) {
  check_rate(value);
  learning_rate_ = value;
}

State Optimizer::state() const {
  State state;
  state.add("learning_rate", State::Floats{learning_rate_});
  add_own_state(state);
  return state;
}

void Optimizer::load_state(const State& state) {
  try {
    state.require_names_of(this->state());
    const float rate = state.floats("learning_rate", 1).front();
    check_rate(rate);
    take_own_state(state);
    learning_rate_ = rate;
  } catch (const Error& error) {
    throw Error(concat("optimizer: ", error.what(), "; is it the same optimizer and model?"));
  }
}

void Optimizer::add_tensors(State& state, const std::string& name,
                            const std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::span<const float> values = tensors[i].data();
    state.add(concat(i, ".", name), State::Floats(values.begin(), values.end()));
  }
}

void Optimizer::check_tensors(const State& state, const std::string& name,
                              const std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    (void)state.floats(concat(i, ".", name), tensors[i].data().size());
  }
}

void Optimizer::take_tensors(const State& state, const std::string& name,
                             std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const State::Floats& values = state.floats(concat(i, ".", name));
    std::copy(values.begin(), values.end(), tensors[i].data().begin());
  }
}

std::vector<Tensor> Optimizer::zeros_like_parameters() const {
  std::vector<Tensor> result;
  for (const Tensor& parameter : parameters_) result.emplace_back(parameter.shape());
  return result;
}

}  // namespace tinytorch::optim
