#include "tinytorch/onnx/import/detail/image_layers.h"

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/detail/fold.h"

namespace tinytorch::onnx {
namespace {

std::int64_t square(const Sizes& sizes, const char* what) {
  if (sizes[0] == sizes[1]) return sizes[0];
  throw Error(concat("its ", what, " is ", describe(sizes), "; layers here have square ones"));
}

std::int64_t padding_of(const ImageWindow& window) {
  if (window.before != window.after) {
    throw Error(concat("its padding is ", describe(window.before), " before and ",
                       describe(window.after), " after; layers here have it equal on all sides"));
  }
  return square(window.before, "padding");
}

void require_no_dilation(const ImageWindow& window) {
  if (window.dilation == Sizes{1, 1}) return;
  throw Error(concat("its dilation is ", describe(window.dilation), "; layers here have 1"));
}

}  // namespace

std::shared_ptr<nn::Conv2d> conv_layer(std::int64_t in, std::int64_t out, const ImageWindow& window,
                                       std::int64_t groups, bool bias) {
  require_no_dilation(window);
  Rng rng(0);
  nn::Conv2dOptions options;
  options.stride = square(window.stride, "stride");
  options.padding = padding_of(window);
  options.groups = groups;
  options.bias = bias;
  return std::make_shared<nn::Conv2d>(in, out, square(window.kernel, "kernel"), options, rng);
}

std::shared_ptr<nn::Module> max_pool_layer(const ImageWindow& window) {
  require_no_dilation(window);
  return std::make_shared<nn::MaxPool2d>(square(window.kernel, "kernel"),
                                         square(window.stride, "stride"), padding_of(window));
}

std::shared_ptr<nn::Module> average_pool_layer(const ImageWindow& window, bool count_padding) {
  require_no_dilation(window);
  const std::int64_t padding = padding_of(window);
  if (padding != 0 && !count_padding) {
    throw Error("count_include_pad is 0; layers here count the padding");
  }
  return std::make_shared<nn::AvgPool2d>(square(window.kernel, "kernel"),
                                         square(window.stride, "stride"), padding);
}

}  // namespace tinytorch::onnx
