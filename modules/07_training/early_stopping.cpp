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
  throw tinytorch::not_implemented("07.5");
}

// 1. The loss to watch: report.validation's where it has one, else report.train_loss.
// 2. Below best_loss_ − min_delta: it is the new best. Remember loss and epoch, forget the waiting,
//    and keep a clone() of every tensor in model().state_dict(): handles would change on.
// 3. Otherwise ++waited_; at patience, trainer.stop().
//   patience 2, losses 3, 2, 2.5, 2.1, …: the best is epoch 2; stop after epoch 4.
void EarlyStopping::on_epoch_end(Trainer& trainer, const EpochReport& report) {
  throw tinytorch::not_implemented("07.5");
}

// load_state_dict() puts the clones back.
void EarlyStopping::on_fit_end(Trainer& trainer) {
  throw tinytorch::not_implemented("07.5");
}

}  // namespace tinytorch::train
