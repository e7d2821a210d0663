// Counting what is right. The contract is tinytorch/train/metrics.h.
#include "tinytorch/train/metrics.h"

#include <limits>

#include "tinytorch/autograd/node.h"
#include "tinytorch/autograd/reduction.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/mode_guard.h"

namespace tinytorch::train {

// --- 07.1 Accuracy ---

// Compare ops::argmax(logits, 1) with the labels, row by row.
//   logits {{0.1, 0.9}, {0.8, 0.2}, {0.5, 0.5}}, labels {1, 1, 0} → 2.
// argmax stops at a NaN, wherever that stands, and at the first of nothing but −∞. Neither is a
// prediction: look at the value it found.
// A wrong shape: Error "count_correct: logits [3, 2] for 4 labels".
std::int64_t count_correct(const Tensor& logits, std::span<const std::int64_t> labels) {
  throw tinytorch::not_implemented("07.1");
}

// --- 07.2 Evaluation ---
// 1. Eval mode, so that dropout and batch normalization behave as in use, and a NoGradGuard. A
//    nn::ModeGuard (nn/mode_guard.h) brings every layer's old mode back, however the function is
//    left.
// 2. source.start_epoch(), then batch after batch from source.next().
// 3. The loss of a batch is a mean: weigh it with batch.size(), since the last batch may be
// smaller.
//    Labels there are? Count the correct ones, per label.
// 4. No examples: Error "evaluate: no examples".
//   batches of 4 and 2 examples with losses 1 and 4: (4·1 + 2·4) / 6 = 2, not 2.5.
Evaluation evaluate(nn::Module& model, data::BatchSource& source, const Loss& loss) {
  throw tinytorch::not_implemented("07.2");
}

}  // namespace tinytorch::train
