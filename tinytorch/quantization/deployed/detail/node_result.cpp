#include "tinytorch/quantization/deployed/detail/node_result.h"

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/image_sizes.h"

namespace tinytorch::quantization {
namespace {

struct ResultOf {
  std::span<const NetworkValue> inputs;
  Dialect dialect;
  const NetworkValue& in = inputs.front();
  const NetworkValue& second = inputs.back();

  NetworkValue operator()(const QuantizedLinear& layer) const {
    if (!in.flat) throw Error("reads features; it is given an image, so put a Flatten before it");
    if (layer.in_features() != in.channels) {
      throw Error(concat("takes ", layer.in_features(), " features; it is given ", in.channels));
    }
    require_ready(layer);
    return {layer.out_features(), 1, 1, true, false, layer.output()};
  }

  NetworkValue operator()(const QuantizedConv2d& layer) const {
    if (in.flat) throw Error("slides a window over images; features are for a linear layer");
    if (layer.shape().in_channels != in.channels) {
      throw Error(
          concat("takes ", layer.shape().in_channels, " channels; it is given ", in.channels));
    }
    require_ready(layer);
    const ImageSize out = layer.output_size({1, in.height, in.width});
    return {layer.shape().out_channels, out.height, out.width, false, false, layer.output()};
  }

  NetworkValue operator()(const QuantizedAdd& sum) const {
    if (in.channels != second.channels || in.height != second.height || in.width != second.width) {
      throw Error(concat("adds ", shape_of(in), " and ", shape_of(second)));
    }
    require_dialect(sum.dialect());
    if (in.reordered || second.reordered) {
      throw Error("adds the features of a Flatten, which lie in the image's order; add before it");
    }
    NetworkValue out = in;
    out.grid = sum.grids().output;
    return out;
  }

  NetworkValue operator()(const QuantizedPool& pool) const {
    if (in.flat) throw Error("pools images; it is given features");
    const kernels::ConvGeometry sizes = pool_sizes(pool, in.channels, {1, in.height, in.width});
    if (pool.kind == PoolKind::kMax) require_window_inside("max_pool", sizes);
    if (pool.kind == PoolKind::kAverage && !pool.count_include_pad) {
      require_window_inside("average_pool", sizes);
    }
    return {in.channels, sizes.out_height, sizes.out_width, false, false, in.grid};
  }

  NetworkValue operator()(const QuantizedFlatten&) const {
    const bool moved = in.channels > 1 && in.height * in.width > 1;
    return {in.codes(), 1, 1, true, in.reordered || moved, in.grid};
  }

  NetworkValue operator()(const QuantizedFunction& function) const {
    NetworkValue out = in;
    out.grid = function.output();
    return out;
  }

  NetworkValue operator()(const QuantizedMultiply& product) const {
    require_dialect(product.dialect());
    return joined("multiplies", broadcast_extent(in.extent(), second.extent()),
                  product.grids().output);
  }

  NetworkValue operator()(const QuantizedMaximum& maximum) const {
    if (!(in.extent() == second.extent())) {
      throw Error(concat("compares ", shape_of(in), " and ", shape_of(second)));
    }
    return joined("compares", in.extent(), maximum.grids().output);
  }

  NetworkValue operator()(const QuantizedConcat& op) const {
    if (in.flat && op.axis() != ConcatAxis::kChannels) {
      throw Error("puts features behind each other along an axis that only images have");
    }
    std::vector<CodeExtent> extents;
    for (const NetworkValue& input : inputs) extents.push_back(input.extent());
    return joined("puts behind each other", op.result(extents), op.output());
  }

  NetworkValue operator()(const FloatIsland& island) const {
    if (island.settings().is_layer()) return layer(island);
    if (in.flat && island.settings().dim > 1) {
      throw Error(
          concat("looks along dimension ", island.settings().dim, ", which features do not have"));
    }
    return joined(name(island.settings().kind) == "softmax" ? "takes the softmax of" : "normalizes",
                  island.result(in.extent()), island.output());
  }

  // A layer in float: a linear one knows the image behind a Flatten, and puts its features in
  // order.
  NetworkValue layer(const FloatIsland& island) const {
    const bool linear = island.settings().kind == IslandKind::kLinear;
    if (linear != in.flat) {
      throw Error(linear ? "reads features; it is given an image, so put a Flatten before it"
                         : "slides a window over images; features are for a linear layer");
    }
    if (linear && in.reordered != (island.settings().flattened_channels > 1)) {
      throw Error(concat("takes the features of an image of ", island.settings().flattened_channels,
                         " channels; what it is given does not lie so"));
    }
    const CodeExtent out = island.result(in.extent());
    return {out.channels, out.height, out.width, linear, false, island.output()};
  }

  // What several values become: images of images, features of features in one order.
  NetworkValue joined(const char* does, const CodeExtent& extent, QParams grid) const {
    for (const NetworkValue& input : inputs) {
      if (input.flat != in.flat) {
        throw Error(concat(does, " ", shape_of(in), " and ", shape_of(input),
                           ", an image and features; put a Flatten before it"));
      }
      if (!input.reordered) continue;
      throw Error(concat(does,
                         " the features of a Flatten, which lie in the image's order; put the "
                         "Flatten behind it"));
    }
    return {extent.channels, extent.height, extent.width, in.flat, false, grid};
  }

  template <typename Layer>
  void require_ready(const Layer& layer) const {
    if (layer.multipliers().empty() && layer.fixed_multipliers().empty()) {
      throw Error("the output has no scale yet; calibrate, then call set_output");
    }
    require_dialect(layer.dialect());
  }

  void require_dialect(Dialect spoken) const {
    if (spoken == dialect) return;
    throw Error(
        concat("speaks dialect ", name(spoken), " in a network of dialect ", name(dialect)));
  }

  static std::string shape_of(const NetworkValue& value) {
    return to_string(Shape{value.channels, value.height, value.width});
  }
};

struct ExpectedGrids {
  std::vector<QParams> operator()(const QuantizedLinear& layer) const { return {layer.input()}; }
  std::vector<QParams> operator()(const QuantizedConv2d& layer) const { return {layer.input()}; }
  std::vector<QParams> operator()(const QuantizedAdd& sum) const {
    return {sum.grids().a, sum.grids().b};
  }
  std::vector<QParams> operator()(const QuantizedPool&) const { return {}; }
  std::vector<QParams> operator()(const QuantizedFlatten&) const { return {}; }
  std::vector<QParams> operator()(const QuantizedFunction& op) const { return {op.input()}; }
  std::vector<QParams> operator()(const QuantizedMultiply& op) const {
    return {op.grids().a, op.grids().b};
  }
  std::vector<QParams> operator()(const QuantizedMaximum& op) const {
    return {op.grids().a, op.grids().b};
  }
  std::vector<QParams> operator()(const QuantizedConcat& op) const { return op.inputs(); }
  std::vector<QParams> operator()(const FloatIsland& op) const { return {op.input()}; }
};

}  // namespace

NetworkValue result_of(const QuantizedNode& node, std::span<const NetworkValue> inputs,
                       Dialect dialect) {
  return std::visit(ResultOf{inputs, dialect}, node.op);
}

std::vector<QParams> expected_grids(const QuantizedNode& node) {
  return std::visit(ExpectedGrids(), node.op);
}

}  // namespace tinytorch::quantization
