#include "tinytorch/quantization/deployed/network_file.h"

#include <algorithm>
#include <sstream>

#include "tinytorch/core/error.h"
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

constexpr const char* kFormat = "tinytorch.quantized_network.v1";
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

// A size from `least` on.
std::int64_t size(const SafeTensors& file, const std::string& key, std::int64_t least = 1) {
  const auto value = number<std::int64_t>(file, key);
  if (value < least || value > kLargestSize) throw Error(concat("metadata ", key, " is ", value));
  return value;
}

// Writes one node under its number.
struct Writer {
  SafeTensors& file;
  std::string prefix;

  template <typename Value>
  void add(const char* key, const Value& value) const {
    file.metadata.emplace_back(prefix + key, concat(value));
  }
  void add_grid(const std::string& key, QParams grid) const {
    add((key + "_scale").c_str(), grid.scale);
    add((key + "_zero_point").c_str(), grid.zero_point);
  }

  void operator()(const QuantizedConv2d& layer) const {
    const QuantizedConvShape& s = layer.shape();
    add(".kind", "layer");
    const Shape shape{s.out_channels, s.kernel, s.kernel, s.in_channels / s.groups};
    file.tensors.push_back(
        stored_codes(prefix + ".weight", shape, layer.weight_codes(), layer.weight_bits()));
    const Shape out{s.out_channels};
    file.tensors.push_back(
        stored<float>(prefix + ".weight_scale", "F32", out, layer.weight_scales()));
    file.tensors.push_back(stored<std::int32_t>(prefix + ".bias", "I32", out, layer.bias()));
    add(".in", s.in_channels);
    add(".kernel", s.kernel);
    add(".stride", s.stride);
    add(".padding", s.padding);
    add(".groups", s.groups);
    add(".weight_bits", layer.weight_bits());
    add(".activation", name(layer.activation()));
    add_grid(".input", layer.input());
    add_grid(".output", layer.output());
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
    add(".kernel", pool.kernel);
    add(".stride", pool.stride);
    add(".padding", pool.padding);
  }
  void operator()(const QuantizedFlatten&) const { add(".kind", "flatten"); }
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

QuantizedConv2d read_layer(const SafeTensors& file, const std::string& name, Common common) {
  std::vector<float> scales = values_of<float>(file.tensor(name + ".weight_scale"), "F32");
  for (const float scale : scales) {
    if (!(scale > 0.0f && std::isfinite(scale))) {
      throw Error(concat(name, ".weight_scale holds ", scale));
    }
  }
  const QuantizedConvShape shape{.in_channels = size(file, name + ".in"),
                                 .out_channels = static_cast<std::int64_t>(scales.size()),
                                 .kernel = size(file, name + ".kernel"),
                                 .stride = size(file, name + ".stride"),
                                 .padding = size(file, name + ".padding", 0),
                                 .groups = size(file, name + ".groups")};
  const int bits = number<int>(file, name + ".weight_bits");
  const std::int64_t window = shape.kernel * shape.kernel;
  if (window > kLargestSize || shape.in_channels % shape.groups != 0) {
    throw Error(concat(name, " has ", shape.in_channels, " channels in ", shape.groups,
                       " groups and a kernel of ", shape.kernel));
  }
  const std::int64_t weights = shape.out_channels * window;
  if (weights > kLargestSize) throw Error(concat(name, " has a kernel of ", shape.kernel));
  const std::vector<std::int8_t> codes =
      codes_of(file.tensor(name + ".weight"), weights * (shape.in_channels / shape.groups), bits);
  std::vector<std::int32_t> bias = values_of<std::int32_t>(file.tensor(name + ".bias"), "I32");
  require_codes_fit(name + ".weight", codes, bits);
  require_bias_fits(name + ".bias", bias);
  QuantizedConv2d layer(shape, codes, std::move(scales), std::move(bias),
                        qparams(file, name + ".input"), bits, activation(file, name));
  layer.set_output(qparams(file, name + ".output"), full_range(common.activation_bits),
                   common.dialect);
  return layer;
}

QuantizedAdd read_add(const SafeTensors& file, const std::string& name, Common common) {
  const AddGrids grids{qparams(file, name + ".a"), qparams(file, name + ".b"),
                       qparams(file, name + ".output")};
  return {grids, full_range(common.activation_bits), common.dialect, activation(file, name)};
}

QuantizedNode read_node(const SafeTensors& file, const std::string& name, Common common) {
  QuantizedNode node{file.value(name + ".path"), {}, QuantizedFlatten()};
  for (const std::int64_t input : numbers(file, name + ".inputs")) {
    if (input < 0) throw Error(concat("metadata ", name, ".inputs holds ", input));
    node.inputs.push_back(static_cast<std::size_t>(input));
  }
  const std::string& kind = file.value(name + ".kind");
  if (kind == "layer") {
    node.op = read_layer(file, name, common);
  } else if (kind == "add") {
    node.op = read_add(file, name, common);
  } else if (kind == "pool") {
    node.op = QuantizedPool{named(file, name + ".pool", {PoolKind::kMax, PoolKind::kAverage}),
                            size(file, name + ".kernel", 0), size(file, name + ".stride"),
                            size(file, name + ".padding", 0)};
  } else if (kind != "flatten") {
    throw Error(concat("metadata ", name, ".kind is \"", kind, "\", which means nothing here"));
  }
  return node;
}

QuantizedNetwork read_network(const SafeTensors& file) {
  if (file.value("format") != kFormat) throw Error(concat("format is ", file.value("format")));
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
    const Writer writer{file, std::to_string(i)};
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
