#include "tinytorch/onnx/import/architecture.h"

#include <nlohmann/json.hpp>

#include "tinytorch/core/at_place.h"
#include "tinytorch/nn/graph.h"
#include "tinytorch/onnx/import/detail/layer_settings.h"

namespace tinytorch::onnx {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "tinytorch.graph.1";

const Json& field(const Json& object, const char* name) {
  if (object.is_object() && object.contains(name)) return object.at(name);
  throw Error(concat("\"", name, "\" is missing"));
}

std::string text_of(const Json& object, const char* name) {
  const Json& value = field(object, name);
  if (!value.is_string()) throw Error(concat("\"", name, "\" is not a text"));
  return value.get<std::string>();
}

std::vector<std::int64_t> sizes_of(const Json& object, const char* name, std::int64_t least) {
  const Json& list = field(object, name);
  std::vector<std::int64_t> sizes;
  if (!list.is_array()) throw Error(concat("\"", name, "\" is not a list"));
  for (const Json& size : list) {
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    if (!size.is_number_integer() || size.get<std::int64_t>() < least ||
        size.get<std::int64_t>() > kMost) {
      throw Error(concat("\"", name, "\" holds ", size.dump(), "; expected integers from ", least));
    }
    sizes.push_back(size.get<std::int64_t>());
  }
  return sizes;
}

Json number_json(const Setting& setting) {
  if (const auto* number = std::get_if<std::int64_t>(&setting)) return *number;
  if (const auto* number = std::get_if<float>(&setting)) return *number;
  return std::get<std::vector<std::int64_t>>(setting);
}

nn::GraphNode read_node(const Json& json, std::size_t position) {
  nn::GraphNode node;
  node.name = text_of(json, "name");
  const std::string place = concat("node ", node.name);
  at_place(place, [&] {
    const std::string kind = text_of(json, "layer");
    for (const std::int64_t input : sizes_of(json, "inputs", 0)) {
      if (input > static_cast<std::int64_t>(position)) {
        throw Error(concat("input ", input, " is not computed before it"));
      }
      node.inputs.push_back(static_cast<std::size_t>(input));
    }
    Settings settings;
    for (const auto& [key, value] : json.items()) {
      if (key == "name" || key == "layer" || key == "inputs") continue;
      if (value.is_number_integer()) {
        settings[key] = value.get<std::int64_t>();
      } else if (value.is_number()) {
        settings[key] = value.get<float>();
      } else {
        settings[key] = sizes_of(json, key.c_str(), 0);
      }
    }
    node.module = make_layer(kind, settings);
  });
  return node;
}

// Whether `order` names each place once.
void require_order(const std::vector<std::int64_t>& order, std::int64_t count) {
  if (order.empty()) return;
  std::vector<bool> seen(static_cast<std::size_t>(count), false);
  for (const std::int64_t place : order) {
    if (place >= count || seen[static_cast<std::size_t>(place)]) {
      throw Error("\"order\" does not name every element of the input once");
    }
    seen[static_cast<std::size_t>(place)] = true;
  }
  if (static_cast<std::int64_t>(order.size()) != count) {
    throw Error("\"order\" does not name every element of the input once");
  }
}

Imported read(const Json& json) {
  if (text_of(json, "format") != kFormat) throw Error(concat("\"format\" is not ", kFormat));
  Imported imported;
  const Json& input = field(json, "input");
  imported.input_name = text_of(input, "name");
  imported.sample = Shape(sizes_of(input, "shape", 1));
  imported.file_sample = Shape(sizes_of(input, "file_shape", 1));
  imported.order = sizes_of(input, "order", 0);
  if (imported.sample.numel() != imported.file_sample.numel()) {
    throw Error("\"shape\" and \"file_shape\" do not hold equally many values");
  }
  require_order(imported.order, imported.sample.numel());
  const Json& output = field(json, "output");
  imported.output_name = text_of(output, "name");
  imported.file_output = Shape(sizes_of(output, "shape", 1));
  imported.output_order = sizes_of(output, "order", 0);
  require_order(imported.output_order, imported.file_output.numel());
  const Json& list = field(json, "nodes");
  if (!list.is_array()) throw Error("\"nodes\" is not a list");
  std::vector<nn::GraphNode> nodes;
  for (const Json& node : list) nodes.push_back(read_node(node, nodes.size()));
  imported.model = std::make_shared<nn::Graph>(std::move(nodes));
  imported.model->eval();
  return imported;
}

}  // namespace

std::string write_architecture(const Imported& imported) {
  const auto graph = std::dynamic_pointer_cast<nn::Graph>(imported.model);
  if (graph == nullptr) throw Error("write_architecture: the model is not a Graph");
  Json json;
  json["format"] = kFormat;
  json["input"] = {{"name", imported.input_name},
                   {"shape", imported.sample.sizes()},
                   {"file_shape", imported.file_sample.sizes()},
                   {"order", imported.order}};
  json["output"] = {{"name", imported.output_name},
                    {"shape", imported.file_output.sizes()},
                    {"order", imported.output_order}};
  json["nodes"] = Json::array();
  for (const nn::GraphNode& node : graph->nodes()) {
    const auto [kind, settings] =
        at_place(concat("node ", node.name), [&] { return settings_of(*node.module); });
    Json one = {{"name", node.name}, {"layer", kind}, {"inputs", node.inputs}};
    for (const auto& [key, setting] : settings) one[key] = number_json(setting);
    json["nodes"].push_back(std::move(one));
  }
  return json.dump(1) + "\n";
}

Imported read_architecture(const std::string& text, const std::string& source) {
  return at_place(source, [&] {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) throw Error("is not JSON");
    return read(json);
  });
}

}  // namespace tinytorch::onnx
