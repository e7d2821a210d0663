#include "tinytorch/quantization/deployed/quantized_node.h"

#include "tinytorch/kernels/conv_geometry.h"

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

kernels::ConvGeometry pool_sizes(const QuantizedPool& pool, std::int64_t channels,
                                 const ImageSize& image) {
  kernels::ConvGeometry sizes;
  sizes.batch = image.batch;
  sizes.in_channels = sizes.out_channels = sizes.groups = channels;
  sizes.in_height = image.height;
  sizes.in_width = image.width;
  sizes.kernel = pool.kernel == 0 ? Extent2(image.height, image.width) : pool.kernel;
  sizes.stride = pool.stride;
  sizes.padding = pool.padding;
  kernels::set_output_size(sizes);
  return sizes;
}

}  // namespace tinytorch::quantization
