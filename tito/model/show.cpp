// tito model show FILE: where an ONNX file comes from, and its graph node by node.

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tinytorch/core/error.h"
#include "tito/base/terminal.h"
#include "tito/model/show_model.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

using nlohmann::ordered_json;
using tinytorch::concat;
namespace onnx = tinytorch::onnx;

constexpr int kWidth = 80;

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

// Words that no line holds, such as a hash, in pieces of 32: tables are folded at spaces.
std::string breakable(const std::string& text) {
  constexpr std::size_t kLongest = 48;
  constexpr std::size_t kPiece = 32;
  std::string broken;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::size_t piece = end - at > kLongest ? kPiece : end - at;
    broken += (broken.empty() ? "" : " ") + text.substr(at, piece);
    at += piece;
    if (at == end) ++at;
  }
  return broken;
}

void print_pairs(const char* title, const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) return;
  print(concat("\n", title, "\n"));
  Table table;
  for (const auto& [key, value] : pairs) {
    table.rows.push_back({shorten(printable(key), 24), breakable(printable(value))});
  }
  print(render(fold_last_column(table, kWidth, 2)));
}

std::string values_text(const ShownModel& model,
                        const std::vector<onnx::ValueDescription>& values) {
  Table table;
  for (const onnx::ValueDescription& value : values) {
    table.rows.push_back({shorten(readable(model, value.name), 40), type_and_shape(model, value)});
  }
  return render(fold_last_column(table, kWidth, 2));
}

// "3x3" of a convolution, and the like: the attributes that say most, shortened.
std::string operator_text(const onnx::NodeDescription& node) {
  return shorten(
      printable(node.domain.empty() || node.domain == "ai.onnx" ? node.op
                                                                : node.domain + "." + node.op),
      21);
}

Table layer_table(const ShownModel& model) {
  Table table;
  table.header = {"", "operator", "result", "shape", "weights"};
  table.right_aligned = {true, false, false, false, true};
  std::size_t position = 0;
  for (const onnx::NodeDescription& node : model.about.nodes) {
    if (node.op == "Constant") continue;  // counted with the constants
    const std::string result = node.results.empty() ? "" : node.results.front().name;
    const std::string shape =
        node.results.empty() ? "" : type_and_shape(model, node.results.front());
    table.rows.push_back({concat(position++), operator_text(node),
                          shorten(readable(model, result), 18), shorten(shape, 22),
                          node.weight_elements == 0 ? "" : concat(node.weight_elements)});
  }
  return table;
}

void print_model(const ShownModel& model) {
  const onnx::ModelDescription& about = model.about;
  print(concat(printable(model.file), "\n  ", model.bytes, " bytes, SHA-256\n  ", model.sha256,
               "\n  operator set ", about.opset(), ", IR version ", about.ir_version, ", made by ",
               about.producer.empty() ? "nobody named" : shorten(printable(about.producer), 40),
               "\n  ", about.nodes.size(), " nodes, ", about.parameters(), " values in ",
               about.constants.size(), " constants\n"));
  print_pairs("Provenance", about.metadata);
  if (about.metadata.empty())
    print("\nNo provenance: the file does not say where it comes from.\n");
  print("\nTakes\n" + values_text(model, about.inputs));
  print("\nGives\n" + values_text(model, about.outputs));
  print("\nLayer by layer\n" + render(layer_table(model), 0));
  for (const onnx::ConstantDescription& constant : about.constants) {
    if (!constant.is_external) continue;
    print("\nSome values lie in another file (external data); the hash does not cover them.\n");
    break;
  }
}

ordered_json json_of(const std::vector<onnx::ValueDescription>& values) {
  ordered_json list = ordered_json::array();
  for (const onnx::ValueDescription& value : values) {
    ordered_json one{{"name", value.name}, {"type", value.type}};
    if (value.has_shape) one["shape"] = value.shape;
    list.push_back(one);
  }
  return list;
}

ordered_json json_of(const onnx::NodeDescription& node) {
  ordered_json attributes = ordered_json::object();
  for (const auto& [name, value] : node.attributes) attributes[name] = value;
  return {{"name", node.name},
          {"domain", node.domain},
          {"operator", node.op},
          {"inputs", node.inputs},
          {"attributes", attributes},
          {"results", json_of(node.results)},
          {"constants", node.weight_elements}};
}

ordered_json json_of(const ShownModel& model) {
  const onnx::ModelDescription& about = model.about;
  ordered_json provenance = ordered_json::object();
  for (const auto& [key, value] : about.metadata) provenance[key] = value;
  ordered_json opsets = ordered_json::object();
  for (const auto& [domain, version] : about.opsets) opsets[domain] = version;
  ordered_json nodes = ordered_json::array();
  for (const onnx::NodeDescription& node : about.nodes) nodes.push_back(json_of(node));
  return {{"file", model.file},
          {"bytes", model.bytes},
          {"sha256", model.sha256},
          {"producer", about.producer},
          {"ir_version", about.ir_version},
          {"opsets", opsets},
          {"provenance", provenance},
          {"inputs", json_of(about.inputs)},
          {"outputs", json_of(about.outputs)},
          {"parameters", about.parameters()},
          {"operators", about.operators},
          {"nodes", nodes}};
}

int run(const std::vector<std::string>& arguments) {
  const Arguments parsed(arguments, {"--json"}, {});
  const ShownModel model = look_at(parsed.only("FILE"));
  if (!parsed.has("--json")) {
    print_model(model);
    return 0;
  }
  print(json_of(model).dump(2, ' ', true, ordered_json::error_handler_t::replace) + "\n");
  return 0;
}

}  // namespace

Verb show_verb() {
  return {
      "model", "show", "Show where an ONNX file comes from, and its graph",
      "FILE [--json]\n  Provenance (metadata_props), inputs, outputs and every node of any ONNX "
      "file.\n",
      run};
}

}  // namespace tito::model
