#include "milestones/support/text_training.h"

#include <algorithm>
#include <ctime>

#include "milestones/support/text_corpus.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/losses/cross_entropy.h"

namespace tinytorch::milestones {

float learning_rate(const TextPlan& plan, std::int64_t step) {
  const float up =
      static_cast<float>(step + 1) / static_cast<float>(std::max<std::int64_t>(plan.warmup, 1));
  const float down = static_cast<float>(plan.steps - step) /
                     static_cast<float>(std::max<std::int64_t>(plan.warmdown, 1));
  return plan.rate * std::min({1.0f, up, down});
}

TextTraining::TextTraining(const TextPlan& plan, std::uint64_t seed)
    : plan_(plan),
      seed_(seed),
      rng_(seed),
      model_(plan.model, rng_),
      optimizer_(model_.parameters(), {.learning_rate = plan.rate, .weight_decay = 0.01f}) {}

float TextTraining::step(std::string_view text, std::int64_t step, quantization::WeightQat* qat) {
  const std::int64_t length = plan_.model.context_length;
  const TextBatch batch = training_batch(text, plan_.batch, length, seed_, step);
  float loss = 0.0f;
  const auto forward_and_backward = [&] {
    const Tensor logits = model_.forward(batch.ids);
    const Tensor mean = losses::cross_entropy(
        ops::reshape(logits, Shape{plan_.batch * length, plan_.model.vocab_size}), batch.next);
    loss = mean.item();
    mean.backward();
  };
  optimizer_.zero_grad();
  if (qat == nullptr) {
    forward_and_backward();
  } else {
    qat->train_step(forward_and_backward);
  }
  optimizer_.set_learning_rate(learning_rate(plan_, step));
  optimizer_.step();
  return loss;
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace tinytorch::milestones
