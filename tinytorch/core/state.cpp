#include "tinytorch/core/state.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>

#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

template <typename T>
const std::vector<T>& typed(const State::Values& values, const std::string& name,
                            const char* type) {
  if (const auto* found = std::get_if<std::vector<T>>(&values)) return *found;
  throw Error(concat("state: ", name, " does not hold ", type));
}

template <typename T>
const std::vector<T>& counted(const std::vector<T>& values, const std::string& name,
                              std::size_t count) {
  if (values.size() == count) return values;
  throw Error(concat("state: ", name, " has ", values.size(), " values; expected ", count));
}

}  // namespace

void State::add(const std::string& name, const State& inner) {
  for (const auto& [below, values] : inner.entries_) add(name + "." + below, values);
}

void State::add(const std::string& name, const Rng& rng) {
  const Rng::State& state = rng.state();
  Integers words;
  for (const std::uint64_t word : state.words) words.push_back(std::bit_cast<std::int64_t>(word));
  add(name + ".words", std::move(words));
  add(name + ".spare", state.has_spare ? Reals{state.spare} : Reals{});
}

bool State::contains(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.first == name; });
}

State State::below(const std::string& name) const {
  State inner;
  for (const auto& [own, values] : entries_) {
    if (own.starts_with(name + ".")) inner.add(own.substr(name.size() + 1), values);
  }
  return inner;
}

const State::Values& State::values(const std::string& name) const {
  for (const auto& [own, values] : entries_) {
    if (own == name) return values;
  }
  throw Error(concat("state: ", name, " is missing"));
}

const State::Integers& State::integers(const std::string& name) const {
  return typed<std::int64_t>(values(name), name, "integers");
}

const State::Integers& State::integers(const std::string& name, std::size_t count) const {
  return counted(integers(name), name, count);
}

const State::Floats& State::floats(const std::string& name) const {
  return typed<float>(values(name), name, "floats");
}

const State::Floats& State::floats(const std::string& name, std::size_t count) const {
  return counted(floats(name), name, count);
}

const State::Reals& State::reals(const std::string& name) const {
  return typed<double>(values(name), name, "doubles");
}

const State::Reals& State::reals(const std::string& name, std::size_t count) const {
  return counted(reals(name), name, count);
}

std::int64_t State::integer(const std::string& name, std::int64_t least, std::int64_t most) const {
  const std::int64_t value = integers(name, 1).front();
  if (value >= least && value <= most) return value;
  throw Error(concat("state: ", name, " is ", value, "; expected ", least, " to ", most));
}

Rng::State State::rng(const std::string& name) const {
  const Integers& words = integers(name + ".words", 4);
  const Reals& spare = reals(name + ".spare");
  if (spare.size() > 1)
    throw Error(concat("state: ", name, ".spare has ", spare.size(), " values"));
  Rng::State state;
  for (std::size_t i = 0; i < words.size(); ++i) {
    state.words[i] = std::bit_cast<std::uint64_t>(words[i]);
  }
  state.has_spare = !spare.empty();
  if (state.has_spare) state.spare = spare.front();
  return state;
}

void State::require_names_of(const State& other) const {
  std::set<std::string> own;
  std::set<std::string> theirs;
  std::string problems;
  for (const auto& [name, values] : entries_) {
    if (!own.insert(name).second) problems += "; twice " + name;
  }
  for (const auto& [name, values] : other.entries_) {
    theirs.insert(name);
    if (!own.contains(name)) problems += "; missing " + name;
  }
  for (const std::string& name : own) {
    if (!theirs.contains(name)) problems += "; unknown " + name;
  }
  if (!problems.empty()) throw Error("state" + problems);
}

void Stateful::load_state(const State& state) { state.require_names_of({}); }

}  // namespace tinytorch
