// What a QatNetwork remembers, for checkpoints and for steps that are refused.
#include "tinytorch/quantization/qat/detail/qat_graph_state.h"

#include <limits>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {
namespace {

std::string observer_name(std::size_t value) { return concat("observer.", value); }
std::string shape_name(std::size_t value) { return concat("shape.", value); }

}  // namespace

State QatNetwork::extra_state() const {
  State state;
  state.add("phase", std::int64_t{phase_ == QatPhase::kQuantize});
  state.add("steps", steps_);
  state.add("observers_frozen", std::int64_t{observers_frozen_});
  state.add("batch_norm_frozen", std::int64_t{batch_norm_frozen_});
  for (std::size_t value = 0; value < state_->shapes.size(); ++value) {
    const auto& observer = state_->observers[value];
    if (observer != nullptr) state.add(observer_name(value), observer->state());
    state.add(shape_name(value), state_->shapes[value].sizes());
  }
  return state;
}

void QatNetwork::load_extra_state(const State& state) {
  const State before = extra_state();
  state.require_names_of(before);
  const bool quantize = state.integer("phase", 0, 1) != 0;
  const std::int64_t steps = state.integer("steps", 0, std::numeric_limits<std::int64_t>::max());
  const bool observers = state.integer("observers_frozen", 0, 1) != 0;
  const bool batch_norm = state.integer("batch_norm_frozen", 0, 1) != 0;
  std::vector<Shape> shapes;
  for (std::size_t value = 0; value < state_->shapes.size(); ++value) {
    shapes.emplace_back(state.integers(shape_name(value)));
  }
  std::size_t value = 0;
  try {
    for (; value < state_->observers.size(); ++value) {
      const auto& observer = state_->observers[value];
      if (observer != nullptr) observer->load_state(state.below(observer_name(value)));
    }
  } catch (...) {
    while (value-- > 0) {
      const auto& observer = state_->observers[value];
      if (observer != nullptr) observer->load_state(before.below(observer_name(value)));
    }
    throw;
  }
  phase_ = quantize ? QatPhase::kQuantize : QatPhase::kCalibrate;
  steps_ = steps;
  observers_frozen_ = observers;
  batch_norm_frozen_ = batch_norm;
  state_->shapes = std::move(shapes);
}

std::function<void()> QatNetwork::extra_state_restorer() {
  auto kept = std::make_shared<Memory>();
  kept->shapes = state_->shapes;
  for (const auto& observer : state_->observers) {
    kept->observers.push_back(observer == nullptr ? nullptr : observer->clone());
  }
  return [this, kept, phase = phase_, steps = steps_, observers_frozen = observers_frozen_,
          batch_norm_frozen = batch_norm_frozen_] {
    for (std::size_t value = 0; value < kept->observers.size(); ++value) {
      const auto& observer = kept->observers[value];
      if (observer != nullptr) state_->observers[value]->load_state(observer->state());
    }
    state_->shapes = kept->shapes;
    phase_ = phase;
    steps_ = steps;
    observers_frozen_ = observers_frozen;
    batch_norm_frozen_ = batch_norm_frozen;
  };
}

std::vector<Tensor> QatNetwork::moved_by_forward() const {
  std::vector<Tensor> moved = Module::moved_by_forward();
  if (config_.quantize_after_step < 1 || steps_ != config_.quantize_after_step) return moved;
  for (const Tensor& learned : state_->learned) {
    if (learned.defined()) moved.push_back(learned);
  }
  return moved;
}

}  // namespace tinytorch::quantization
