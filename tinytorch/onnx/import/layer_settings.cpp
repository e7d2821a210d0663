#include "tinytorch/onnx/import/detail/layer_settings.h"

#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/joins.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::onnx {
namespace {

using Sizes = std::vector<std::int64_t>;

Sizes sizes(const Extent2& extent) { return {extent.height, extent.width}; }
Sizes sizes(const Padding4& p) { return {p.top, p.left, p.bottom, p.right}; }

// The settings of a layer, where it is a T.
template <typename T, typename Get>
bool is(const nn::Module& layer, Settings& settings, Get&& get) {
  const T* found = dynamic_cast<const T*>(&layer);
  if (found == nullptr) return false;
  get(*found, settings);
  return true;
}

void settings_of_pool(const ops::PoolOptions& options, Settings& s) {
  s["kernel"] = sizes(options.kernel);
  s["stride"] = sizes(options.stride);
  s["padding"] = sizes(options.padding);
}

const auto kNothing = [](const auto&, Settings&) {};

// One line a kind.
std::string kind_of(const nn::Module& layer, Settings& s) {
  if (is<nn::Linear>(layer, s, [](const nn::Linear& l, Settings& to) {
        to = {{"in", l.in_features()},
              {"out", l.out_features()},
              {"bias", std::int64_t{l.bias().defined()}}};
      })) {
    return "Linear";
  }
  if (is<nn::Conv2d>(layer, s, [](const nn::Conv2d& l, Settings& to) {
        to = {{"in", l.in_channels()},
              {"out", l.out_channels()},
              {"kernel", sizes(l.kernel())},
              {"stride", sizes(l.options().stride)},
              {"padding", sizes(l.options().padding)},
              {"dilation", sizes(l.options().dilation)},
              {"groups", l.options().groups},
              {"bias", std::int64_t{l.bias().defined()}}};
      })) {
    return "Conv2d";
  }
  if (is<nn::BatchNorm2d>(layer, s, [](const nn::BatchNorm2d& l, Settings& to) {
        to = {{"channels", l.weight().size(0)}, {"epsilon", l.epsilon()}};
      })) {
    return "BatchNorm2d";
  }
  if (is<nn::LayerNorm>(layer, s, [](const nn::LayerNorm& l, Settings& to) {
        to = {{"shape", l.normalized_shape().sizes()},
              {"epsilon", l.epsilon()},
              {"affine", std::int64_t{l.weight().defined()}}};
      })) {
    return "LayerNorm";
  }
  if (is<nn::MaxPool2d>(layer, s, [](const nn::MaxPool2d& l, Settings& to) {
        settings_of_pool(l.options(), to);
      })) {
    return "MaxPool2d";
  }
  if (is<nn::AvgPool2d>(layer, s, [](const nn::AvgPool2d& l, Settings& to) {
        settings_of_pool(l.options(), to);
        to["count_include_pad"] = std::int64_t{l.options().count_include_pad};
      })) {
    return "AvgPool2d";
  }
  if (is<nn::AdaptiveAvgPool2d>(layer, s, [](const nn::AdaptiveAvgPool2d& l, Settings& to) {
        to = {{"height", l.height()}, {"width", l.width()}};
      })) {
    return "AdaptiveAvgPool2d";
  }
  if (is<nn::LeakyReLU>(layer, s, [](const auto& l, Settings& to) { to["slope"] = l.slope(); })) {
    return "LeakyReLU";
  }
  if (is<nn::Hardtanh>(layer, s, [](const nn::Hardtanh& l, Settings& to) {
        to = {{"low", l.low()}, {"high", l.high()}};
      })) {
    return "Hardtanh";
  }
  if (is<nn::GELU>(layer, s, [](const nn::GELU& l, Settings& to) {
        to["tanh"] = std::int64_t{l.form() == ops::Gelu::kTanh};
      })) {
    return "GELU";
  }
  if (is<nn::Softmax>(layer, s, [](const auto& l, Settings& to) { to["dim"] = l.dim(); })) {
    return "Softmax";
  }
  if (is<nn::Concat>(layer, s, [](const auto& l, Settings& to) { to["dim"] = l.dim(); })) {
    return "Concat";
  }
  if (is<nn::Flatten>(layer, s,
                      [](const auto& l, Settings& to) { to["start_dim"] = l.start_dim(); })) {
    return "Flatten";
  }
  if (is<nn::ReLU>(layer, s, kNothing)) return "ReLU";
  if (is<nn::ReLU6>(layer, s, kNothing)) return "ReLU6";
  if (is<nn::Sigmoid>(layer, s, kNothing)) return "Sigmoid";
  if (is<nn::Tanh>(layer, s, kNothing)) return "Tanh";
  if (is<nn::Hardsigmoid>(layer, s, kNothing)) return "Hardsigmoid";
  if (is<nn::Hardswish>(layer, s, kNothing)) return "Hardswish";
  if (is<nn::SiLU>(layer, s, kNothing)) return "SiLU";
  if (is<nn::Add>(layer, s, kNothing)) return "Add";
  if (is<nn::Multiply>(layer, s, kNothing)) return "Multiply";
  if (is<nn::Maximum>(layer, s, kNothing)) return "Maximum";
  throw Error(concat(layer.describe(), " has no name in an architecture's file"));
}

}  // namespace

std::pair<std::string, Settings> settings_of(const nn::Module& layer) {
  Settings settings;
  std::string kind = kind_of(layer, settings);
  return {std::move(kind), std::move(settings)};
}

}  // namespace tinytorch::onnx
