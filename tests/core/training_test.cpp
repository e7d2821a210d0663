// The parts together: a network that learns the digits.

#include <gtest/gtest.h>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/data/digits.h"
#include "tinytorch/data/split.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/adam.h"

namespace tinytorch {
namespace {

double accuracy(nn::Module& model, const data::TensorDataset& examples) {
  const autograd::NoGradGuard no_grad;
  const std::vector<std::int64_t> predicted = ops::argmax(model(examples.inputs()), 1);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == examples.labels()[i];
  return static_cast<double>(right) / static_cast<double>(predicted.size());
}

TEST(Training, ASmallNetworkLearnsTheDigits) {
  Rng rng(1);
  const data::TensorDataset digits = data::load_digits();
  const data::Split split = data::stratified_split(digits.labels(), 0.2, rng);
  const data::TensorDataset train = digits.subset(split.train);
  const data::TensorDataset test = digits.subset(split.test);
  nn::Sequential model({std::make_shared<nn::Linear>(64, 32, true, rng),
                        std::make_shared<nn::ReLU>(),
                        std::make_shared<nn::Linear>(32, 10, true, rng)});
  optim::Adam adam(model.parameters(), {.learning_rate = 5e-3f});
  data::DataLoader loader(train, {.batch_size = 32, .shuffle = true, .seed = 2});
  EXPECT_LT(accuracy(model, test), 0.3);
  for (int epoch = 0; epoch < 10; ++epoch) {
    for (const data::Batch& batch : loader) {
      adam.zero_grad();
      losses::cross_entropy(model(batch.inputs), batch.labels).backward();
      adam.step();
    }
  }
  EXPECT_GT(accuracy(model, test), 0.95);
}

}  // namespace
}  // namespace tinytorch
