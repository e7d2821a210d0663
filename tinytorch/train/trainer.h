#pragma once
// Trainer: epochs of training with validation, a learning rate schedule and callbacks.
// Given (trainer.cpp); a step and an epoch are written in the training module (steps.h).

#include <memory>
#include <vector>

#include "tinytorch/optim/schedule.h"
#include "tinytorch/train/callback.h"
#include "tinytorch/train/steps.h"

namespace tinytorch::train {

struct TrainerOptions {
  float clip_norm = 0.0f;      // above 0: clip gradients to this norm
  optim::Schedule schedule{};  // learning rate before each step, numbered over all epochs
  data::BatchSource* validation = nullptr;  // evaluated after every epoch
  std::vector<std::shared_ptr<Callback>> callbacks{};
};

// Keeps references to the model, the optimizer and the validation data, which must outlive it.
class Trainer : public Stateful {
 public:
  Trainer(nn::Module& model, optim::Optimizer& optimizer, Loss loss, TrainerOptions options = {});

  // Trains for `epochs` more epochs, fewer after stop(). Returns one report per epoch trained.
  // Throws Error when epochs < 0, an epoch has no batch, or a loss is not finite.
  std::vector<EpochReport> fit(data::BatchSource& data, std::int64_t epochs);

  // No further epoch begins. For callbacks.
  void stop() { stopped_ = true; }

  // What really happened, over all calls of fit(): counted as batches were trained, never derived
  // from what was asked for.
  std::int64_t epochs_seen() const { return epochs_seen_; }
  std::int64_t steps_seen() const { return steps_seen_; }
  std::int64_t examples_seen() const { return examples_seen_; }
  // Continues the count of an earlier run, so that the schedule goes on where it was.
  void resume(std::int64_t epochs, std::int64_t steps, std::int64_t examples);
  // The three counts, and the state of each callback, as "callback.<i>.…".
  State state() const override;
  // The next fit() goes on where that run was: the callbacks get their state once more after their
  // on_fit_begin(), which may have begun anew.
  void load_state(const State& state) override;

  nn::Module& model() { return setup_.model; }
  optim::Optimizer& optimizer() { return setup_.optimizer; }

 private:
  EpochReport run_epoch(data::BatchSource& data, std::int64_t last_epoch);
  EpochResult trained(data::BatchSource& data);
  StepHooks hooks();
  void begin_fit();
  void end_fit();

  TrainSetup setup_;
  TrainerOptions options_;
  std::int64_t epochs_seen_ = 0;
  std::int64_t steps_seen_ = 0;
  std::int64_t examples_seen_ = 0;
  float accepted_rate_ = 0.0f;  // of the last step that was taken
  bool stopped_ = false;
  State loaded_;  // for the callbacks of the next fit()
};

}  // namespace tinytorch::train
