#pragma once
// What a Trainer reads: batches, epoch after epoch.
// Given; DataLoader (data_loader.h) is the usual one.

#include <cstdint>

#include "tinytorch/core/state.h"
#include "tinytorch/data/dataset.h"

namespace tinytorch::data {

// One that draws an order or anything else at random has that in its state() (core/state.h).
class BatchSource : public Stateful {
 public:
  // Begins a new epoch, whatever is left of the one before.
  virtual void start_epoch() = 0;
  // The next batch of this epoch; false, and `batch` untouched, when there is none left.
  virtual bool next(Batch& batch) = 0;
  // Batches in one epoch.
  virtual std::int64_t batches() const = 0;
};

}  // namespace tinytorch::data
