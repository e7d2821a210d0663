// Trains a classifier of handwritten digits and keeps it in a file.
#include <cstdio>

#include "tinytorch/tinytorch.h"

using namespace tinytorch;

int main() {
  manual_seed(0);
  const data::TensorDataset digits = data::load_digits();
  const data::Split split = data::stratified_split(digits.labels(), 0.2, default_rng());
  const data::TensorDataset train_set = digits.subset(split.train);
  const data::TensorDataset test_set = digits.subset(split.test);
  data::DataLoader train_loader(train_set, {.batch_size = 32, .shuffle = true});
  data::DataLoader test_loader(test_set, {.batch_size = 256});

  auto model =
      nn::sequential(nn::Linear(64, 128), nn::ReLU(), nn::Dropout(0.2f), nn::Linear(128, 10));
  print(model);

  optim::Adam optimizer(model.parameters(), {.learning_rate = 2e-3f});
  train::Evaluation result;
  for (int epoch = 1; epoch <= 20; ++epoch) {
    model.train();
    for (const data::Batch& batch : train_loader) {
      const Tensor loss = losses::cross_entropy(model(batch.inputs), batch.labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
    result = train::evaluate(model, test_loader, train::cross_entropy());
    std::printf("epoch %2d   test loss %.3f   accuracy %.1f %%\n", epoch, result.loss,
                100 * result.accuracy);
  }
  train::save_checkpoint("digits.safetensors", model);
  return result.accuracy > 0.93 ? 0 : 1;
}
