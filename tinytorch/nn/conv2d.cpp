#include "tinytorch/nn/conv2d.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::nn {
namespace {

std::int64_t smaller(const Extent2& extent) { return std::min(extent.height, extent.width); }

}  // namespace

Conv2d::Conv2d(std::int64_t in_channels, std::int64_t out_channels, const Extent2& kernel,
               const Conv2dOptions& options, Rng& rng)
    : options_(options) {
  const std::int64_t groups = options.groups;
  const Padding4& padding = options.padding;
  if (std::min({in_channels, out_channels, smaller(kernel), smaller(options.stride),
                smaller(options.dilation)}) < 1 ||
      std::min({padding.top, padding.left, padding.bottom, padding.right}) < 0) {
    throw Error(concat("conv2d: ", in_channels, " to ", out_channels, " channels, kernel ",
                       to_string(kernel), ", stride ", to_string(options.stride), ", padding ",
                       to_string(padding), ", dilation ", to_string(options.dilation),
                       "; all but the padding must be at least 1, the padding at least 0"));
  }
  if (groups < 1 || in_channels % groups != 0 || out_channels % groups != 0) {
    throw Error(concat("conv2d: ", in_channels, " to ", out_channels,
                       " channels cannot be divided into ", groups, " groups"));
  }
  const std::int64_t inputs = in_channels / groups * kernel.area();
  const float bound = 1.0f / std::sqrt(static_cast<float>(inputs));
  weight_ = register_parameter(
      "weight", Tensor::uniform({out_channels, in_channels / groups, kernel.height, kernel.width},
                                -bound, bound, rng));
  if (options.bias) {
    bias_ = register_parameter("bias", Tensor::uniform({out_channels}, -bound, bound, rng));
  }
}

Tensor Conv2d::forward(const Tensor& x) {
  return ops::conv2d(x, weight_, bias_,
                     {options_.stride, options_.padding, options_.groups, options_.dilation});
}

std::string Conv2d::describe() const {
  std::string text =
      concat("Conv2d(", in_channels(), ", ", out_channels(), ", kernel_size=", to_string(kernel()),
             ", stride=", to_string(options_.stride), ", padding=", to_string(options_.padding));
  if (options_.dilation != 1) text += concat(", dilation=", to_string(options_.dilation));
  if (options_.groups != 1) text += concat(", groups=", options_.groups);
  if (!bias_.defined()) text += ", bias=False";
  return text + ")";
}

}  // namespace tinytorch::nn
