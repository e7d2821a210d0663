#include "tinytorch/onnx/windows.h"

#include <cstdint>

namespace tinytorch::onnx {
namespace {

using Sizes = std::vector<std::int64_t>;

std::vector<Attribute> windows(const Extent2& kernel, const Extent2& stride,
                               const Padding4& padding, const Attribute& own) {
  return {{"kernel_shape", Sizes{kernel.height, kernel.width}},
          {"strides", Sizes{stride.height, stride.width}},
          {"pads", Sizes{padding.top, padding.left, padding.bottom, padding.right}},
          own};
}

}  // namespace

std::vector<Attribute> windows_of(const nn::Conv2d& layer) {
  const nn::Conv2dOptions& options = layer.options();
  std::vector<Attribute> all =
      windows(layer.kernel(), options.stride, options.padding, {"group", options.groups});
  if (options.dilation != Extent2(1)) {
    all.emplace_back("dilations", Sizes{options.dilation.height, options.dilation.width});
  }
  return all;
}

std::vector<Attribute> windows_of(const ops::PoolOptions& options, const Attribute& own) {
  return windows(options.kernel, options.stride, options.padding, own);
}

}  // namespace tinytorch::onnx
