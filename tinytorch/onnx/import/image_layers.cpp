#include "tinytorch/onnx/import/detail/image_layers.h"

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/detail/fold.h"

namespace tinytorch::onnx {
namespace {

Extent2 extent(const Sizes& sizes) { return {sizes[0], sizes[1]}; }

Padding4 padding(const ImageWindow& window) {
  return {window.before[0], window.before[1], window.after[0], window.after[1]};
}

void require_no_dilation(const ImageWindow& window) {
  if (window.dilation == Sizes{1, 1}) return;
  throw Error(concat("its dilation is ", describe(window.dilation),
                     "; pooling here has 1. It would need windows with gaps in kernels/pooling.h "
                     "and in the integer pooling"));
}

}  // namespace

std::shared_ptr<nn::Conv2d> conv_layer(std::int64_t in, std::int64_t out, const ImageWindow& window,
                                       std::int64_t groups, bool bias) {
  Rng rng(0);
  nn::Conv2dOptions options;
  options.stride = extent(window.stride);
  options.padding = padding(window);
  options.dilation = extent(window.dilation);
  options.groups = groups;
  options.bias = bias;
  return std::make_shared<nn::Conv2d>(in, out, extent(window.kernel), options, rng);
}

std::shared_ptr<nn::Module> max_pool_layer(const ImageWindow& window) {
  require_no_dilation(window);
  return std::make_shared<nn::MaxPool2d>(extent(window.kernel), extent(window.stride),
                                         padding(window));
}

std::shared_ptr<nn::Module> average_pool_layer(const ImageWindow& window, bool count_padding) {
  require_no_dilation(window);
  return std::make_shared<nn::AvgPool2d>(extent(window.kernel), extent(window.stride),
                                         padding(window), count_padding);
}

}  // namespace tinytorch::onnx
