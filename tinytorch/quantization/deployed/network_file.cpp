#include "tinytorch/quantization/deployed/network_file.h"

#include <algorithm>
#include <sstream>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/deployed/detail/graph_nodes_file.h"
#include "tinytorch/quantization/deployed/file_values.h"
#include "tinytorch/quantization/int8/code_limits.h"

namespace tinytorch::quantization {
namespace {

using file_values::codes_of;
using file_values::named;
using file_values::number;
using file_values::number_in;
using file_values::qparams;
using file_values::stored;
using file_values::stored_codes;
using file_values::values_of;
using train::SafeTensors;

constexpr const char* kFormat = "tinytorch.quantized_network.v2";
// What wrote chains of linear layers, and networks whose linear layers were convolutions.
constexpr const char* kFormerFormats[] = {"tinytorch.quantized.v2",
                                          "tinytorch.quantized_network.v1"};
constexpr const char* kProvenance = "provenance.";
constexpr std::int64_t kLargestSize = 1 << 24;  // of any dimension; keeps their products in int64

template <typename Numbers>
std::string joined(const Numbers& numbers) {
  std::string text;
  for (const auto number : numbers) text += concat(text.empty() ? "" : " ", number);
  return text;
}

std::vector<std::int64_t> numbers(const SafeTensors& file, const std::string& key) {
  std::istringstream words(file.value(key));
  std::vector<std::int64_t> values;
  for (std::string word; words >> word;) values.push_back(number_in<std::int64_t>(word, key));
  return values;
}

bool holds(const SafeTensors& file, const std::string& key) {
  return std::any_of(file.metadata.begin(), file.metadata.end(),
                     [&](const auto& entry) { return entry.first == key; });
}

// A size from `least` on.
std::int64_t size(const SafeTensors& file, const std::string& key, std::int64_t least = 1) {
  const auto value = number<std::int64_t>(file, key);
  if (value < least || value > kLargestSize) throw Error(concat("metadata ", key, " is ", value));
  return value;
}

// One size, `count` of them, or an Error; `least` is the smallest legal one.
std::vector<std::int64_t> window_numbers(const SafeTensors& file, const std::string& key,
                                         std::size_t count, std::int64_t least) {
  const std::vector<std::int64_t> values = numbers(file, key);
  if (values.size() != 1 && values.size() != count) {
    throw Error(
        concat("metadata ", key, " holds ", values.size(), " numbers, expected 1 or ", count));
  }
  for (const std::int64_t value : values) {
    if (value < least || value > kLargestSize) throw Error(concat("metadata ", key, " is ", value));
  }
  return values;
}

// One number for both axes, or the height and the width.
Extent2 extent(const SafeTensors& file, const std::string& key, std::int64_t least = 1) {
  const auto values = window_numbers(file, key, 2, least);
  return {values.front(), values.back()};
}

// One number for all sides, or top, left, bottom and right.
Padding4 padding(const SafeTensors& file, const std::string& key) {
  const auto values = window_numbers(file, key, 4, 0);
  if (values.size() == 1) return values.front();
  return {values[0], values[1], values[2], values[3]};
}

// Writes one node under its number.
struct Writer {
  SafeTensors& file;
  const QuantizedNode& node;
  std::string prefix;

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
    write_graph_node(file, prefix, node.op);
  }
};

// What every node needs to know about the network.
struct Common {
  int activation_bits;
  Dialect dialect;
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
Layer with_output(Layer layer, const SafeTensors& file, const std::string& name, Common common) {
  layer.set_output(qparams(file, name + ".output"), full_range(common.activation_bits),
                   common.dialect);
  return layer;
}

QuantizedLinear read_linear(const SafeTensors& file, const std::string& name, Common common) {
  StoredLayer stored = stored_layer(file, name);
  const auto codes = weight_codes(file, name, stored.out * stored.in, stored.bits);
  QuantizedLinear layer(codes, std::move(stored.scales), std::move(stored.bias),
                        qparams(file, name + ".input"), stored.bits, activation(file, name));
  return with_output(std::move(layer), file, name, common);
}

QuantizedConv2d read_conv(const SafeTensors& file, const std::string& name, Common common) {
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

QuantizedAdd read_add(const SafeTensors& file, const std::string& name, Common common) {
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

QuantizedNode read_node(const SafeTensors& file, const std::string& name, Common common) {
  QuantizedNode node{file.value(name + ".path"), {}, QuantizedFlatten()};
  for (const std::int64_t input : numbers(file, name + ".inputs")) {
    if (input < 0) throw Error(concat("metadata ", name, ".inputs holds ", input));
    node.inputs.push_back(static_cast<std::size_t>(input));
  }
  const std::string& kind = file.value(name + ".kind");
  if (kind == "linear") {
    node.op = read_linear(file, name, common);
  } else if (kind == "conv") {
    node.op = read_conv(file, name, common);
  } else if (kind == "add") {
    node.op = read_add(file, name, common);
  } else if (kind == "pool") {
    node.op = read_pool(file, name);
  } else if (auto other = read_graph_node(file, name, node.inputs.size(),
                                          full_range(common.activation_bits), common.dialect)) {
    node.op = *std::move(other);
  } else if (kind != "flatten") {
    throw Error(concat("metadata ", name, ".kind is \"", kind, "\", which means nothing here"));
  }
  return node;
}

void require_format(const std::string& format) {
  if (format == kFormat) return;
  for (const char* former : kFormerFormats) {
    if (format != former) continue;
    throw Error(concat("format ", former,
                       " is no longer read; convert the trained model once "
                       "more and write it with save_network, which makes ",
                       kFormat));
  }
  throw Error(concat("format is ", format, ", expected ", kFormat));
}

QuantizedNetwork read_network(const SafeTensors& file) {
  require_format(file.value("format"));
  const Common common{number<int>(file, "activation_bits"),
                      named(file, "dialect", {Dialect::kOrt, Dialect::kTflite})};
  if (common.activation_bits < 2 || common.activation_bits > 8) {
    throw Error(concat(common.activation_bits, " activation bits"));
  }
  const auto count = number<std::size_t>(file, "nodes");
  if (count > file.metadata.size()) throw Error(concat(count, " nodes"));
  std::vector<QuantizedNode> nodes;
  for (std::size_t i = 0; i < count; ++i) {
    nodes.push_back(read_node(file, std::to_string(i), common));
  }
  std::vector<std::int64_t> sample = numbers(file, "sample");
  for (const std::int64_t length : sample) {
    if (length < 1 || length > kLargestSize) throw Error(concat("metadata sample holds ", length));
  }
  return {Shape(std::move(sample)), qparams(file, "input"), common.activation_bits, common.dialect,
          std::move(nodes)};
}

}  // namespace

void save_network(const std::string& path, const QuantizedNetwork& network,
                  const Provenance& provenance) {
  SafeTensors file;
  const QParams input = network.values().front().grid;
  file.metadata = {{"format", kFormat},
                   {"nodes", concat(network.nodes().size())},
                   {"activation_bits", concat(network.activation_bits())},
                   {"dialect", concat(name(network.dialect()))},
                   {"sample", joined(network.sample().sizes())},
                   {"input_scale", concat(input.scale)},
                   {"input_zero_point", concat(input.zero_point)}};
  for (std::size_t i = 0; i < network.nodes().size(); ++i) {
    const QuantizedNode& node = network.nodes()[i];
    const Writer writer{file, node, std::to_string(i)};
    writer.add(".path", node.path);
    writer.add(".inputs", joined(node.inputs));
    std::visit(writer, node.op);
  }
  for (const auto& [key, value] : provenance) file.metadata.emplace_back(kProvenance + key, value);
  train::write_safetensors(path, file);
}

StoredNetwork load_network(const std::string& path) {
  const SafeTensors file = train::read_safetensors(path);
  try {
    StoredNetwork loaded{read_network(file), {}};
    const std::string prefix = kProvenance;
    for (const auto& [key, value] : file.metadata) {
      if (key.starts_with(prefix)) loaded.provenance.emplace_back(key.substr(prefix.size()), value);
    }
    return loaded;
  } catch (const NotImplemented&) {
    throw;
  } catch (const Error& error) {
    throw Error(concat(path, ": ", error.what(), " (not a network written by save_network?)"));
  }
}

}  // namespace tinytorch::quantization
