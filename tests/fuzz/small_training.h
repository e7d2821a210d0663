#pragma once
// A model and what trains it, small enough that a checkpoint of it is a seed.

#include "tinytorch/nn/compose.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/train/checkpoint.h"

namespace fuzz {

struct SmallTraining {
  tinytorch::Rng rng{1};
  std::shared_ptr<tinytorch::nn::Module> model = std::make_shared<tinytorch::nn::Sequential>(
      tinytorch::nn::sequential(tinytorch::nn::Linear(3, 2, rng), tinytorch::nn::Dropout(0.5F, 2)));
  tinytorch::optim::Adam optimizer{model->parameters(), {.learning_rate = 0.1F}};
  tinytorch::train::Parts parts() { return {{"optimizer", &optimizer}}; }
};

}  // namespace fuzz
