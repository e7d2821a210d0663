#pragma once
// State: what an object remembers besides tensors of a model, as named numbers, so that a
// checkpoint can hold it and a refused step can put it back. Given (state.cpp).

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tinytorch/core/rng.h"

namespace tinytorch {

class State {
 public:
  using Integers = std::vector<std::int64_t>;
  using Floats = std::vector<float>;
  using Reals = std::vector<double>;
  using Values = std::variant<Integers, Floats, Reals>;
  using Entry = std::pair<std::string, Values>;

  void add(std::string name, Values values) {
    entries_.emplace_back(std::move(name), std::move(values));
  }
  void add(std::string name, std::int64_t value) { add(std::move(name), Integers{value}); }
  // Every entry of `inner`, as "<name>.<its name>".
  void add(const std::string& name, const State& inner);
  // A generator, as "<name>.words" and "<name>.spare".
  void add(const std::string& name, const Rng& rng);

  const std::vector<Entry>& entries() const& { return entries_; }
  std::vector<Entry> entries() && { return std::move(entries_); }  // of a state nobody keeps
  bool empty() const { return entries_.empty(); }
  bool contains(const std::string& name) const;
  // What add(name, State) put there.
  State below(const std::string& name) const;

  // Throw Error naming the entry when it is missing or of another type, and, with a `count`, when
  // it has another number of values.
  const Integers& integers(const std::string& name) const;
  const Integers& integers(const std::string& name, std::size_t count) const;
  const Floats& floats(const std::string& name) const;
  const Floats& floats(const std::string& name, std::size_t count) const;
  const Reals& reals(const std::string& name) const;
  const Reals& reals(const std::string& name, std::size_t count) const;
  // One integer in [least, most].
  std::int64_t integer(const std::string& name, std::int64_t least, std::int64_t most) const;
  Rng::State rng(const std::string& name) const;

  // Throws Error naming every entry that only one of the two has, or has twice.
  void require_names_of(const State& other) const;

 private:
  const Values& values(const std::string& name) const;

  std::vector<Entry> entries_;
};

// What has a state that a checkpoint keeps: optimizers, loaders, callbacks, observers.
class Stateful {
 public:
  virtual ~Stateful() = default;
  // Copies: nothing done to them changes the object. Empty for what remembers nothing.
  virtual State state() const { return {}; }
  // Goes on where `state` was taken. Throws Error naming what is missing, unknown or does not fit,
  // and then leaves the object as it was.
  virtual void load_state(const State& state);
};

}  // namespace tinytorch
