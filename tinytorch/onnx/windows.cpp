#include "tinytorch/onnx/windows.h"

#include <cstdint>

namespace tinytorch::onnx {
namespace {

using Sizes = std::vector<std::int64_t>;

}  // namespace

std::vector<Attribute> window_attributes(const WindowSizes& sizes, const Attribute& own) {
  const Padding4& p = sizes.padding;
  std::vector<Attribute> all{{"kernel_shape", Sizes{sizes.kernel.height, sizes.kernel.width}},
                             {"strides", Sizes{sizes.stride.height, sizes.stride.width}},
                             {"pads", Sizes{p.top, p.left, p.bottom, p.right}},
                             own};
  if (sizes.dilation != 1) {
    all.push_back({"dilations", Sizes{sizes.dilation.height, sizes.dilation.width}});
  }
  return all;
}

std::vector<Attribute> windows_of(const nn::Conv2d& layer) {
  const nn::Conv2dOptions& options = layer.options();
  return window_attributes({layer.kernel(), options.stride, options.padding, options.dilation},
                           {"group", options.groups});
}

std::vector<Attribute> windows_of(const ops::PoolOptions& options, const Attribute& own) {
  return window_attributes({options.kernel, options.stride, options.padding}, own);
}

}  // namespace tinytorch::onnx
