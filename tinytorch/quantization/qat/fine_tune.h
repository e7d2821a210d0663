#pragma once
// Quantization-aware training from its first epoch to its last: calibrate, switch, freeze, and a
// record of what really happened.
// You write this part: fine_tune.cpp (quantization module). train::train_step (train/steps.h) is
// one step; data::BatchSource (data/batch_source.h) gives the batches.

#include <cstdint>
#include <vector>

#include "tinytorch/data/batch_source.h"
#include "tinytorch/optim/optimizer.h"
#include "tinytorch/quantization/qat/qat_graph.h"
#include "tinytorch/train/loss.h"

namespace tinytorch::quantization {

// Epochs are counted from 1.
struct FineTunePlan {
  std::int64_t epochs = 10;
  std::int64_t quantize_from = 2;  // epochs before it train in float while the observers watch
  std::int64_t freeze_observers_from = kNever;
  std::int64_t freeze_batch_norm_from = kNever;
  train::Loss loss = train::cross_entropy();
  float clip_norm = 0.0f;  // above 0: gradients are clipped to this norm
};

// One epoch as it happened: everything is counted while batches come, nothing is taken from what
// was planned or promised.
struct EpochSeen {
  QatPhase phase = QatPhase::kCalibrate;
  std::int64_t batches = 0;
  std::int64_t examples = 0;
  double loss = 0.0;  // mean over examples
};

struct FineTuneRecord {
  std::vector<EpochSeen> epochs;
  std::int64_t switch_step = kNever;  // steps taken before the first quantized one
  float difference = 0.0f;            // of the integer outputs to the float ones, see below
};

// Task: Trains `net`, made by prepare_network(model, …), whose parameters the two share.
// Every epoch:
//   1. From the first epoch on the phase is kCalibrate; epoch quantize_from sets kQuantize. Epochs
//      freeze_observers_from and freeze_batch_norm_from call the network's function of that name.
//   2. net.enter_training() (a layer frozen in eval mode stays so), source.start_epoch(), and
//      train::train_step() on every batch until next() finds none.
//   3. require_whole_epoch(): throws Error "fine_tune: epoch 2 saw 0 batches, …" unless the epoch
//      saw as many as source.batches() says, and at least one. An iterator handed over for its
//      loader cannot begin again: "10 epochs" would be one, and nobody would be told.
// After the last epoch, in eval mode and without recording, on the last batch trained:
//     difference = max |net.forward(x) - model.forward(x)|
// and require_quantized() of it, which throws Error when it is 0: training was asked to be
// quantized, and was not. Both are left in eval mode. Throws Error (given), before anything is
// trained, unless epochs is at least 1, quantize_from one of them, and
// net.config().quantize_after_step 0, since one schedule must decide.
FineTuneRecord fine_tune(nn::Module& model, QatNetwork& net, optim::Optimizer& optimizer,
                         data::BatchSource& source, const FineTunePlan& plan);

}  // namespace tinytorch::quantization
