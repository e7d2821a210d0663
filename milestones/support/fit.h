#pragma once
// Quiet training, for milestones that train many networks: no line per epoch.

#include <cstdint>
#include <memory>

#include "tinytorch/data/dataset.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/train/callback.h"
#include "tinytorch/train/loss.h"

namespace tinytorch::milestones {

struct FitOptions {
  std::int64_t epochs = 10;
  float rate = 2e-3f;  // of AdamW; falls to 0 in a straight line
  std::int64_t batch_size = 32;
  float weight_decay = 0.01f;
  std::uint64_t seed = 0;  // of the order of the examples
  train::Loss loss = train::cross_entropy();
  std::shared_ptr<train::Callback> callback{};
};

// Trains and leaves the model in eval mode. Throws Error when not every epoch
// that was asked for was seen.
void fit(nn::Module& model, const data::TensorDataset& train, const FitOptions& options);

}  // namespace tinytorch::milestones
