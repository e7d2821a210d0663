#include "tinytorch/profiling/layers.h"

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/mode_guard.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::profiling {
namespace {

template <typename... Kinds>
bool is_any(const nn::Module& module) {
  return ((dynamic_cast<const Kinds*>(&module) != nullptr) || ...);
}

LayerKind kind_of(const nn::Module& module, const std::string& name) {
  if (is_any<nn::Linear>(module)) return LayerKind::kLinear;
  if (is_any<nn::Conv2d>(module)) return LayerKind::kConv2d;
  if (is_any<nn::BatchNorm2d>(module)) return LayerKind::kBatchNorm2d;
  if (is_any<nn::LayerNorm>(module)) return LayerKind::kLayerNorm;
  if (is_any<nn::MaxPool2d>(module)) return LayerKind::kMaxPool2d;
  if (is_any<nn::AvgPool2d>(module)) return LayerKind::kAvgPool2d;
  if (is_any<nn::AdaptiveAvgPool2d>(module)) return LayerKind::kAdaptiveAvgPool2d;
  if (is_any<nn::ReLU, nn::ReLU6, nn::GELU, nn::Sigmoid, nn::Tanh, nn::Softmax, nn::LeakyReLU,
             nn::Hardtanh, nn::Hardsigmoid, nn::Hardswish, nn::SiLU>(module)) {
    return LayerKind::kActivation;
  }
  if (is_any<nn::Dropout>(module)) return LayerKind::kDropout;
  if (is_any<nn::Flatten>(module)) return LayerKind::kFlatten;
  throw Error(concat("profiling: layer \"", name, "\", ", module.describe(),
                     ", is of a kind that cannot be counted; teach kind_of() and layer_cost() "
                     "about it, or profile the parts around it"));
}

}  // namespace

Layer leaf_layer(nn::Module& module, const std::string& name, const Shape& input) {
  const LayerKind kind = kind_of(module, name);
  const nn::ModeGuard eval(module, false);
  const autograd::NoGradGuard no_grad;
  try {
    const Tensor output = module.forward(Tensor::zeros(input));
    return {name, &module, kind, input, output.shape()};
  } catch (const NotImplemented&) {
    throw;
  } catch (const Error& error) {
    throw Error(concat("profiling: layer \"", name, "\": ", error.what()));
  }
}

std::int64_t flops_per_value(const nn::Module& module) {
  if (is_any<nn::ReLU, nn::Tanh>(module)) return 1;
  if (is_any<nn::ReLU6, nn::BatchNorm2d, nn::LeakyReLU, nn::Hardtanh>(module)) return 2;
  if (is_any<nn::Sigmoid, nn::Hardsigmoid>(module)) return 4;  // negate, exp, add, divide
  if (is_any<nn::Hardswish, nn::SiLU>(module)) return 5;       // a gate and a product
  if (is_any<nn::GELU, nn::Softmax>(module)) return 5;         // scale, erf, add, two products
  if (is_any<nn::LayerNorm>(module)) return 8;  // mean 1, variance 3, normalize 2, affine 2
  throw Error(concat("flops_per_value: ", module.describe(),
                     " is neither an activation nor a normalization"));
}

}  // namespace tinytorch::profiling
