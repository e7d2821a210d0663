#include "tinytorch/quantization/deployed/quantized_node.h"

#include "tinytorch/kernels/conv_geometry.h"

namespace tinytorch::quantization {
namespace {

template <typename Op>
concept WithWeights = requires(const Op& op) {
  op.weight_codes();
};

// Both kinds of layer say it in the same words.
struct ValuesOf {
  template <WithWeights Layer>
  std::optional<LayerValues> operator()(const Layer& layer) const {
    const auto codes = layer.weight_codes();
    return LayerValues{{codes.begin(), codes.end()}, layer.weight_scales(), layer.bias(),
                       layer.weight_bits(),          layer.input(),         layer.output(),
                       layer.output_range(),         layer.activation()};
  }
  template <typename Other>
  std::optional<LayerValues> operator()(const Other&) const {
    return std::nullopt;
  }
};

struct InputCount {
  std::size_t operator()(const QuantizedAdd&) const { return 2; }
  std::size_t operator()(const QuantizedMultiply&) const { return 2; }
  std::size_t operator()(const QuantizedMaximum&) const { return 2; }
  std::size_t operator()(const QuantizedConcat& op) const { return op.inputs().size(); }
  template <typename Other>
  std::size_t operator()(const Other&) const {
    return 1;
  }
};

struct KindName {
  std::string operator()(const QuantizedLinear&) const { return "linear"; }
  std::string operator()(const QuantizedConv2d&) const { return "conv"; }
  std::string operator()(const QuantizedAdd&) const { return "add"; }
  std::string operator()(const QuantizedPool& pool) const {
    return std::string(name(pool.kind)) + " pool";
  }
  std::string operator()(const QuantizedFlatten&) const { return "flatten"; }
  std::string operator()(const QuantizedFunction& op) const {
    return std::string(name(op.function().kind));
  }
  std::string operator()(const QuantizedMultiply&) const { return "multiply"; }
  std::string operator()(const QuantizedMaximum&) const { return "maximum"; }
  std::string operator()(const QuantizedConcat&) const { return "concat"; }
  std::string operator()(const FloatIsland& island) const {
    return "float " + std::string(name(island.settings().kind));
  }
};

}  // namespace

std::optional<LayerValues> layer_values(const QuantizedNode& node) {
  return std::visit(ValuesOf(), node.op);
}

std::size_t input_count(const NetworkOp& op) { return std::visit(InputCount(), op); }

std::string kind_name(const NetworkOp& op) { return std::visit(KindName(), op); }

std::vector<std::string> float_islands(std::span<const QuantizedNode> nodes) {
  std::vector<std::string> paths;
  for (const QuantizedNode& node : nodes) {
    if (std::holds_alternative<FloatIsland>(node.op)) paths.push_back(node.path);
  }
  return paths;
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
