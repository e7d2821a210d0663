#include "tinytorch/nn/pooling.h"

#include "tinytorch/core/error.h"

namespace tinytorch::nn {
namespace {

ops::PoolOptions pool_options(const Extent2& kernel, const Extent2& stride, const Padding4& padding,
                              bool count_include_pad = true) {
  return {kernel, stride == 0 ? kernel : stride, padding, count_include_pad};
}

std::string describe_pool(const char* name, const ops::PoolOptions& options) {
  return concat(name, "(kernel_size=", to_string(options.kernel),
                ", stride=", to_string(options.stride), ", padding=", to_string(options.padding),
                options.count_include_pad ? "" : ", count_include_pad=False", ")");
}

}  // namespace

MaxPool2d::MaxPool2d(const Extent2& kernel, const Extent2& stride, const Padding4& padding)
    : options_(pool_options(kernel, stride, padding)) {}

Tensor MaxPool2d::forward(const Tensor& x) { return ops::max_pool2d(x, options_); }

std::string MaxPool2d::describe() const { return describe_pool("MaxPool2d", options_); }

AvgPool2d::AvgPool2d(const Extent2& kernel, const Extent2& stride, const Padding4& padding,
                     bool count_include_pad)
    : options_(pool_options(kernel, stride, padding, count_include_pad)) {}

Tensor AvgPool2d::forward(const Tensor& x) { return ops::avg_pool2d(x, options_); }

std::string AvgPool2d::describe() const { return describe_pool("AvgPool2d", options_); }

Tensor AdaptiveAvgPool2d::forward(const Tensor& x) {
  return ops::adaptive_avg_pool2d(x, height_, width_);
}

std::string AdaptiveAvgPool2d::describe() const {
  return concat("AdaptiveAvgPool2d(", height_, ", ", width_, ")");
}

}  // namespace tinytorch::nn
