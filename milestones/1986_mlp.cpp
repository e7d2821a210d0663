// 1986: a multi-layer perceptron learns to read (Rumelhart, Hinton & Williams, "Learning
// representations by back-propagating errors"). Handwritten digits, 97 % of unseen ones right.

#include "milestones/support/digits.h"
#include "milestones/support/program.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch {
namespace {

// Over twelve seeds: 97.2 % at worst, 97.9 % on average.
constexpr std::int64_t kEpochs = 40;
constexpr double kGoal = 0.97;

std::shared_ptr<nn::Module> make_model(Rng& rng) {
  return std::make_shared<nn::Sequential>(std::vector<std::shared_ptr<nn::Module>>{
      std::make_shared<nn::Linear>(64, 128, rng), std::make_shared<nn::ReLU>(),
      std::make_shared<nn::Dropout>(0.3f, 5), std::make_shared<nn::Linear>(128, 10, rng)});
}

}  // namespace
}  // namespace tinytorch

int main() {
  using namespace tinytorch;
  return milestones::run_program([] {
    Rng rng(1986);
    const milestones::Digits digits = milestones::split_digits(data::load_digits(), rng);
    return milestones::train_digits("MLP 64-128-10", *make_model(rng), digits, kEpochs, kGoal);
  });
}
