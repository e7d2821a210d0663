#include "milestones/fit.h"

#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/train/loss.h"
#include "tinytorch/train/metrics.h"
#include "tinytorch/train/trainer.h"

namespace tinytorch::milestones {

void fit(nn::Module& model, const data::TensorDataset& train, const FitOptions& options) {
  model.train();
  optim::AdamW optimizer(model.parameters(),
                         {.learning_rate = options.rate, .weight_decay = options.weight_decay});
  data::DataLoader loader(
      train, {.batch_size = options.batch_size, .shuffle = true, .seed = options.seed});
  train::TrainerOptions trainer_options;
  const auto steps = static_cast<float>(options.epochs * loader.batches());
  trainer_options.schedule = [=, rate = options.rate](std::int64_t step) {
    return rate * (1.0f - static_cast<float>(step) / steps);
  };
  train::Trainer trainer(model, optimizer, train::cross_entropy(), std::move(trainer_options));
  (void)trainer.fit(loader, options.epochs);
  if (trainer.epochs_seen() != options.epochs) {
    throw Error(concat("trained ", trainer.epochs_seen(), " epochs instead of ", options.epochs));
  }
  model.eval();
}

double accuracy(const Tensor& logits, const data::TensorDataset& test) {
  return static_cast<double>(train::count_correct(logits, test.labels())) /
         static_cast<double>(test.size());
}

}  // namespace tinytorch::milestones
