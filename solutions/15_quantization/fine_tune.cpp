// Part 15 of module 15: the run itself.
#include "tinytorch/quantization/qat/fine_tune.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/train/steps.h"

namespace tinytorch::quantization {

// BEGIN SOLUTION 15.50 helper
namespace {

void require_plan(const FineTunePlan& plan, const QatNetwork& net) {
  if (plan.epochs < 1)
    throw Error(concat("fine_tune: ", plan.epochs, " epochs, expected 1 or more"));
  if (plan.quantize_from < 1 || plan.quantize_from > plan.epochs) {
    throw Error(concat("fine_tune: quantize_from ", plan.quantize_from, " of ", plan.epochs,
                       " epochs; expected 1 to ", plan.epochs, ", or nothing is quantized"));
  }
  if (net.config().quantize_after_step != 0) {
    throw Error(concat("fine_tune: the network waits for step ", net.config().quantize_after_step,
                       " as well; leave quantize_after_step at 0 and set quantize_from"));
  }
}

// The largest distance between what integers and floats answer.
float largest_difference(nn::Module& model, QatNetwork& net, const Tensor& x) {
  const autograd::NoGradGuard no_grad;
  net.eval();
  model.eval();
  const Tensor integers = net.forward(x);
  const Tensor floats = model.forward(x);
  float largest = 0.0f;
  for (std::size_t i = 0; i < floats.data().size(); ++i) {
    largest = std::max(largest, std::abs(integers.data()[i] - floats.data()[i]));
  }
  return largest;
}

}  // namespace
// END SOLUTION 15.50

// TASK 15.50
FineTuneRecord fine_tune(nn::Module& model, QatNetwork& net, optim::Optimizer& optimizer,
                         data::BatchSource& source, const FineTunePlan& plan) {
  // Two nested loops, over epochs and over batches. Begin the source anew in each epoch, count what
  // comes, and compare the count with source.batches() when the epoch is over.
  // Try it by hand first: 20 examples in batches of 8, quantize_from 2: epochs of 3 batches,
  // switch_step 3.
  // BEGIN SOLUTION 15.50
  require_plan(plan, net);
  net.set_phase(QatPhase::kCalibrate);
  FineTuneRecord record;
  std::int64_t steps = 0;
  data::Batch batch;
  for (std::int64_t epoch = 1; epoch <= plan.epochs; ++epoch) {
    if (epoch == plan.quantize_from) {
      net.set_phase(QatPhase::kQuantize);
      record.switch_step = steps;
    }
    if (epoch == plan.freeze_observers_from) net.freeze_observers();
    if (epoch == plan.freeze_batch_norm_from) net.freeze_batch_norm();
    EpochSeen seen{.phase = net.phase()};
    net.enter_training();
    source.start_epoch();
    while (source.next(batch)) {
      const double loss = train::train_step({net, optimizer, plan.loss, plan.clip_norm}, batch);
      seen.loss += loss * static_cast<double>(batch.size());
      seen.examples += batch.size();
      ++seen.batches;
      ++steps;
    }
    if (seen.batches == 0 || seen.batches != source.batches()) {
      throw Error(concat("fine_tune: epoch ", epoch, " saw ", seen.batches, " batches, expected ",
                         source.batches(),
                         "; a source must begin again at start_epoch(): hand over the loader, not "
                         "an iterator of it"));
    }
    seen.loss /= static_cast<double>(seen.examples);
    record.epochs.push_back(seen);
  }
  record.difference = largest_difference(model, net, batch.inputs);
  if (record.difference == 0.0f) {
    throw Error("fine_tune: integers and floats answer the same; quantization was not on");
  }
  return record;
  // END SOLUTION 15.50
}

}  // namespace tinytorch::quantization
