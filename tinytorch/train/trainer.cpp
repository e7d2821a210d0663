#include "tinytorch/train/trainer.h"

#include <chrono>

#include "tinytorch/core/error.h"

namespace tinytorch::train {
Trainer::Trainer(nn::Module& model, optim::Optimizer& optimizer, Loss loss, TrainerOptions options)
    : setup_{model, optimizer, std::move(loss), options.clip_norm}, options_(std::move(options)) {}

void Trainer::resume(std::int64_t epochs, std::int64_t steps, std::int64_t examples) {
  epochs_seen_ = epochs;
  steps_seen_ = steps;
  examples_seen_ = examples;
}

std::vector<EpochReport> Trainer::fit(data::BatchSource& data, std::int64_t epochs) {
  if (epochs < 0) throw Error(concat("trainer: ", epochs, " epochs; expected 0 or more"));
  const std::int64_t last_epoch = epochs_seen_ + epochs;
  stopped_ = false;
  std::vector<EpochReport> reports;
  for (const auto& callback : options_.callbacks) callback->on_fit_begin(*this);
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
                for (const auto& callback : options_.callbacks) {
                  callback->on_step_end(*this, batch, loss);
                }
              }};
}

EpochReport Trainer::run_epoch(data::BatchSource& data, std::int64_t last_epoch) {
  using Clock = std::chrono::steady_clock;
  for (const auto& callback : options_.callbacks) {
    callback->on_epoch_begin(*this, epochs_seen_ + 1);
  }
  const Clock::time_point start = Clock::now();
  const EpochResult result = train_epoch(setup_, data, hooks());
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
