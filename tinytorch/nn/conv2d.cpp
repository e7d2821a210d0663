#include "tinytorch/nn/conv2d.h"

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::nn {

Conv2d::Conv2d(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel,
               const Conv2dOptions& options, Rng& rng)
    : options_(options) {
  const std::int64_t groups = options.groups;
  if (in_channels < 1 || out_channels < 1 || kernel < 1 || options.stride < 1 ||
      options.padding < 0) {
    throw Error(concat("conv2d: ", in_channels, " to ", out_channels, " channels, kernel ", kernel,
                       ", stride ", options.stride, ", padding ", options.padding,
                       "; all but the padding must be at least 1"));
  }
  if (groups < 1 || in_channels % groups != 0 || out_channels % groups != 0) {
    throw Error(concat("conv2d: ", in_channels, " to ", out_channels,
                       " channels cannot be divided into ", groups, " groups"));
  }
  const std::int64_t inputs = in_channels / groups * kernel * kernel;
  const float bound = 1.0f / std::sqrt(static_cast<float>(inputs));
  weight_ = register_parameter(
      "weight",
      Tensor::uniform({out_channels, in_channels / groups, kernel, kernel}, -bound, bound, rng));
  if (options.bias) {
    bias_ = register_parameter("bias", Tensor::uniform({out_channels}, -bound, bound, rng));
  }
}

Tensor Conv2d::forward(const Tensor& x) {
  return ops::conv2d(x, weight_, bias_, {options_.stride, options_.padding, options_.groups});
}

std::string Conv2d::describe() const {
  std::string text =
      concat("Conv2d(", in_channels(), ", ", out_channels(), ", kernel_size=", kernel(),
             ", stride=", options_.stride, ", padding=", options_.padding);
  if (options_.groups != 1) text += concat(", groups=", options_.groups);
  if (!bias_.defined()) text += ", bias=False";
  return text + ")";
}

}  // namespace tinytorch::nn
