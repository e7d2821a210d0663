#pragma once
// A layer as the profiler sees it: what kind, under which name, from which shape to which.
// Given (layers.cpp).

#include <string>

#include "tinytorch/core/shape.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::profiling {

enum class LayerKind {
  kLinear,
  kConv2d,
  kBatchNorm2d,
  kLayerNorm,
  kMaxPool2d,
  kAvgPool2d,
  kAdaptiveAvgPool2d,
  kActivation,
  kDropout,
  kFlatten,
};

struct Layer {
  std::string name;              // "3", "features.0"
  nn::Module* module = nullptr;  // not owned: the model must outlive the layer
  LayerKind kind = LayerKind::kFlatten;
  Shape input;
  Shape output;

  // True when the output is the input's own storage: nothing is computed, no byte moves. Flatten
  // always is a view, Dropout in eval mode.
  bool is_view(bool training) const {
    return kind == LayerKind::kFlatten || (kind == LayerKind::kDropout && !training);
  }
};

// `module` as one layer on an input of that shape. The output's shape is found by running it once
// on zeros, in eval mode and without recording; the module is left as it was.
// Throws Error naming the layer when its kind is unknown (a cost of 0 would be a lie) or the shape
// does not fit.
Layer leaf_layer(nn::Module& module, const std::string& name, const Shape& input);

// FLOPs for each value of an activation or a normalization in eval mode: ReLU 1, ReLU6, Hardtanh
// and LeakyReLU 2, Tanh 1, Sigmoid and Hardsigmoid 4, Hardswish and SiLU 5, GELU 5, Softmax 5,
// BatchNorm2d 2 (its factor and offset are made once a channel), LayerNorm 8. Throws Error for
// other modules.
std::int64_t flops_per_value(const nn::Module& module);

}  // namespace tinytorch::profiling
