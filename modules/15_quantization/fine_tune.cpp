// Part 15 of module 15: the run itself.
#include "tinytorch/quantization/qat/fine_tune.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/train/steps.h"

namespace tinytorch::quantization {

// TASK 15.50
FineTuneRecord fine_tune(nn::Module& model, QatNetwork& net, optim::Optimizer& optimizer,
                         data::BatchSource& source, const FineTunePlan& plan) {
  // Two nested loops, over epochs and over batches. Begin the source anew in each epoch, count what
  // comes, and compare the count with source.batches() when the epoch is over.
  // Try it by hand first: 20 examples in batches of 8, quantize_from 2: epochs of 3 batches,
  // switch_step 3.
  throw tinytorch::not_implemented("15.50");
}

}  // namespace tinytorch::quantization
