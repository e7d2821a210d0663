#pragma once
// Networks of a few layers, one of each kind that can be deployed in integers, and a few steps of
// training for them.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::small {

using Layers = std::vector<std::shared_ptr<nn::Module>>;

inline std::shared_ptr<nn::Sequential> sequence(Layers layers) {
  return std::make_shared<nn::Sequential>(std::move(layers));
}

// A convolution without a bias, as it stands before a batch norm.
inline std::shared_ptr<nn::Conv2d> conv(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                        std::int64_t stride, std::int64_t groups, Rng& rng) {
  return std::make_shared<nn::Conv2d>(
      in, out, kernel,
      nn::Conv2dOptions{.stride = stride, .padding = kernel / 2, .groups = groups, .bias = false},
      rng);
}

inline std::shared_ptr<nn::Sequential> mlp(Rng& rng) {
  return sequence({std::make_shared<nn::Linear>(12, 20, rng), std::make_shared<nn::ReLU>(),
                   std::make_shared<nn::Dropout>(0.1f, 3),
                   std::make_shared<nn::Linear>(20, 5, rng)});
}

inline std::shared_ptr<nn::Sequential> cnn(Rng& rng) {
  return sequence({conv(2, 6, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(6),
                   std::make_shared<nn::ReLU>(), std::make_shared<nn::MaxPool2d>(2),
                   conv(6, 8, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(8),
                   std::make_shared<nn::ReLU>(), std::make_shared<nn::AvgPool2d>(2),
                   std::make_shared<nn::Flatten>(), std::make_shared<nn::Linear>(32, 5, rng)});
}

inline std::shared_ptr<nn::Sequential> depthwise(Rng& rng) {
  return sequence({conv(2, 8, 3, 2, 1, rng), std::make_shared<nn::BatchNorm2d>(8),
                   std::make_shared<nn::ReLU6>(), conv(8, 8, 3, 1, 8, rng),
                   std::make_shared<nn::BatchNorm2d>(8), std::make_shared<nn::ReLU6>(),
                   conv(8, 12, 1, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(12),
                   std::make_shared<nn::ReLU6>(), std::make_shared<nn::AdaptiveAvgPool2d>(1, 1),
                   std::make_shared<nn::Flatten>(), std::make_shared<nn::Linear>(12, 5, rng)});
}

inline std::shared_ptr<nn::Sequential> residual(Rng& rng) {
  auto identity = std::make_shared<nn::Residual>(sequence(
      {conv(6, 6, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(6), std::make_shared<nn::ReLU>(),
       conv(6, 6, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(6)}));
  auto projected = std::make_shared<nn::Residual>(
      sequence({conv(6, 8, 3, 2, 1, rng), std::make_shared<nn::BatchNorm2d>(8)}),
      sequence({conv(6, 8, 1, 2, 1, rng), std::make_shared<nn::BatchNorm2d>(8)}));
  return sequence({std::make_shared<nn::Conv2d>(2, 6, 3, nn::Conv2dOptions{.padding = 1}, rng),
                   identity, std::make_shared<nn::ReLU>(), projected, std::make_shared<nn::ReLU>(),
                   std::make_shared<nn::AdaptiveAvgPool2d>(1, 1), std::make_shared<nn::Flatten>(),
                   std::make_shared<nn::Linear>(8, 5, rng)});
}

// Kernels, strides and dilation that differ between the axes, padding that differs between the
// sides, and an average that leaves the padding out.
inline std::shared_ptr<nn::Sequential> rectangular(Rng& rng) {
  const nn::Conv2dOptions wide{.padding = Extent2(0, 2), .bias = false};
  const nn::Conv2dOptions high{.stride = {2, 1}, .padding = {1, 0, 2, 0}};
  const nn::Conv2dOptions dilated{.padding = 2, .groups = 6, .bias = false, .dilation = 2};
  const nn::Conv2dOptions uneven{.padding = {0, 0, 1, 1}};
  return sequence(
      {std::make_shared<nn::Conv2d>(2, 6, Extent2(1, 5), wide, rng),
       std::make_shared<nn::BatchNorm2d>(6), std::make_shared<nn::ReLU>(),
       std::make_shared<nn::Conv2d>(6, 6, Extent2(5, 1), high, rng), std::make_shared<nn::ReLU>(),
       std::make_shared<nn::Conv2d>(6, 6, 3, dilated, rng), std::make_shared<nn::BatchNorm2d>(6),
       std::make_shared<nn::ReLU6>(),
       std::make_shared<nn::MaxPool2d>(Extent2(2, 3), Extent2(1, 2), Padding4(0, 1, 1, 1)),
       std::make_shared<nn::Conv2d>(6, 8, Extent2(3, 2), uneven, rng), std::make_shared<nn::ReLU>(),
       std::make_shared<nn::AvgPool2d>(Extent2(3, 2), Extent2(1, 2), Padding4(0, 0, 1, 1), false),
       std::make_shared<nn::Flatten>(), std::make_shared<nn::Linear>(32, 5, rng)});
}

struct Example {
  std::string name;
  std::shared_ptr<nn::Sequential> (*make)(Rng&);
  Shape sample;
};

inline std::vector<Example> examples() {
  return {{"mlp", mlp, {12}},
          {"cnn", cnn, {2, 8, 8}},
          {"depthwise", depthwise, {2, 8, 8}},
          {"residual", residual, {2, 8, 8}}};
}

// And those whose windows are not square.
inline std::vector<Example> every_example() {
  std::vector<Example> all = examples();
  all.push_back({"rectangular", rectangular, {2, 9, 8}});
  return all;
}

// `count` random inputs of that shape; channels differ in scale, so that their order matters.
inline Tensor batch(const Shape& sample, std::int64_t count, Rng& rng) {
  std::vector<std::int64_t> sizes{count};
  sizes.insert(sizes.end(), sample.sizes().begin(), sample.sizes().end());
  return Tensor::randn(Shape(sizes), rng);
}

// Steps of plain gradient descent on Σ (y - target)² for random inputs and targets.
inline void train_a_little(nn::Module& model, const Shape& sample, int steps, float rate,
                           Rng& rng) {
  model.train();
  for (int step = 0; step < steps; ++step) {
    model.zero_grad();
    const Tensor y = model.forward(batch(sample, 16, rng));
    const Tensor miss = ops::sub(y, Tensor::randn(y.shape(), rng));
    ops::mean(ops::mul(miss, miss)).backward();
    for (Tensor parameter : model.parameters()) {
      if (!parameter.grad().defined()) continue;
      for (std::size_t i = 0; i < parameter.data().size(); ++i) {
        parameter.data()[i] -= rate * parameter.grad().data()[i];
      }
    }
  }
  model.eval();
}

}  // namespace tinytorch::small
