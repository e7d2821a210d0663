// Layers of images [N, C, H, W].
#include "tinytorch/core/error.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/onnx/module_nodes.h"
#include "tinytorch/onnx/windows.h"

namespace tinytorch::onnx {
namespace {

using Path = std::string;

GraphValue conv2d(ModuleNodes& nodes, const nn::Conv2d& layer, const GraphValue& in,
                  const Path& path) {
  std::vector<std::string> inputs{in.name, nodes.constant(path + ".weight", layer.weight())};
  if (layer.bias().defined()) inputs.push_back(nodes.constant(path + ".bias", layer.bias()));
  return nodes.node("Conv", inputs, path, 4, windows_of(layer));
}

// By the running statistics, as in eval mode; runtimes fold it into the convolution before it.
GraphValue batch_norm(ModuleNodes& nodes, const nn::BatchNorm2d& layer, const GraphValue& in,
                      const Path& path) {
  return nodes.node("BatchNormalization",
                    {in.name, nodes.constant(path + ".weight", layer.weight()),
                     nodes.constant(path + ".bias", layer.bias()),
                     nodes.constant(path + ".running_mean", layer.running_mean()),
                     nodes.constant(path + ".running_var", layer.running_var())},
                    path, 4, {{"epsilon", layer.epsilon()}});
}

GraphValue max_pool(ModuleNodes& nodes, const nn::MaxPool2d& layer, const GraphValue& in,
                    const Path& path) {
  return nodes.node("MaxPool", {in.name}, path, 4,
                    windows_of(layer.options(), {"ceil_mode", std::int64_t{0}}));
}

GraphValue avg_pool(ModuleNodes& nodes, const nn::AvgPool2d& layer, const GraphValue& in,
                    const Path& path) {
  return nodes.node("AveragePool", {in.name}, path, 4,
                    windows_of(layer.options(), {"count_include_pad",
                                                 std::int64_t{layer.options().count_include_pad}}));
}

// A size of the image, as ONNX's inference finds it.
std::int64_t size_of(const ModuleNodes& nodes, const GraphValue& image, std::size_t dimension) {
  const std::vector<Dimension> shape = nodes.model().inferred_shape(image.name);
  const auto* size = std::get_if<std::int64_t>(&shape.at(dimension));
  return size == nullptr ? -1 : *size;
}

// ONNX has windows of one size only, ours differ by one where the image cannot be divided.
GraphValue adaptive_pool(ModuleNodes& nodes, const nn::AdaptiveAvgPool2d& layer,
                         const GraphValue& in, const Path& path) {
  if (layer.height() == 1 && layer.width() == 1) {
    return nodes.node("GlobalAveragePool", {in.name}, path, 4);
  }
  const std::int64_t height = size_of(nodes, in, 2);
  const std::int64_t width = size_of(nodes, in, 3);
  if (height < 1 || width < 1 || height % layer.height() != 0 || width % layer.width() != 0) {
    throw Error(concat("onnx: ", path, ", ", layer.describe(), " of an image of ", height, " × ",
                       width,
                       ": ONNX has no windows of different sizes; choose sizes that divide "
                       "the image's"));
  }
  const std::vector<std::int64_t> window{height / layer.height(), width / layer.width()};
  return nodes.node("AveragePool", {in.name}, path, 4,
                    {{"kernel_shape", window}, {"strides", window}});
}

}  // namespace

std::vector<AddLayer> image_layers() {
  return {add_layer<nn::Conv2d>(conv2d), add_layer<nn::BatchNorm2d>(batch_norm),
          add_layer<nn::MaxPool2d>(max_pool), add_layer<nn::AvgPool2d>(avg_pool),
          add_layer<nn::AdaptiveAvgPool2d>(adaptive_pool)};
}

}  // namespace tinytorch::onnx
