#pragma once
// What the milestones on handwritten digits share: the split, the training, the closing line.

#include <cstdio>
#include <exception>

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

// The exit status of a milestone: 0 when it reached its goal, 1 when not or on an Error, which is
// printed on one line.
template <typename Milestone>
int run(Milestone milestone) {
  try {
    return milestone() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace tinytorch::milestones
