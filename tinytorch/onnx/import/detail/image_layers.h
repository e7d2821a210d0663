#pragma once
// The layers of a window. Internal to the import.

#include <memory>

#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/onnx/import/detail/image_window.h"

namespace tinytorch::onnx {

// Each throws Error on a window that the layer does not have.
std::shared_ptr<nn::Conv2d> conv_layer(std::int64_t in, std::int64_t out, const ImageWindow& window,
                                       std::int64_t groups, bool bias);
std::shared_ptr<nn::Module> max_pool_layer(const ImageWindow& window);
std::shared_ptr<nn::Module> average_pool_layer(const ImageWindow& window, bool count_padding);

}  // namespace tinytorch::onnx
