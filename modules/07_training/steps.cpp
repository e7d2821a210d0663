// One step, one epoch. The contract is tinytorch/train/steps.h.
#include "tinytorch/train/steps.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/nn/extra_state.h"
#include "tinytorch/optim/clip.h"

namespace tinytorch::train {

// --- 07.3 A training step ---

// In this order:
//   1. optimizer.zero_grad(): gradients add up, and those of the last batch are still there.
//   2. The model's output for batch.inputs, and the loss of it.
//   3. A loss that is NaN or infinite: Error "train: the loss is nan; try a smaller learning rate".
//      By then the forward pass has moved running statistics and random streams: an
//      nn::StepGuard (nn/extra_state.h), made before step 1, puts them back unless you keep().
//   4. loss.backward(), and the guard's keep().
//   5. With clip_norm above 0, optim::clip_grad_norm on optimizer.parameters().
//   6. optimizer.step(), and the loss's value is the result.
float train_step(const TrainSetup& setup, const data::Batch& batch) {
  throw tinytorch::not_implemented("07.3");
}

// --- 07.4 An epoch ---

// 1. model.enter_training(), which leaves alone what is frozen, and source.start_epoch().
// 2. For each batch: hooks.before, train_step, hooks.after; a hook may be unset.
// 3. Add up losses weighted with batch.size(), batches and examples.
// 4. No batch at all is an Error. A consumed data source that quietly trains nothing is a classic:
//    ten epochs are reported, one happened.
EpochResult train_epoch(const TrainSetup& setup, data::BatchSource& source,
                        const StepHooks& hooks) {
  throw tinytorch::not_implemented("07.4");
}

}  // namespace tinytorch::train
