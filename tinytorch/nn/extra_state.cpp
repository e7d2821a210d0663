#include "tinytorch/nn/extra_state.h"

#include <algorithm>
#include <string>

#include "tinytorch/core/error.h"

namespace tinytorch::nn {
namespace {

// Each module of the tree with its path; "" is the root's.
void collect(Module& module, const std::string& path,
             std::vector<std::pair<std::string, Module*>>& out) {
  out.emplace_back(path, &module);
  for (const auto& [name, child] : module.children()) {
    collect(*child, path.empty() ? name : path + "." + name, out);
  }
}

void add_tree(const Module& module, const std::string& path, State& out) {
  const State own = module.extra_state();
  if (path.empty()) {
    for (const auto& [name, values] : own.entries()) out.add(name, values);
  } else {
    out.add(path, own);
  }
  for (const auto& [name, child] : module.children()) {
    add_tree(*child, path.empty() ? name : path + "." + name, out);
  }
}

// The part of `state` that `module` itself wrote.
State own_part(const Module& module, const std::string& path, const State& state) {
  const State here = path.empty() ? state : state.below(path);
  State own;
  for (const auto& [name, values] : module.extra_state().entries()) {
    for (const auto& [other, given] : here.entries()) {
      if (other == name) own.add(name, given);
    }
  }
  return own;
}

}  // namespace

State extra_state_of(const Module& module) {
  State state;
  add_tree(module, "", state);
  return state;
}

void load_extra_state(Module& module, const State& state) {
  state.require_names_of(extra_state_of(module));
  std::vector<std::pair<std::string, Module*>> modules;
  collect(module, "", modules);
  std::vector<State> before;
  try {
    for (const auto& [path, each] : modules) {
      State own = own_part(*each, path, state);
      if (own.empty()) continue;
      before.push_back(each->extra_state());
      each->load_extra_state(own);
    }
  } catch (...) {
    std::size_t done = 0;
    for (const auto& [path, each] : modules) {
      if (each->extra_state().empty()) continue;
      if (done == before.size()) break;
      each->load_extra_state(before[done++]);
    }
    throw;
  }
}

StepGuard::StepGuard(Module& module) { remember(module); }

void StepGuard::remember(Module& module) {
  for (const Tensor& buffer : module.moved_by_forward()) {
    const std::span<const float> values = buffer.data();
    buffers_.emplace_back(buffer, std::vector<float>(values.begin(), values.end()));
  }
  if (auto restorer = module.extra_state_restorer()) restorers_.push_back(std::move(restorer));
  for (const auto& [name, child] : module.children()) remember(*child);
}

StepGuard::~StepGuard() {
  if (kept_) return;
  for (auto& [buffer, values] : buffers_) {
    std::copy(values.begin(), values.end(), buffer.data().begin());
  }
  for (const auto& restore : restorers_) restore();
}

}  // namespace tinytorch::nn
