#include "milestones/digits_cnn.h"

#include <utility>

#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::milestones {

std::shared_ptr<nn::Sequential> make_digits_cnn(Rng& rng) {
  auto model = std::make_shared<nn::Sequential>();
  const nn::Conv2dOptions conv{.padding = 1, .bias = false};
  for (const auto& [in, out] : {std::pair{1, 16}, std::pair{16, 32}}) {
    model->append(std::make_shared<nn::Conv2d>(in, out, 3, conv, rng))
        .append(std::make_shared<nn::BatchNorm2d>(out))
        .append(std::make_shared<nn::ReLU>())
        .append(std::make_shared<nn::MaxPool2d>(2));
  }
  model->append(std::make_shared<nn::Flatten>())
      .append(std::make_shared<nn::Linear>(32 * 2 * 2, 10, rng));
  return model;
}

}  // namespace tinytorch::milestones
