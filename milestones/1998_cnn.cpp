// 1998: a convolutional network reads better with fewer weights (LeCun, Bottou, Bengio & Haffner,
// "Gradient-based learning applied to document recognition"). 98 % of unseen digits right.

#include "milestones/digits.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch {
namespace {

constexpr std::int64_t kEpochs = 12;
constexpr double kGoal = 0.98;

// [N, 1, 8, 8] → [N, 16, 4, 4] → [N, 32, 2, 2] → [N, 10]
std::shared_ptr<nn::Module> make_model(Rng& rng) {
  const auto model = std::make_shared<nn::Sequential>();
  const nn::Conv2dOptions conv{.padding = 1, .bias = false};
  for (const auto& [in, out] : {std::pair{1, 16}, std::pair{16, 32}}) {
    model->append(std::make_shared<nn::Conv2d>(in, out, 3, conv, rng))
        .append(std::make_shared<nn::BatchNorm2d>(out))
        .append(std::make_shared<nn::ReLU>())
        .append(std::make_shared<nn::MaxPool2d>(2));
  }
  model->append(std::make_shared<nn::Flatten>())
      .append(std::make_shared<nn::Linear>(32 * 2 * 2, 10, true, rng));
  return model;
}

data::TensorDataset as_images(const data::TensorDataset& digits) {
  return {digits.inputs().view({-1, 1, 8, 8}), digits.labels()};
}

}  // namespace
}  // namespace tinytorch

int main() {
  using namespace tinytorch;
  return milestones::run([] {
    Rng rng(1998);
    const milestones::Digits digits = milestones::split_digits(as_images(data::load_digits()), rng);
    return milestones::train_digits("CNN 16-32", *make_model(rng), digits, kEpochs, kGoal);
  });
}
