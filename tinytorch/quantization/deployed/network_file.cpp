#include "tinytorch/quantization/deployed/network_file.h"

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/deployed/detail/file_sizes.h"
#include "tinytorch/quantization/deployed/detail/graph_nodes_file.h"
#include "tinytorch/quantization/deployed/detail/layer_nodes_file.h"
#include "tinytorch/quantization/deployed/file_values.h"

namespace tinytorch::quantization {
namespace {

using file_values::named;
using file_values::number;
using file_values::qparams;
using train::SafeTensors;

constexpr const char* kFormat = "tinytorch.quantized_network.v2";
// What wrote chains of linear layers, and networks whose linear layers were convolutions.
constexpr const char* kFormerFormats[] = {"tinytorch.quantized.v2",
                                          "tinytorch.quantized_network.v1"};
constexpr const char* kProvenance = "provenance.";

QuantizedNode read_node(const SafeTensors& file, const std::string& name, NetworkCodes common) {
  QuantizedNode node{file.value(name + ".path"), {}, QuantizedFlatten()};
  for (const std::int64_t input : numbers(file, name + ".inputs")) {
    if (input < 0) throw Error(concat("metadata ", name, ".inputs holds ", input));
    node.inputs.push_back(static_cast<std::size_t>(input));
  }
  if (auto layer = read_layer_node(file, name, common)) {
    node.op = *std::move(layer);
  } else if (auto other = read_graph_node(file, name, node.inputs.size(),
                                          full_range(common.activation_bits), common.dialect)) {
    node.op = *std::move(other);
  } else {
    throw Error(concat("metadata ", name, ".kind is \"", file.value(name + ".kind"),
                       "\", which means nothing here"));
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
  const NetworkCodes common{number<int>(file, "activation_bits"),
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
    const std::string number = std::to_string(i);
    file.metadata.emplace_back(number + ".path", node.path);
    file.metadata.emplace_back(number + ".inputs", joined(node.inputs));
    if (!write_layer_node(file, number, node)) write_graph_node(file, number, node.op);
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
