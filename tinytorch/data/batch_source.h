#pragma once
// What a Trainer reads: batches, epoch after epoch.
// Given; DataLoader (data_loader.h) is the usual one.

#include <cstdint>

#include "tinytorch/data/dataset.h"

namespace tinytorch::data {

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // Begins a new epoch, whatever is left of the one before.
  virtual void start_epoch() = 0;
  // The next batch of this epoch; false, and `batch` untouched, when there is none left.
  virtual bool next(Batch& batch) = 0;
  // Batches in one epoch.
  virtual std::int64_t batches() const = 0;
};

}  // namespace tinytorch::data
