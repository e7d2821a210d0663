#include "milestones/support/fit.h"

#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/optim/adam.h"
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
  if (options.callback) trainer_options.callbacks.push_back(options.callback);
  train::Trainer trainer(model, optimizer, options.loss, std::move(trainer_options));
  (void)trainer.fit(loader, options.epochs);
  if (trainer.epochs_seen() != options.epochs) {
    throw Error(concat("trained ", trainer.epochs_seen(), " epochs instead of ", options.epochs));
  }
  model.eval();
}

}  // namespace tinytorch::milestones
