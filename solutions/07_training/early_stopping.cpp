// Early stopping. The contract is tinytorch/train/early_stopping.h.
#include "tinytorch/train/early_stopping.h"

#include "tinytorch/core/error.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::train {

EarlyStopping::EarlyStopping(const EarlyStoppingOptions& options) : options_(options) {
  if (options.patience < 1 || !(options.min_delta >= 0.0)) {
    throw Error(concat("early stopping: patience ", options.patience, " and min_delta ",
                       options.min_delta, "; expected 1 or more and 0 or more"));
  }
}

// --- 07.5 Early stopping ---

// The members as they are declared: infinity, 0, 0, no state.
void EarlyStopping::on_fit_begin(Trainer&) {
  // BEGIN SOLUTION 07.5
  best_loss_ = std::numeric_limits<double>::infinity();
  best_epoch_ = 0;
  waited_ = 0;
  best_state_.clear();
  // END SOLUTION 07.5
}

// 1. The loss to watch: report.validation's where it has one, else report.train_loss.
// 2. Below best_loss_ − min_delta: it is the new best. Remember loss and epoch, forget the waiting,
//    and keep a clone() of every tensor in model().state_dict(): handles would change on.
// 3. Otherwise ++waited_; at patience, trainer.stop().
//   patience 2, losses 3, 2, 2.5, 2.1, …: the best is epoch 2; stop after epoch 4.
void EarlyStopping::on_epoch_end(Trainer& trainer, const EpochReport& report) {
  // BEGIN SOLUTION 07.5
  const double loss = report.validation ? report.validation->loss : report.train_loss;
  if (loss < best_loss_ - options_.min_delta) {
    best_loss_ = loss;
    best_epoch_ = report.epoch;
    waited_ = 0;
    best_state_.clear();
    for (const auto& [name, tensor] : trainer.model().state_dict()) {
      best_state_.emplace_back(name, tensor.clone());
    }
  } else if (++waited_ >= options_.patience) {
    trainer.stop();
  }
  // END SOLUTION 07.5
}

// load_state_dict() puts the clones back.
void EarlyStopping::on_fit_end(Trainer& trainer) {
  // BEGIN SOLUTION 07.5
  if (options_.restore_best && !best_state_.empty()) trainer.model().load_state_dict(best_state_);
  // END SOLUTION 07.5
}

}  // namespace tinytorch::train
