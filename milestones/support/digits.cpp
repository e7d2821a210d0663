#include "milestones/support/digits.h"

#include <chrono>

#include "tinytorch/data/split.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/train/progress_bar.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::milestones {
namespace {

constexpr std::int64_t kBatchSize = 32;
constexpr float kPeakRate = 4e-3f;

std::int64_t count_parameters(const nn::Module& model) {
  std::int64_t count = 0;
  for (const Tensor& parameter : model.parameters()) count += parameter.numel();
  return count;
}

}  // namespace

Digits split_digits(const data::TensorDataset& all, Rng& rng) {
  const data::Split split = data::stratified_split(all.labels(), 0.2, rng);
  return {all.subset(split.train), all.subset(split.test)};
}

bool train_digits(const char* name, nn::Module& model, const Digits& digits, std::int64_t epochs,
                  double goal) {
  std::printf("%s: %lld parameters, %lld images to learn from, %lld kept for the test\n", name,
              static_cast<long long>(count_parameters(model)),
              static_cast<long long>(digits.train.size()),
              static_cast<long long>(digits.test.size()));
  data::DataLoader train(digits.train, {.batch_size = kBatchSize, .shuffle = true, .seed = 7});
  data::DataLoader test(digits.test, {.batch_size = 256});
  optim::AdamW optimizer(model.parameters());
  const optim::CosineOptions cosine{
      .peak = kPeakRate, .warmup_steps = train.batches(), .total_steps = epochs * train.batches()};
  train::Trainer trainer(
      model, optimizer, train::cross_entropy(),
      {.schedule = [cosine](std::int64_t step) { return optim::cosine_with_warmup(step, cosine); },
       .validation = &test,
       .callbacks = {std::make_shared<train::ProgressBar>(train.batches())}});
  const auto start = std::chrono::steady_clock::now();
  const double accuracy = trainer.fit(train, epochs).back().validation->accuracy;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%s: test accuracy %.2f %% after %lld epochs in %.1f s,\n  goal %.0f %%: %s\n", name,
              100.0 * accuracy, static_cast<long long>(trainer.epochs_seen()), seconds.count(),
              100.0 * goal, accuracy >= goal ? "reached" : "missed");
  return accuracy >= goal;
}

}  // namespace tinytorch::milestones
