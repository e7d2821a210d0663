#include "tinytorch/quantization/deployed/detail/layer_nodes_file.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/deployed/detail/file_sizes.h"
#include "tinytorch/quantization/deployed/file_values.h"
#include "tinytorch/quantization/int8/code_limits.h"

namespace tinytorch::quantization {
namespace {

using file_values::codes_of;
using file_values::named;
using file_values::number;
using file_values::qparams;
using file_values::stored;
using file_values::stored_codes;
using file_values::values_of;
using train::SafeTensors;

// Writes one node under its number.
struct Writer {
  SafeTensors& file;
  const QuantizedNode& node;
  const std::string& prefix;
  bool& written;

  template <typename Value>
  void add(const char* key, const Value& value) const {
    file.metadata.emplace_back(prefix + key, concat(value));
  }
  void add_grid(const std::string& key, QParams grid) const {
    add((key + "_scale").c_str(), grid.scale);
    add((key + "_zero_point").c_str(), grid.zero_point);
  }

  // As one number each where they are square and `plain`, as every file had them once. Otherwise as
  // two or four numbers, so that a reader which knows square windows only refuses the file instead
  // of overlooking what it has no key for.
  void add_windows(const Extent2& kernel, const Extent2& stride, const Padding4& padding,
                   bool plain) const {
    if (plain && kernel.is_square() && stride.is_square() && padding.is_equal_on_all_sides()) {
      add(".kernel", kernel.height);
      add(".stride", stride.height);
      add(".padding", padding.top);
      return;
    }
    add(".kernel", both(kernel));
    add(".stride", both(stride));
    add(".padding", joined(std::vector{padding.top, padding.left, padding.bottom, padding.right}));
  }
  static std::string both(const Extent2& extent) {
    return joined(std::vector{extent.height, extent.width});
  }

  // What both kinds of layer have.
  void add_layer(const LayerValues& layer, const Shape& shape, std::int64_t in) const {
    const Shape out{shape[0]};
    file.tensors.push_back(
        stored_codes(prefix + ".weight", shape, layer.weight, layer.weight_bits));
    file.tensors.push_back(
        stored<float>(prefix + ".weight_scale", "F32", out, layer.weight_scales));
    file.tensors.push_back(stored<std::int32_t>(prefix + ".bias", "I32", out, layer.bias));
    add(".in", in);
    add(".weight_bits", layer.weight_bits);
    add(".activation", name(layer.activation));
    add_grid(".input", layer.input);
    add_grid(".output", layer.output);
  }

  void operator()(const QuantizedLinear& layer) const {
    add(".kind", "linear");
    const std::int64_t in = layer.in_features();
    add_layer(*layer_values(node), Shape{layer.out_features(), in}, in);
  }
  void operator()(const QuantizedConv2d& layer) const {
    const QuantizedConvShape& s = layer.shape();
    add(".kind", "conv");
    add_layer(*layer_values(node),
              {s.out_channels, s.kernel.height, s.kernel.width, s.in_channels / s.groups},
              s.in_channels);
    add_windows(s.kernel, s.stride, s.padding, s.dilation == 1);
    add(".groups", s.groups);
    if (s.dilation != 1) add(".dilation", both(s.dilation));
  }
  void operator()(const QuantizedAdd& sum) const {
    add(".kind", "add");
    add_grid(".a", sum.grids().a);
    add_grid(".b", sum.grids().b);
    add_grid(".output", sum.grids().output);
    add(".activation", name(sum.activation()));
  }
  void operator()(const QuantizedPool& pool) const {
    add(".kind", "pool");
    add(".pool", name(pool.kind));
    add_windows(pool.kernel, pool.stride, pool.padding, pool.count_include_pad);
    if (!pool.count_include_pad) add(".count_include_pad", 0);
  }
  void operator()(const QuantizedFlatten&) const { add(".kind", "flatten"); }
  template <typename Other>
  void operator()(const Other&) const {
    written = false;
  }
};

Activation activation(const SafeTensors& file, const std::string& name) {
  return named(file, name + ".activation",
               {Activation::kNone, Activation::kRelu, Activation::kRelu6});
}

// What both kinds of layer are made from; its weight's codes are read when their number is known.
struct StoredLayer {
  std::vector<float> scales;
  std::vector<std::int32_t> bias;
  int bits;
  std::int64_t in;
  std::int64_t out;
};

StoredLayer stored_layer(const SafeTensors& file, const std::string& name) {
  StoredLayer layer{values_of<float>(file.tensor(name + ".weight_scale"), "F32"),
                    values_of<std::int32_t>(file.tensor(name + ".bias"), "I32"),
                    number<int>(file, name + ".weight_bits"), size(file, name + ".in"), 0};
  layer.out = static_cast<std::int64_t>(layer.scales.size());
  for (std::size_t o = 0; o < layer.scales.size(); ++o) {
    if (layer.scales[o] > 0.0f && std::isfinite(layer.scales[o])) continue;
    throw Error(concat(name, ".weight_scale of channel ", o, " is ", layer.scales[o],
                       ", expected a positive finite number"));
  }
  require_bias_fits(name + ".bias", layer.bias);
  return layer;
}

std::vector<std::int8_t> weight_codes(const SafeTensors& file, const std::string& name,
                                      std::int64_t count, int bits) {
  std::vector<std::int8_t> codes = codes_of(file.tensor(name + ".weight"), count, bits);
  require_codes_fit(name + ".weight", codes, bits);
  return codes;
}

template <typename Layer>
Layer with_output(Layer layer, const SafeTensors& file, const std::string& name,
                  NetworkCodes common) {
  layer.set_output(qparams(file, name + ".output"), full_range(common.activation_bits),
                   common.dialect);
  return layer;
}

QuantizedLinear read_linear(const SafeTensors& file, const std::string& name, NetworkCodes common) {
  StoredLayer stored = stored_layer(file, name);
  const auto codes = weight_codes(file, name, stored.out * stored.in, stored.bits);
  QuantizedLinear layer(codes, std::move(stored.scales), std::move(stored.bias),
                        qparams(file, name + ".input"), stored.bits, activation(file, name));
  return with_output(std::move(layer), file, name, common);
}

QuantizedConv2d read_conv(const SafeTensors& file, const std::string& name, NetworkCodes common) {
  StoredLayer stored = stored_layer(file, name);
  const QuantizedConvShape shape{
      .in_channels = stored.in,
      .out_channels = stored.out,
      .kernel = extent(file, name + ".kernel"),
      .stride = extent(file, name + ".stride"),
      .padding = padding(file, name + ".padding"),
      .groups = size(file, name + ".groups"),
      .dilation = holds(file, name + ".dilation") ? extent(file, name + ".dilation") : Extent2(1)};
  const std::int64_t window = shape.kernel.area();
  if (window > kLargestSize || shape.in_channels % shape.groups != 0) {
    throw Error(concat(name, " has ", shape.in_channels, " channels in ", shape.groups,
                       " groups and a kernel of ", to_string(shape.kernel)));
  }
  const std::int64_t weights = shape.out_channels * window;
  if (weights > kLargestSize) {
    throw Error(concat(name, " has a kernel of ", to_string(shape.kernel)));
  }
  const auto codes =
      weight_codes(file, name, weights * (shape.in_channels / shape.groups), stored.bits);
  QuantizedConv2d layer(shape, codes, std::move(stored.scales), std::move(stored.bias),
                        qparams(file, name + ".input"), stored.bits, activation(file, name));
  return with_output(std::move(layer), file, name, common);
}

QuantizedAdd read_add(const SafeTensors& file, const std::string& name, NetworkCodes common) {
  const AddGrids grids{qparams(file, name + ".a"), qparams(file, name + ".b"),
                       qparams(file, name + ".output")};
  return {grids, full_range(common.activation_bits), common.dialect, activation(file, name)};
}

// Kernel 0, the whole image, is 0 for both axes.
QuantizedPool read_pool(const SafeTensors& file, const std::string& name) {
  const std::string counted = name + ".count_include_pad";
  const QuantizedPool pool{named(file, name + ".pool", {PoolKind::kMax, PoolKind::kAverage}),
                           extent(file, name + ".kernel", 0), extent(file, name + ".stride"),
                           padding(file, name + ".padding"),
                           !holds(file, counted) || size(file, counted, 0) != 0};
  if (pool.kernel != 0 && std::min(pool.kernel.height, pool.kernel.width) < 1) {
    throw Error(concat("metadata ", name, ".kernel is ", to_string(pool.kernel)));
  }
  return pool;
}

}  // namespace

bool write_layer_node(SafeTensors& file, const std::string& prefix, const QuantizedNode& node) {
  bool written = true;
  std::visit(Writer{file, node, prefix, written}, node.op);
  return written;
}

std::optional<NetworkOp> read_layer_node(const SafeTensors& file, const std::string& prefix,
                                         NetworkCodes common) {
  const std::string& kind = file.value(prefix + ".kind");
  if (kind == "linear") return read_linear(file, prefix, common);
  if (kind == "conv") return read_conv(file, prefix, common);
  if (kind == "add") return read_add(file, prefix, common);
  if (kind == "pool") return read_pool(file, prefix);
  if (kind == "flatten") return QuantizedFlatten();
  return std::nullopt;
}

}  // namespace tinytorch::quantization
