// Part 15 of module 15: the run itself.
#include "tinytorch/quantization/qat/fine_tune.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/qat/detail/fine_tune_guards.h"
#include "tinytorch/train/steps.h"

namespace tinytorch::quantization {

namespace {

// Given: the largest difference between what integers and floats answer. Leaves both in eval mode.
[[maybe_unused]] float largest_difference(nn::Module& model, QatNetwork& net, const Tensor& x) {
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

// TASK 15.50
FineTuneRecord fine_tune(nn::Module& model, QatNetwork& net, optim::Optimizer& optimizer,
                         data::BatchSource& source, const FineTunePlan& plan) {
  // Two nested loops, over epochs and over batches. Begin the source anew in each epoch, count what
  // comes, and require_whole_epoch() when it is over. At the end measure the largest_difference()
  // on the last batch, and require_quantized() of it.
  // Try it by hand first: 20 examples in batches of 8, quantize_from 2: epochs of 3 batches,
  // switch_step 3.
  require_plan(plan, net);
  throw tinytorch::not_implemented("15.50");
}

}  // namespace tinytorch::quantization
