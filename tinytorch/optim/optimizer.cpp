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

void Optimizer::load_state(const std::vector<std::pair<std::string, Tensor>>& given) {
  auto own = state();
  if (own.size() != given.size()) {
    throw Error(concat("optimizer: ", given.size(), " state entries given, ", own.size(),
                       " expected; is it the same optimizer and model?"));
  }
  std::vector<const Tensor*> values;
  for (const auto& entry : own) {
    const auto at = std::find_if(given.begin(), given.end(), [&](const auto& candidate) {
      return candidate.first == entry.first;
    });
    if (at == given.end() || !(at->second.shape() == entry.second.shape())) {
      throw Error(concat("optimizer: state ", entry.first, " of shape ",
                         to_string(entry.second.shape()),
                         at == given.end() ? " is missing" : " is given with another shape"));
    }
    values.push_back(&at->second);
  }
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::span<const float> from = values[i]->data();
    std::copy(from.begin(), from.end(), own[i].second.data().begin());
  }
}

std::vector<Tensor> Optimizer::zeros_like_parameters() const {
  std::vector<Tensor> result;
  for (const Tensor& parameter : parameters_) result.emplace_back(parameter.shape());
  return result;
}

}  // namespace tinytorch::optim
