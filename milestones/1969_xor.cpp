// 1969: what one layer cannot do (Minsky & Papert, "Perceptrons"). No line separates the inputs of
// exclusive or; a hidden layer bends the plane, and back-propagation finds the bend.

#include "milestones/support/program.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/losses/binary_cross_entropy.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/adam.h"

namespace tinytorch {
namespace {

constexpr int kSteps = 500;

// Trains on the four cases and returns how many come out right.
int learn_xor(const char* name, nn::Module& model) {
  const Tensor inputs({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1});
  const Tensor targets({4, 1}, {0, 1, 1, 0});
  optim::Adam adam(model.parameters(), {.learning_rate = 0.05f});
  for (int step = 0; step < kSteps; ++step) {
    adam.zero_grad();
    losses::binary_cross_entropy_with_logits(model(inputs), targets).backward();
    adam.step();
  }
  const autograd::NoGradGuard no_grad;
  const Tensor answers = ops::sigmoid(model(inputs));
  int right = 0;
  std::printf("%s\n", name);
  for (std::int64_t i = 0; i < 4; ++i) {
    const float answer = answers.at({i, 0});
    const float target = targets.at({i, 0});
    right += (answer > 0.5f) == (target > 0.5f) ? 1 : 0;
    std::printf("  %.0f xor %.0f = %.3f\n", static_cast<double>(inputs.at({i, 0})),
                static_cast<double>(inputs.at({i, 1})), static_cast<double>(answer));
  }
  std::printf("  %d of 4 right\n", right);
  return right;
}

bool play() {
  Rng rng(1969);
  nn::Linear one_layer(2, 1, rng);
  nn::Sequential two_layers({std::make_shared<nn::Linear>(2, 4, rng), std::make_shared<nn::Tanh>(),
                             std::make_shared<nn::Linear>(4, 1, rng)});
  const int without = learn_xor("one layer", one_layer);
  const int with = learn_xor("a hidden layer of four", two_layers);
  return without < 4 && with == 4;
}

}  // namespace
}  // namespace tinytorch

int main() { return tinytorch::milestones::run_program(tinytorch::play); }
