#include "tinytorch/onnx/windows.h"

#include <cstdint>

namespace tinytorch::onnx {
namespace {

using Sizes = std::vector<std::int64_t>;

std::vector<Attribute> windows(std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                               const Attribute& own) {
  return {{"kernel_shape", Sizes{kernel, kernel}},
          {"strides", Sizes{stride, stride}},
          {"pads", Sizes{padding, padding, padding, padding}},
          own};
}

}  // namespace

std::vector<Attribute> windows_of(const nn::Conv2d& layer) {
  const nn::Conv2dOptions& options = layer.options();
  return windows(layer.kernel(), options.stride, options.padding, {"group", options.groups});
}

std::vector<Attribute> windows_of(const ops::PoolOptions& options, const Attribute& own) {
  return windows(options.kernel, options.stride, options.padding, own);
}

}  // namespace tinytorch::onnx
