#pragma once
// A byte-level GPT in training, one step at a time: what two ways to train are compared with.

#include <cstdint>
#include <string_view>

#include "tinytorch/optim/adam.h"
#include "tinytorch/quantization/qat/weight_qat.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::milestones {

struct TextPlan {
  nn::GptConfig model{};
  std::int64_t batch = 16;  // texts of a context length each
  std::int64_t steps = 1000;
  std::int64_t warmup = 50;     // steps in which the learning rate rises
  std::int64_t warmdown = 200;  // last steps in which it falls to 0
  float rate = 3e-3f;
};

// Linear up, level, linear down:
//   rate · min(1, (step + 1) / warmup, (steps − step) / warmdown)
// Up to step steps − warmdown it does not depend on the number of steps.
float learning_rate(const TextPlan& plan, std::int64_t step);

class TextTraining {
 public:
  // Initial weights and batches are the seed's.
  TextTraining(const TextPlan& plan, std::uint64_t seed);

  // Gradients of batch `step`, with quantized weights where `qat` is given and says so, and an
  // update by AdamW. Returns the loss of the batch in nats.
  float step(std::string_view text, std::int64_t step, quantization::WeightQat* qat = nullptr);

  nn::Gpt& model() { return model_; }
  optim::AdamW& optimizer() { return optimizer_; }

 private:
  TextPlan plan_;
  std::uint64_t seed_;
  Rng rng_;
  nn::Gpt model_;
  optim::AdamW optimizer_;
};

// Processor time of this process in seconds: what others do with the core meanwhile is not in it.
double processor_seconds();

}  // namespace tinytorch::milestones
