// 1958: the perceptron (Rosenblatt, "The perceptron: a probabilistic model for information storage
// and organization in the brain"). One layer of weights and a rule for mistakes: is it a 0 or a 1?

#include "milestones/support/digits.h"
#include "milestones/support/program.h"
#include "tinytorch/kernels/matmul.h"

namespace tinytorch {
namespace {

constexpr int kMaxEpochs = 20;
constexpr double kGoal = 0.99;

data::TensorDataset zeros_and_ones() {
  const data::TensorDataset all = data::load_digits();
  std::vector<std::int64_t> indices;
  for (std::size_t i = 0; i < all.labels().size(); ++i) {
    if (all.labels()[i] <= 1) indices.push_back(static_cast<std::int64_t>(i));
  }
  return all.subset(indices);
}

struct Perceptron {
  std::vector<float> weights = std::vector<float>(64, 0.0f);
  float bias = 0.0f;

  std::int64_t predict(std::span<const float> pixels) const {
    float sum = 0.0f;
    kernels::matmul(pixels, weights, std::span(&sum, 1), 1, 1, 64);
    return sum + bias > 0.0f ? 1 : 0;
  }
  // No gradient: after a mistake, move towards what should have fired, or away from what should
  // not.
  void correct(std::span<const float> pixels, std::int64_t label) {
    const float direction = label == 1 ? 1.0f : -1.0f;
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] += direction * pixels[i];
    bias += direction;
  }
};

// Mistakes made on the way through the examples; `learn` corrects each.
int count_mistakes(Perceptron& perceptron, const data::TensorDataset& examples, bool learn) {
  int mistakes = 0;
  for (std::int64_t i = 0; i < examples.size(); ++i) {
    const Tensor pixels = examples.inputs().rows(i, i + 1);
    const std::int64_t label = examples.labels()[static_cast<std::size_t>(i)];
    if (perceptron.predict(pixels.data()) == label) continue;
    ++mistakes;
    if (learn) perceptron.correct(pixels.data(), label);
  }
  return mistakes;
}

bool play() {
  Rng rng(1958);
  const milestones::Digits digits = milestones::split_digits(zeros_and_ones(), rng);
  Perceptron perceptron;
  for (int epoch = 1; epoch <= kMaxEpochs; ++epoch) {
    const int mistakes = count_mistakes(perceptron, digits.train, true);
    std::printf("epoch %d: %d mistakes in %lld images\n", epoch, mistakes,
                static_cast<long long>(digits.train.size()));
    if (mistakes == 0) break;
  }
  const int wrong = count_mistakes(perceptron, digits.test, false);
  const double accuracy =
      1.0 - static_cast<double>(wrong) / static_cast<double>(digits.test.size());
  std::printf("perceptron, 0 against 1: test accuracy %.2f %%, goal %.0f %%\n", 100.0 * accuracy,
              100.0 * kGoal);
  return accuracy >= kGoal;
}

}  // namespace
}  // namespace tinytorch

int main() { return tinytorch::milestones::run_program(tinytorch::play); }
