#include "tinytorch/train/trainer.h"

#include <chrono>
#include <limits>

#include "tinytorch/core/error.h"

namespace tinytorch::train {
Trainer::Trainer(nn::Module& model, optim::Optimizer& optimizer, Loss loss, TrainerOptions options)
    : setup_{model, optimizer, std::move(loss), options.clip_norm}, options_(std::move(options)) {}

void Trainer::resume(std::int64_t epochs, std::int64_t steps, std::int64_t examples) {
  epochs_seen_ = epochs;
  steps_seen_ = steps;
  examples_seen_ = examples;
}

State Trainer::state() const {
  State state;
  state.add("epochs", epochs_seen_);
  state.add("steps", steps_seen_);
  state.add("examples", examples_seen_);
  for (std::size_t i = 0; i < options_.callbacks.size(); ++i) {
    state.add(concat("callback.", i), options_.callbacks[i]->state());
  }
  return state;
}

void Trainer::load_state(const State& state) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::int64_t epochs = state.integer("epochs", 0, kMost);
  const std::int64_t steps = state.integer("steps", 0, kMost);
  const std::int64_t examples = state.integer("examples", 0, kMost);
  const std::size_t callbacks = options_.callbacks.size();
  for (const auto& [name, values] : state.entries()) {
    bool known = name == "epochs" || name == "steps" || name == "examples";
    for (std::size_t i = 0; i < callbacks; ++i) {
      known = known || name.starts_with(concat("callback.", i, "."));
    }
    if (!known) throw Error(concat("trainer: state; unknown ", name, "; has it other callbacks?"));
  }
  const State before = this->state();
  std::size_t done = 0;
  try {
    for (; done < callbacks; ++done) {
      options_.callbacks[done]->load_state(state.below(concat("callback.", done)));
    }
  } catch (const Error& error) {
    for (std::size_t i = 0; i < done; ++i) {
      options_.callbacks[i]->load_state(before.below(concat("callback.", i)));
    }
    throw Error(concat("trainer: callback ", done, ": ", error.what()));
  }
  resume(epochs, steps, examples);
  loaded_ = state;
}

std::vector<EpochReport> Trainer::fit(data::BatchSource& data, std::int64_t epochs) {
  if (epochs < 0) throw Error(concat("trainer: ", epochs, " epochs; expected 0 or more"));
  const std::int64_t last_epoch = epochs_seen_ + epochs;
  stopped_ = false;
  std::vector<EpochReport> reports;
  begin_fit();
  try {
    while (epochs_seen_ < last_epoch && !stopped_) {
      reports.push_back(run_epoch(data, last_epoch));
      for (const auto& callback : options_.callbacks) callback->on_epoch_end(*this, reports.back());
    }
  } catch (...) {
    end_fit();
    throw;
  }
  end_fit();
  return reports;
}

void Trainer::begin_fit() {
  for (const auto& callback : options_.callbacks) callback->on_fit_begin(*this);
  if (loaded_.empty()) return;
  for (std::size_t i = 0; i < options_.callbacks.size(); ++i) {
    options_.callbacks[i]->load_state(loaded_.below(concat("callback.", i)));
  }
  loaded_ = State();
}

void Trainer::end_fit() {
  for (const auto& callback : options_.callbacks) callback->on_fit_end(*this);
}

StepHooks Trainer::hooks() {
  return {.before =
              [this](std::int64_t) {
                if (!options_.schedule) return;
                setup_.optimizer.set_learning_rate(options_.schedule(steps_seen_));
              },
          .after =
              [this](std::int64_t batch, float loss) {
                ++steps_seen_;
                accepted_rate_ = setup_.optimizer.learning_rate();
                for (const auto& callback : options_.callbacks) {
                  callback->on_step_end(*this, batch, loss);
                }
              }};
}

// The rate that the schedule set for a step that was refused goes with it.
EpochResult Trainer::trained(data::BatchSource& data) {
  accepted_rate_ = setup_.optimizer.learning_rate();
  try {
    return train_epoch(setup_, data, hooks());
  } catch (...) {
    setup_.optimizer.set_learning_rate(accepted_rate_);
    throw;
  }
}

EpochReport Trainer::run_epoch(data::BatchSource& data, std::int64_t last_epoch) {
  using Clock = std::chrono::steady_clock;
  for (const auto& callback : options_.callbacks) {
    callback->on_epoch_begin(*this, epochs_seen_ + 1);
  }
  const Clock::time_point start = Clock::now();
  const EpochResult result = trained(data);
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  ++epochs_seen_;
  examples_seen_ += result.examples;
  EpochReport report{.epoch = epochs_seen_,
                     .epochs = last_epoch,
                     .train_loss = result.loss,
                     .learning_rate = setup_.optimizer.learning_rate(),
                     .seconds = elapsed.count()};
  if (options_.validation != nullptr) {
    report.validation = evaluate(setup_.model, *options_.validation, setup_.loss);
  }
  return report;
}

}  // namespace tinytorch::train
