#pragma once
// What the milestones on handwritten digits share: the split and the training.

#include "tinytorch/core/rng.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/data/digits.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::milestones {

struct Digits {
  data::TensorDataset train;
  data::TensorDataset test;
};

// A fifth of every class for the test.
Digits split_digits(const data::TensorDataset& all, Rng& rng);

// Trains with AdamW and a cosine schedule, a line per epoch, then prints accuracy on the test set
// and the time taken. True when the accuracy reaches `goal`.
bool train_digits(const char* name, nn::Module& model, const Digits& digits, std::int64_t epochs,
                  double goal);

}  // namespace tinytorch::milestones
