#include "tinytorch/quantization/deployed/quantized_node.h"

#include "tinytorch/kernels/convolution.h"

namespace tinytorch::quantization {
namespace {

// Both kinds of layer say it in the same words.
struct ValuesOf {
  template <typename Layer>
  std::optional<LayerValues> operator()(const Layer& layer) const {
    const auto codes = layer.weight_codes();
    return LayerValues{{codes.begin(), codes.end()}, layer.weight_scales(), layer.bias(),
                       layer.weight_bits(),          layer.input(),         layer.output(),
                       layer.output_range(),         layer.activation()};
  }
  std::optional<LayerValues> operator()(const QuantizedAdd&) const { return std::nullopt; }
  std::optional<LayerValues> operator()(const QuantizedPool&) const { return std::nullopt; }
  std::optional<LayerValues> operator()(const QuantizedFlatten&) const { return std::nullopt; }
};

}  // namespace

std::optional<LayerValues> layer_values(const QuantizedNode& node) {
  return std::visit(ValuesOf(), node.op);
}

kernels::ConvSizes pool_sizes(const QuantizedPool& pool, std::int64_t channels,
                              const ImageSize& image) {
  const bool whole = pool.kernel == 0;
  kernels::ConvSizes sizes{.batch = image.batch,
                           .in_channels = channels,
                           .in_height = image.height,
                           .in_width = image.width,
                           .out_channels = channels,
                           .kernel_height = whole ? image.height : pool.kernel,
                           .kernel_width = whole ? image.width : pool.kernel,
                           .stride = pool.stride,
                           .padding = pool.padding,
                           .groups = channels};
  using kernels::output_size;
  sizes.out_height = output_size(image.height, sizes.kernel_height, pool.stride, pool.padding);
  sizes.out_width = output_size(image.width, sizes.kernel_width, pool.stride, pool.padding);
  return sizes;
}

}  // namespace tinytorch::quantization
