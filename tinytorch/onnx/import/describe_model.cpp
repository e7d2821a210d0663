#include "tinytorch/onnx/import/describe_model.h"

#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <map>
#include <set>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/read_model.h"

namespace tinytorch::onnx {
namespace {

namespace pb = ::onnx;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

std::string type_name(int type) {
  if (!pb::TensorProto::DataType_IsValid(type)) return concat("type ", type);
  return lower(pb::TensorProto::DataType_Name(static_cast<pb::TensorProto::DataType>(type)));
}

ValueDescription describe(const pb::ValueInfoProto& value) {
  ValueDescription about{.name = value.name()};
  if (!value.has_type() || !value.type().has_tensor_type()) return about;
  const pb::TypeProto::Tensor& tensor = value.type().tensor_type();
  about.type = type_name(tensor.elem_type());
  about.has_shape = tensor.has_shape();
  for (const auto& size : tensor.shape().dim()) {
    if (size.has_dim_value()) {
      about.shape.push_back(concat(size.dim_value()));
    } else {
      about.shape.push_back(size.dim_param().empty() ? "?" : size.dim_param());
    }
  }
  return about;
}

// Bytes of one element of a type, as it is stored raw; 0 for texts.
std::int64_t bytes_of(int type) {
  switch (type) {
    case pb::TensorProto::UINT8:
    case pb::TensorProto::INT8:
    case pb::TensorProto::BOOL:
      return 1;
    case pb::TensorProto::FLOAT16:
    case pb::TensorProto::BFLOAT16:
    case pb::TensorProto::UINT16:
    case pb::TensorProto::INT16:
      return 2;
    case pb::TensorProto::FLOAT:
    case pb::TensorProto::INT32:
    case pb::TensorProto::UINT32:
      return 4;
    case pb::TensorProto::DOUBLE:
    case pb::TensorProto::INT64:
    case pb::TensorProto::UINT64:
    case pb::TensorProto::COMPLEX64:
      return 8;
    case pb::TensorProto::COMPLEX128:
      return 16;
    default:
      return 0;
  }
}

// A product of sizes that a stranger chose: -1 once it is negative or beyond 2^53.
std::int64_t product(const std::vector<std::int64_t>& sizes) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0 || (size > 0 && count > kMost / size)) return -1;
    count *= size;
  }
  return count;
}

ConstantDescription describe(const pb::TensorProto& tensor) {
  ConstantDescription about{.name = tensor.name(), .type = type_name(tensor.data_type())};
  about.shape.assign(tensor.dims().begin(), tensor.dims().end());
  about.elements = product(about.shape);
  about.bytes = about.elements < 0 ? 0 : about.elements * bytes_of(tensor.data_type());
  about.is_external = tensor.data_location() == pb::TensorProto::EXTERNAL;
  return about;
}

template <typename Numbers>
std::string list_of(const Numbers& numbers) {
  constexpr int kShown = 8;
  std::string text = "[";
  for (int i = 0; i < std::min(numbers.size(), kShown); ++i) {
    text += concat(i == 0 ? "" : ", ", numbers.Get(i));
  }
  return text + (numbers.size() > kShown ? ", ...]" : "]");
}

std::string value_of(const pb::AttributeProto& attribute) {
  switch (attribute.type()) {
    case pb::AttributeProto::INT:
      return concat(attribute.i());
    case pb::AttributeProto::FLOAT:
      return concat(attribute.f());
    case pb::AttributeProto::STRING:
      return attribute.s().substr(0, 64);
    case pb::AttributeProto::INTS:
      return list_of(attribute.ints());
    case pb::AttributeProto::FLOATS:
      return list_of(attribute.floats());
    case pb::AttributeProto::TENSOR: {
      const ConstantDescription tensor = describe(attribute.t());
      return concat(tensor.type, " of ", tensor.elements);
    }
    case pb::AttributeProto::GRAPH:
      return concat("a graph of ", attribute.g().node_size(), " nodes");
    default:
      return "...";
  }
}

std::string full_name(const std::string& domain, const std::string& op) {
  return domain.empty() || domain == "ai.onnx" ? op : domain + "." + op;
}

// Of nodes and of the graphs inside them. A message nested deeper than protobuf's own limit of 100
// was not parsed.
template <typename Nodes>
void collect_operators(const Nodes& nodes, std::set<std::string>& operators) {
  for (const pb::NodeProto& node : nodes) {
    operators.insert(full_name(node.domain(), node.op_type()));
    for (const pb::AttributeProto& attribute : node.attribute()) {
      if (attribute.has_g()) collect_operators(attribute.g().node(), operators);
      for (const pb::GraphProto& graph : attribute.graphs()) {
        collect_operators(graph.node(), operators);
      }
    }
  }
}

pb::ModelProto parse(std::string_view bytes, const std::string& name) {
  if (bytes.size() > kLargestModel) {
    throw Error(concat(name, ": ", bytes.size(), " bytes, at most ", kLargestModel, " are read"));
  }
  try {
    count_messages(bytes);
  } catch (const Error& error) {
    throw Error(concat(name, ": ", error.what()));
  }
  pb::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph()) {
    throw Error(concat(name, ": not an ONNX model"));
  }
  return model;
}

bool has_attribute(const pb::NodeProto& node, const char* name) {
  return std::any_of(node.attribute().begin(), node.attribute().end(),
                     [&](const pb::AttributeProto& attribute) { return attribute.name() == name; });
}

// ONNX's shape inference divides by strides without looking at them, and takes a kernel that no
// attribute gives from a weight of any rank, past the end of its strides.
template <typename Nodes>
bool windows_are_sound(const Nodes& nodes) {
  for (const pb::NodeProto& node : nodes) {
    const bool has_weight = node.op_type().find("Conv") != std::string::npos;
    if (has_weight && !has_attribute(node, "kernel_shape")) return false;
    for (const pb::AttributeProto& attribute : node.attribute()) {
      const std::string& name = attribute.name();
      const bool window = name == "strides" || name == "dilations" || name == "kernel_shape";
      if (window && std::any_of(attribute.ints().begin(), attribute.ints().end(),
                                [](std::int64_t size) { return size < 1; })) {
        return false;
      }
      if (!windows_are_sound(attribute.g().node())) return false;
      for (const pb::GraphProto& graph : attribute.graphs()) {
        if (!windows_are_sound(graph.node())) return false;
      }
    }
  }
  return true;
}

// What the file says, and what inference adds; it stays what the file says when inference gives up.
void infer(pb::ModelProto& model) {
  if (!windows_are_sound(model.graph().node())) return;
  for (const pb::FunctionProto& function : model.functions()) {
    if (!windows_are_sound(function.node())) return;
  }
  pb::ModelProto more = model;
  try {
    pb::shape_inference::InferShapes(more);
    model = std::move(more);
  } catch (const std::exception&) {  // a stranger's operator, a contradiction: shapes stay unknown
  }
}

struct Known {
  std::map<std::string, ValueDescription> values;
  std::map<std::string, std::int64_t> constants;  // elements
};

NodeDescription describe(const pb::NodeProto& node, const Known& known) {
  NodeDescription about{.name = node.name(), .domain = node.domain(), .op = node.op_type()};
  about.inputs.assign(node.input().begin(), node.input().end());
  about.outputs.assign(node.output().begin(), node.output().end());
  for (const pb::AttributeProto& attribute : node.attribute()) {
    about.attributes.emplace_back(attribute.name(), value_of(attribute));
  }
  for (const std::string& input : about.inputs) {
    const auto constant = known.constants.find(input);
    if (constant != known.constants.end() && constant->second > 0) {
      about.weight_elements += constant->second;
    }
  }
  for (const std::string& output : about.outputs) {
    const auto value = known.values.find(output);
    about.results.push_back(value == known.values.end() ? ValueDescription{.name = output}
                                                        : value->second);
  }
  return about;
}

}  // namespace

std::int64_t ModelDescription::opset() const {
  for (const auto& [domain, version] : opsets) {
    if (domain.empty() || domain == "ai.onnx") return version;
  }
  return 0;
}

std::int64_t ModelDescription::parameters() const {
  std::int64_t count = 0;
  for (const ConstantDescription& constant : constants) {
    if (constant.elements > 0) count += constant.elements;
  }
  return count;
}

std::string ModelDescription::metadata_value(const std::string& key) const {
  for (const auto& [own, value] : metadata) {
    if (own == key) return value;
  }
  return "";
}

ModelDescription describe_model(std::string_view bytes, const std::string& name, Shapes shapes) {
  pb::ModelProto model = parse(bytes, name);
  if (shapes == Shapes::kInferred) infer(model);
  const pb::GraphProto& graph = model.graph();
  ModelDescription about{.ir_version = model.ir_version(),
                         .producer = model.producer_name(),
                         .graph_name = graph.name()};
  for (const auto& set : model.opset_import())
    about.opsets.emplace_back(set.domain(), set.version());
  for (const auto& entry : model.metadata_props()) {
    about.metadata.emplace_back(entry.key(), entry.value());
  }
  Known known;
  for (const pb::TensorProto& tensor : graph.initializer()) {
    about.constants.push_back(describe(tensor));
    known.constants[tensor.name()] = about.constants.back().elements;
  }
  for (const pb::NodeProto& node : graph.node()) {
    if (node.op_type() != "Constant" || node.output_size() != 1) continue;
    for (const pb::AttributeProto& attribute : node.attribute()) {
      if (!attribute.has_t()) continue;
      about.constants.push_back(describe(attribute.t()));
      about.constants.back().name = node.output(0);
      known.constants[node.output(0)] = about.constants.back().elements;
    }
  }
  for (const pb::ValueInfoProto& value : graph.input()) {
    if (!known.constants.contains(value.name())) about.inputs.push_back(describe(value));
  }
  for (const auto& value : graph.output()) about.outputs.push_back(describe(value));
  for (const auto* values : {&graph.value_info(), &graph.output()}) {
    for (const pb::ValueInfoProto& value : *values) known.values[value.name()] = describe(value);
  }
  std::set<std::string> operators;
  collect_operators(graph.node(), operators);
  for (const auto& function : model.functions()) collect_operators(function.node(), operators);
  about.operators.assign(operators.begin(), operators.end());
  for (const pb::NodeProto& node : graph.node()) about.nodes.push_back(describe(node, known));
  return about;
}

}  // namespace tinytorch::onnx
