#pragma once
// One phase of training, in float or in integers, that can stop at any step and go on as if it had
// not: everything it knows is in its checkpoint.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tinytorch/core/state.h"
#include "tinytorch/data/batch_source.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/optim/optimizer.h"
#include "tinytorch/optim/schedule.h"
#include "tinytorch/pipeline/run/progress.h"
#include "tinytorch/quantization/qat/qat_graph.h"
#include "tinytorch/train/loss.h"

namespace tinytorch::pipeline {

// What really happened, counted as it happened; nothing is taken from what was planned.
struct PhaseCounts : public Stateful {
  std::int64_t epochs = 0;  // finished
  std::int64_t steps = 0;
  std::int64_t examples = 0;
  std::int64_t batches = 0;  // of the epoch at hand
  bool in_epoch = false;
  double loss_sum = 0.0;  // of the epoch at hand, over examples
  std::int64_t epoch_examples = 0;
  std::vector<double> losses{};   // mean of each finished epoch
  std::int64_t switch_step = -1;  // steps taken before the first in integers; −1: none was
  std::int64_t observers_frozen_step = -1;
  std::int64_t batch_norm_frozen_step = -1;
  std::int64_t float_steps = 0;  // and what they took
  double float_seconds = 0.0;
  std::int64_t integer_steps = 0;
  double integer_seconds = 0.0;

  State state() const override;
  void load_state(const State& state) override;
};

// "3 epochs, 1200 examples, 39 steps, integers from step 13": without what did not happen.
std::string to_text(const PhaseCounts& counts);

struct PhasePlan {
  std::string title{};  // "float, seed 0"
  std::int64_t epochs = 1;
  // Of a QatNetwork; epochs are counted from 1, 0 is never.
  std::int64_t quantize_from = 0;
  std::int64_t freeze_observers_from = 0;
  std::int64_t freeze_batch_norm_from = 0;
  optim::Schedule schedule{};
  float clip_norm = 0.0f;
  train::Loss loss;
  std::string recipe{};        // hash and variant: a checkpoint of another recipe is refused
  bool only_finished = false;  // no step may be left to take
};

// Where it is kept, and how often: at the end of an epoch, when a signal arrives, and after so many
// seconds.
struct Checkpoint {
  std::filesystem::path file{};
  double every_seconds = 5.0;
};

// Trains `model` for plan.epochs epochs. `net` is the same object as `model` where that is a
// QatNetwork, and null otherwise. Goes on with checkpoint.file where that exists. Throws
//   Error        when an epoch saw another number of batches than the source has, when a phase in
//                integers took no step in integers, and on a checkpoint of another recipe
//                and, where plan.only_finished, when the phase is not finished
//   Interrupted  after a signal, once the checkpoint is written
PhaseCounts run_phase(nn::Module& model, quantization::QatNetwork* net, optim::Optimizer& optimizer,
                      data::BatchSource& source, const PhasePlan& plan,
                      const Checkpoint& checkpoint, Progress& progress);

}  // namespace tinytorch::pipeline
