// Where a loader is, for checkpoints.
#include <algorithm>
#include <numeric>

#include "tinytorch/core/error.h"
#include "tinytorch/data/data_loader.h"

namespace tinytorch::data {

State DataLoader::state() const {
  State state;
  state.add("rng", rng_);
  state.add("order", order_);
  state.add("position", position_);
  return state;
}

void DataLoader::load_state(const State& state) {
  state.require_names_of(this->state());
  const Rng::State rng = state.rng("rng");
  const State::Integers& order = state.integers("order");
  std::vector<std::int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::int64_t> expected(static_cast<std::size_t>(dataset_.size()));
  std::iota(expected.begin(), expected.end(), std::int64_t{0});
  if (!order.empty() && sorted != expected) {
    throw Error(concat("data loader: the order in its state has ", order.size(),
                       " examples; the dataset has ", expected.size(), ", each once"));
  }
  position_ = state.integer("position", 0, static_cast<std::int64_t>(order.size()));
  order_ = order;
  rng_.set_state(rng);
}

}  // namespace tinytorch::data
