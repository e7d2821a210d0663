#pragma once
// The inside of training: one step, one epoch.
// Written in the training module (steps.cpp).

#include <cstdint>
#include <functional>

#include "tinytorch/data/batch_source.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/optim/optimizer.h"
#include "tinytorch/train/loss.h"

namespace tinytorch::train {

// What is trained, with what.
struct TrainSetup {
  nn::Module& model;
  optim::Optimizer& optimizer;
  Loss loss;
  float clip_norm = 0.0f;  // above 0: gradients are clipped to this norm (optim/clip.h)
};

// Forgets old gradients, computes output and loss, walks back, clips, moves the parameters. Returns
// the loss from before the move. A loss that is not finite throws Error and
// moves nothing: no parameter, nor what the forward pass moved on its way, running statistics,
// observers and random streams (nn::StepGuard).
float train_step(const TrainSetup& setup, const data::Batch& batch);

struct EpochResult {
  double loss = 0.0;  // mean over examples
  std::int64_t batches = 0;
  std::int64_t examples = 0;
};

// Called around each step with the batch's number in this epoch, from 0.
struct StepHooks {
  std::function<void(std::int64_t batch)> before;
  std::function<void(std::int64_t batch, float loss)> after;
};

// One epoch of `source`: the model in training mode (a model that is in it already keeps what it
// has frozen, layers in eval mode: Module::enter_training), a train_step() on every batch, with the
// hooks around it where they are set. Throws Error "train: the data gave no batch, so nothing was
// trained".
EpochResult train_epoch(const TrainSetup& setup, data::BatchSource& source,
                        const StepHooks& hooks = {});

}  // namespace tinytorch::train
