#pragma once
// A small network on the handwritten digits: what tests of whole networks train and convert.

#include <memory>
#include <utility>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/data/digits.h"
#include "tinytorch/data/split.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/adam.h"

namespace tinytorch::digits_network {

struct Data {
  data::TensorDataset train;
  data::TensorDataset test;
};

inline Data load(Rng& rng) {
  const data::TensorDataset digits = data::load_digits();
  const data::Split split = data::stratified_split(digits.labels(), 0.2, rng);
  return {digits.subset(split.train), digits.subset(split.test)};
}

inline std::shared_ptr<nn::Sequential> make(Rng& rng) {
  return std::make_shared<nn::Sequential>(std::vector<std::shared_ptr<nn::Module>>{
      std::make_shared<nn::Linear>(64, 32, rng), std::make_shared<nn::ReLU>(),
      std::make_shared<nn::Linear>(32, 10, rng)});
}

inline void train(nn::Module& model, const data::TensorDataset& examples, int epochs) {
  optim::Adam adam(model.parameters(), {.learning_rate = 5e-3f});
  data::DataLoader loader(examples, {.batch_size = 32, .shuffle = true, .seed = 2});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (const data::Batch& batch : loader) {
      adam.zero_grad();
      losses::cross_entropy(model(batch.inputs), batch.labels).backward();
      adam.step();
    }
  }
}

inline double accuracy(nn::Module& model, const data::TensorDataset& examples) {
  const autograd::NoGradGuard no_grad;
  const std::vector<std::int64_t> predicted = ops::argmax(model(examples.inputs()), 1);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == examples.labels()[i];
  return static_cast<double>(right) / static_cast<double>(predicted.size());
}

// The digits, a network trained on them for 10 epochs, and its accuracy in float on the test
// images.
struct Trained {
  Data digits;
  std::shared_ptr<nn::Sequential> model;
  double in_float;
};

inline Trained trained(Rng& rng) {
  Data digits = load(rng);
  auto model = make(rng);
  train(*model, digits.train, 10);
  const double in_float = accuracy(*model, digits.test);
  return {std::move(digits), std::move(model), in_float};
}

}  // namespace tinytorch::digits_network
