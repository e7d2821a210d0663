#pragma once
// What structured pruning must know of a layer, and new layers around given tensors.
// Given (layers.cpp).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::compression {

enum class LayerRole {
  kLinear,
  kConv2d,
  kBatchNorm2d,
  kFlatten,      // channels become blocks of features
  kPassThrough,  // each channel by itself, and 0 stays 0: ReLU, ReLU6, GELU, Tanh, pooling, Dropout
};

// Throws Error naming the index and the layer for every other layer. Sigmoid is refused because
// sigmoid(0) is 0.5, so that leaving out a channel would change the result; LayerNorm and Softmax
// because they mix channels.
LayerRole role_of(const nn::Module& layer, std::size_t index);

// Linear and Conv2d have a weight, and perhaps a bias, else undefined. Throws Error on others.
bool has_weight(const nn::Module& layer);
Tensor weight_of(const nn::Module& layer);
Tensor bias_of(const nn::Module& layer);

// The indices of all layers with a weight. Throws Error when no layer has one, and when role_of()
// refuses a layer.
std::vector<std::size_t> weighted_layers(const nn::Sequential& model);

// A layer of the same kind with these values, copied. `bias` may be
// undefined. Sizes come from the tensors, everything else (stride, padding, epsilon, momentum) from
// `like`.
std::shared_ptr<nn::Linear> linear_with(const Tensor& weight, const Tensor& bias);
std::shared_ptr<nn::Conv2d> conv2d_with(const nn::Conv2d& like, const Tensor& weight,
                                        const Tensor& bias);

// Either of the two, by the kind of `like`.
std::shared_ptr<nn::Module> layer_with(const nn::Module& like, const Tensor& weight,
                                       const Tensor& bias);

// BatchNorm2d's four tensors, each [C].
struct BatchNormState {
  Tensor weight;
  Tensor bias;
  Tensor running_mean;
  Tensor running_var;
};
std::shared_ptr<nn::BatchNorm2d> batch_norm_with(const nn::BatchNorm2d& like,
                                                 const BatchNormState& state);

}  // namespace tinytorch::compression
