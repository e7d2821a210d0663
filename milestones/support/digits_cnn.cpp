#include "milestones/support/digits_cnn.h"

#include <cmath>
#include <utility>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::milestones {
namespace {

constexpr std::int64_t kChannels = 24;

using Layers = std::vector<std::shared_ptr<nn::Module>>;

// The layers of a convolution with its batch norm and ReLU.
void add_block(Layers& layers, std::int64_t in, std::int64_t out, std::int64_t kernel,
               std::int64_t groups, Rng& rng) {
  const nn::Conv2dOptions options{
      .stride = 1, .padding = kernel / 2, .groups = groups, .bias = false};
  layers.push_back(std::make_shared<nn::Conv2d>(in, out, kernel, options, rng));
  layers.push_back(std::make_shared<nn::BatchNorm2d>(out));
  layers.push_back(std::make_shared<nn::ReLU>());
}

void scale_channel(Tensor values, std::int64_t channel, float factor) {
  const std::int64_t length = values.numel() / values.size(0);
  for (std::int64_t i = channel * length; i < (channel + 1) * length; ++i) {
    values.data()[static_cast<std::size_t>(i)] *= factor;
  }
}

Tensor value_of(const nn::Module& model, const std::string& key) {
  for (const auto& [name, tensor] : model.state_dict()) {
    if (name == key) return tensor;
  }
  throw Error("no tensor " + key);
}

}  // namespace

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

std::shared_ptr<nn::Sequential> make_depthwise_cnn(Rng& rng) {
  Layers layers;
  add_block(layers, 1, kChannels, 3, 1, rng);
  layers.push_back(std::make_shared<nn::MaxPool2d>(2));
  add_block(layers, kChannels, kChannels, 1, 1, rng);
  add_block(layers, kChannels, kChannels, 3, kChannels, rng);
  add_block(layers, kChannels, 2 * kChannels, 1, 1, rng);
  layers.push_back(std::make_shared<nn::AdaptiveAvgPool2d>(1, 1));
  layers.push_back(std::make_shared<nn::Flatten>());
  layers.push_back(std::make_shared<nn::Linear>(2 * kChannels, 10, rng));
  return std::make_shared<nn::Sequential>(std::move(layers));
}

void scale_channels_apart(nn::Module& model) {
  Tensor columns = value_of(model, "10.weight");  // [out, in, 1, 1]
  for (std::int64_t c = 0; c < kChannels; ++c) {
    const auto root = std::exp2(static_cast<float>(c % 5) - 2.0f);
    for (const char* key : {"5.weight", "5.bias"}) {
      scale_channel(value_of(model, key), c, 1.0f / root);
    }
    scale_channel(value_of(model, "7.weight"), c, root * root);
    for (const char* key : {"8.weight", "8.bias", "8.running_mean"}) {
      scale_channel(value_of(model, key), c, root);
    }
    scale_channel(value_of(model, "8.running_var"), c, root * root);
    for (std::int64_t o = 0; o < columns.size(0); ++o) {
      columns.data()[static_cast<std::size_t>(o * kChannels + c)] /= root;
    }
  }
}

}  // namespace tinytorch::milestones
