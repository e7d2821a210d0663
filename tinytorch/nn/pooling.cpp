#include "tinytorch/nn/pooling.h"

#include "tinytorch/core/error.h"

namespace tinytorch::nn {
namespace {

ops::PoolOptions pool_options(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return {kernel, stride == 0 ? kernel : stride, padding};
}

std::string describe_pool(const char* name, const ops::PoolOptions& options) {
  return concat(name, "(kernel_size=", options.kernel, ", stride=", options.stride,
                ", padding=", options.padding, ")");
}

}  // namespace

MaxPool2d::MaxPool2d(std::int64_t kernel, std::int64_t stride, std::int64_t padding)
    : options_(pool_options(kernel, stride, padding)) {}

Tensor MaxPool2d::forward(const Tensor& x) { return ops::max_pool2d(x, options_); }

std::string MaxPool2d::describe() const { return describe_pool("MaxPool2d", options_); }

AvgPool2d::AvgPool2d(std::int64_t kernel, std::int64_t stride, std::int64_t padding)
    : options_(pool_options(kernel, stride, padding)) {}

Tensor AvgPool2d::forward(const Tensor& x) { return ops::avg_pool2d(x, options_); }

std::string AvgPool2d::describe() const { return describe_pool("AvgPool2d", options_); }

Tensor AdaptiveAvgPool2d::forward(const Tensor& x) {
  return ops::adaptive_avg_pool2d(x, height_, width_);
}

std::string AdaptiveAvgPool2d::describe() const {
  return concat("AdaptiveAvgPool2d(", height_, ", ", width_, ")");
}

}  // namespace tinytorch::nn
