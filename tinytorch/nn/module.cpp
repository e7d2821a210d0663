#include "tinytorch/nn/module.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::nn {
namespace {

// Depth first, own tensors before the children's.
template <typename Own>
void collect(const Module& module, const std::string& prefix, Own own,
             std::vector<NamedTensor>& out) {
  for (const auto& [name, tensor] : own(module)) out.emplace_back(prefix + name, tensor);
  for (const auto& [name, child] : module.children()) {
    collect(*child, prefix + name + ".", own, out);
  }
}

const Tensor* find(const std::vector<NamedTensor>& state, const std::string& name) {
  const auto at = std::find_if(state.begin(), state.end(),
                               [&](const NamedTensor& entry) { return entry.first == name; });
  return at == state.end() ? nullptr : &at->second;
}

// Everything that does not fit, in one message: a renamed layer shows as a pair.
std::string mismatches(const std::vector<NamedTensor>& own, const std::vector<NamedTensor>& given) {
  std::string text;
  for (const auto& [name, tensor] : own) {
    const Tensor* value = find(given, name);
    if (value == nullptr) {
      text += concat("; missing ", name);
    } else if (!(value->shape() == tensor.shape())) {
      text += concat("; ", name, " has shape ", to_string(value->shape()), ", the module wants ",
                     to_string(tensor.shape()));
    }
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (find(own, given[i].first) == nullptr) text += concat("; unknown ", given[i].first);
    if (find(given, given[i].first) != &given[i].second) text += concat("; twice ", given[i].first);
  }
  return text;
}

}  // namespace

std::vector<NamedTensor> Module::named_parameters() const {
  std::vector<NamedTensor> out;
  collect(
      *this, "", [](const Module& module) { return module.parameters_; }, out);
  return out;
}

std::vector<NamedTensor> Module::named_buffers() const {
  std::vector<NamedTensor> out;
  collect(
      *this, "", [](const Module& module) { return module.buffers_; }, out);
  return out;
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> out;
  for (const auto& [name, tensor] : named_parameters()) {
    const Tensor& found = tensor;
    const auto is_it = [&](const Tensor& other) { return other.is_same_as(found); };
    if (std::none_of(out.begin(), out.end(), is_it)) out.push_back(tensor);
  }
  return out;
}

std::vector<NamedTensor> Module::state_dict() const {
  std::vector<NamedTensor> out = named_parameters();
  for (NamedTensor& buffer : named_buffers()) out.push_back(std::move(buffer));
  return out;
}

void Module::load_state_dict(const std::vector<NamedTensor>& state) {
  std::vector<NamedTensor> own = state_dict();
  const std::string problems = mismatches(own, state);
  if (!problems.empty()) throw Error("load_state_dict" + problems);
  for (auto& [name, tensor] : own) {
    const std::span<const float> values = find(state, name)->data();
    std::copy(values.begin(), values.end(), tensor.data().begin());
  }
}

std::function<void()> Module::extra_state_restorer() {
  State own = extra_state();
  if (own.empty()) return {};
  return [this, own = std::move(own)] { load_extra_state(own); };
}

std::vector<Tensor> Module::moved_by_forward() const {
  std::vector<Tensor> out;
  for (const auto& [name, tensor] : buffers_) out.push_back(tensor);
  return out;
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& [name, child] : children_) child->train(on);
}

void Module::zero_grad() {
  for (Tensor& parameter : parameters()) parameter.zero_grad();
}

Tensor Module::register_parameter(std::string name, Tensor value) {
  value.set_requires_grad();
  parameters_.emplace_back(std::move(name), value);
  return value;
}

Tensor Module::register_buffer(std::string name, Tensor value) {
  buffers_.emplace_back(std::move(name), value);
  return value;
}

void Module::register_module(std::string name, std::shared_ptr<Module> child) {
  if (child == nullptr) throw Error(concat("module: child ", name, " is a null pointer"));
  children_.emplace_back(std::move(name), std::move(child));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): overrides keep the child
void Module::replace_child(const std::string& name, std::shared_ptr<Module> child) {
  throw Error(concat(describe(), ": cannot replace child ", name, " by ",
                     child == nullptr ? "a null pointer" : child->describe(),
                     "; Sequential, Residual, Graph and the transformer's layers can"));
}

void Module::set_child(const std::string& name, std::shared_ptr<Module> child) {
  if (child == nullptr) throw Error(concat("module: child ", name, " is a null pointer"));
  for (auto& [own, held] : children_) {
    if (own != name) continue;
    held = std::move(child);
    return;
  }
  throw Error(concat(describe(), ": no child ", name));
}

}  // namespace tinytorch::nn
