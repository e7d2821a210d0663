// What early stopping remembers, for checkpoints.
#include <cmath>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/train/early_stopping.h"

namespace tinytorch::train {

State EarlyStopping::state() const {
  State state;
  state.add("best_loss", State::Reals{best_loss_});
  state.add("best_epoch", best_epoch_);
  state.add("waited", waited_);
  for (const auto& [name, tensor] : best_state_) {
    const std::span<const float> values = tensor.data();
    state.add("model." + name, State::Floats(values.begin(), values.end()));
    state.add("shape." + name, tensor.shape().sizes());
  }
  return state;
}

void EarlyStopping::load_state(const State& state) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const double best_loss = state.reals("best_loss", 1).front();
  const std::int64_t best_epoch = state.integer("best_epoch", 0, kMost);
  const std::int64_t waited = state.integer("waited", 0, kMost);
  if (std::isnan(best_loss)) throw Error("early stopping: the best loss of its state is nan");
  std::vector<nn::NamedTensor> best_state;
  const State model = state.below("model");
  for (const auto& [name, values] : model.entries()) {
    best_state.emplace_back(name,
                            Tensor(Shape(state.integers("shape." + name)), model.floats(name)));
  }
  if (state.entries().size() != 3 + 2 * best_state.size()) {
    throw Error("early stopping: its state has entries that are unknown or twice");
  }
  best_loss_ = best_loss;
  best_epoch_ = best_epoch;
  waited_ = waited;
  best_state_ = std::move(best_state);
}

}  // namespace tinytorch::train
