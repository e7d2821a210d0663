#pragma once
// Callbacks: what happens around a Trainer's epochs and steps without being part of training.
// Given.

#include <cstdint>
#include <optional>

#include "tinytorch/core/state.h"
#include "tinytorch/train/metrics.h"

namespace tinytorch::train {

class Trainer;

struct EpochReport {
  std::int64_t epoch = 0;   // from 1, over all calls of fit()
  std::int64_t epochs = 0;  // the last one that fit() was asked for
  double train_loss = 0.0;  // mean over the epoch, while the model was changing
  std::optional<Evaluation> validation{};
  float learning_rate = 0.0f;  // of the last step
  double seconds = 0.0;        // training only
};

// One that remembers something from epoch to epoch has it in its state() (core/state.h), and goes
// on with it when the Trainer's state is loaded: see Trainer::load_state().
class Callback : public Stateful {
 public:
  virtual void on_fit_begin(Trainer&) {}
  virtual void on_epoch_begin(Trainer&, std::int64_t /*epoch, from 1*/) {}
  virtual void on_step_end(Trainer&, std::int64_t /*batch, from 0*/, float /*loss*/) {}
  // May call trainer.stop().
  virtual void on_epoch_end(Trainer&, const EpochReport&) {}
  // After the last epoch, and when an epoch threw.
  virtual void on_fit_end(Trainer&) {}
};

}  // namespace tinytorch::train
