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
  // BEGIN SOLUTION 07.1
  if (logits.ndim() != 2 || logits.size(0) != static_cast<std::int64_t>(labels.size())) {
    throw Error(concat("count_correct: logits ", to_string(logits.shape()), " for ", labels.size(),
                       " labels"));
  }
  const std::vector<std::int64_t> predicted = ops::argmax(logits, 1);
  const auto classes = static_cast<std::size_t>(logits.size(1));
  std::int64_t correct = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const float largest = logits.data()[row * classes + static_cast<std::size_t>(predicted[row])];
    const bool chosen = largest > -std::numeric_limits<float>::infinity();  // false for NaN
    if (chosen && predicted[row] == labels[row]) ++correct;
  }
  return correct;
  // END SOLUTION 07.1
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
  // BEGIN SOLUTION 07.2
  const nn::ModeGuard eval(model, false);
  const autograd::NoGradGuard no_grad;
  Evaluation result;
  double total = 0.0;
  std::int64_t correct = 0;
  std::int64_t labels = 0;
  data::Batch batch;
  source.start_epoch();
  while (source.next(batch)) {
    const Tensor output = model.forward(batch.inputs);
    total += static_cast<double>(loss(output, batch).item()) * static_cast<double>(batch.size());
    result.examples += batch.size();
    if (!batch.labels.empty()) correct += count_correct(output, batch.labels);
    labels += static_cast<std::int64_t>(batch.labels.size());
  }
  if (result.examples == 0) throw Error("evaluate: no examples");
  result.loss = total / static_cast<double>(result.examples);
  if (labels > 0) result.accuracy = static_cast<double>(correct) / static_cast<double>(labels);
  return result;
  // END SOLUTION 07.2
}

}  // namespace tinytorch::train
