#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/run/phase.h"

namespace tinytorch::pipeline {

State PhaseCounts::state() const {
  State state;
  state.add("counts", State::Integers{epochs, steps, examples, batches, in_epoch ? 1 : 0,
                                      epoch_examples, switch_step, observers_frozen_step,
                                      batch_norm_frozen_step, float_steps, integer_steps});
  state.add("loss_sum", State::Reals{loss_sum});
  state.add("losses", State::Reals(losses));
  state.add("seconds", State::Reals{float_seconds, integer_seconds});
  return state;
}

void PhaseCounts::load_state(const State& state) {
  state.require_names_of(this->state());
  const auto& counts = state.integers("counts", 11);
  const auto& sum = state.reals("loss_sum", 1);
  const auto& means = state.reals("losses");
  const auto& seconds = state.reals("seconds", 2);
  if (counts[0] < 0 || means.size() != static_cast<std::size_t>(counts[0]))
    throw Error(concat("phase: ", counts[0], " epochs and ", means.size(), " losses"));
  epochs = counts[0];
  steps = counts[1];
  examples = counts[2];
  batches = counts[3];
  in_epoch = counts[4] != 0;
  epoch_examples = counts[5];
  switch_step = counts[6];
  observers_frozen_step = counts[7];
  batch_norm_frozen_step = counts[8];
  float_steps = counts[9];
  integer_steps = counts[10];
  loss_sum = sum[0];
  losses = means;
  float_seconds = seconds[0];
  integer_seconds = seconds[1];
}

std::string to_text(const PhaseCounts& counts) {
  std::string text =
      concat(counts.epochs, " epochs, ", counts.examples, " examples, ", counts.steps, " steps");
  if (counts.switch_step >= 0) text += concat(", integers from step ", counts.switch_step);
  if (counts.observers_frozen_step >= 0)
    text += concat(", observers frozen at step ", counts.observers_frozen_step);
  if (counts.batch_norm_frozen_step >= 0)
    text += concat(", batch norm frozen at step ", counts.batch_norm_frozen_step);
  return text;
}

}  // namespace tinytorch::pipeline
