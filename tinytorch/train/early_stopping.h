#pragma once
// Early stopping: no improvement for a while, no further epoch.
// Written in the training module (early_stopping.cpp).

#include <limits>

#include "tinytorch/train/callback.h"

namespace tinytorch::train {

struct EarlyStoppingOptions {
  std::int64_t patience = 5;  // epochs without improvement until training stops
  double min_delta = 0.0;     // an improvement is more than this
  bool restore_best = true;   // at the end, the model of the best epoch comes back
};

// Watches the validation loss, or the training loss where there is no validation.
class EarlyStopping : public Callback {
 public:
  // Throws Error when patience is below 1 or min_delta negative.
  explicit EarlyStopping(const EarlyStoppingOptions& options = {});

  // Begins anew: no best loss yet.
  void on_fit_begin(Trainer& trainer) override;
  // A loss below best − min_delta is the new best, and the model is remembered (values, not
  // handles); otherwise one more epoch without. After `patience` of them calls trainer.stop().
  void on_epoch_end(Trainer& trainer, const EpochReport& report) override;
  // With restore_best, puts the best epoch's state into the model, if there was an epoch.
  void on_fit_end(Trainer& trainer) override;

  // The best loss and epoch, the epochs waited since, and the model of the best epoch. Given.
  State state() const override;
  void load_state(const State& state) override;

  double best_loss() const { return best_loss_; }
  std::int64_t best_epoch() const { return best_epoch_; }

 private:
  EarlyStoppingOptions options_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  std::int64_t best_epoch_ = 0;
  std::int64_t waited_ = 0;
  std::vector<nn::NamedTensor> best_state_;
};

}  // namespace tinytorch::train
