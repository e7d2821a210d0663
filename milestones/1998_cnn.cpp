// 1998: a convolutional network reads better with fewer weights (LeCun, Bottou, Bengio & Haffner,
// "Gradient-based learning applied to document recognition"). 98 % of unseen digits right.

#include "milestones/support/digits.h"
#include "milestones/support/digits_cnn.h"
#include "milestones/support/program.h"

namespace tinytorch {
namespace {

constexpr std::int64_t kEpochs = 12;
constexpr double kGoal = 0.98;

data::TensorDataset as_images(const data::TensorDataset& digits) {
  return {digits.inputs().view({-1, 1, 8, 8}), digits.labels()};
}

}  // namespace
}  // namespace tinytorch

int main() {
  using namespace tinytorch;
  return milestones::run_program([] {
    Rng rng(1998);
    const milestones::Digits digits = milestones::split_digits(as_images(data::load_digits()), rng);
    return milestones::train_digits("CNN 16-32", *milestones::make_digits_cnn(rng), digits, kEpochs,
                                    kGoal);
  });
}
