#include "tinytorch/onnx/import/read_model.h"

#include <onnx/onnx_pb.h>

#include <set>

#include "tinytorch/core/at_place.h"
#include "tinytorch/data/file.h"
#include "tinytorch/onnx/import/detail/read_tensor.h"

namespace tinytorch::onnx {

namespace fs = std::filesystem;
namespace pb = ::onnx;

namespace {

pb::ModelProto parse(std::string_view bytes) {
  if (bytes.size() > kLargestModel) {
    throw Error(concat("larger than ", static_cast<std::int64_t>(kLargestModel), " bytes"));
  }
  count_messages(bytes);
  pb::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph()) {
    throw Error("not an ONNX model");
  }
  return model;
}

std::int64_t opset_of(const pb::ModelProto& model) {
  for (const pb::OperatorSetIdProto& set : model.opset_import()) {
    if (!set.domain().empty() && set.domain() != "ai.onnx") continue;
    if (set.version() >= kLeastOpset && set.version() <= kMostOpset) return set.version();
    throw Error(concat("operator set ", set.version(), "; ", kLeastOpset, " to ", kMostOpset,
                       " can be imported (export the model again for one of these)"));
  }
  throw Error("names no operator set of ONNX's own");
}

SourceAttribute read_attribute(const pb::AttributeProto& attribute, const fs::path& folder) {
  switch (attribute.type()) {
    case pb::AttributeProto::INT:
      return attribute.i();
    case pb::AttributeProto::FLOAT:
      return attribute.f();
    case pb::AttributeProto::STRING:
      return attribute.s();
    case pb::AttributeProto::INTS:
      return Sizes(attribute.ints().begin(), attribute.ints().end());
    case pb::AttributeProto::FLOATS:
      return std::vector<float>(attribute.floats().begin(), attribute.floats().end());
    case pb::AttributeProto::TENSOR:
      return read_tensor(attribute.t(), folder);
    default:
      return OtherAttribute{pb::AttributeProto::AttributeType_IsValid(attribute.type())
                                ? pb::AttributeProto::AttributeType_Name(attribute.type())
                                : std::string("unknown")};
  }
}

SourceNode read_node(const pb::NodeProto& from, int position, const fs::path& folder) {
  SourceNode node;
  node.name = from.name().empty() ? concat(position) : from.name();
  node.op = from.op_type();
  if (!from.domain().empty() && from.domain() != "ai.onnx") {
    throw Error(concat(node.place(), ": an operator of the domain ", from.domain(),
                       "; only ONNX's own can be imported"));
  }
  node.inputs.assign(from.input().begin(), from.input().end());
  node.outputs.assign(from.output().begin(), from.output().end());
  for (const pb::AttributeProto& attribute : from.attribute()) {
    node.attributes[attribute.name()] =
        at_place(concat(node.place(), ": attribute ", attribute.name()),
                 [&] { return read_attribute(attribute, folder); });
  }
  return node;
}

SourceValue read_input(const pb::ValueInfoProto& from) {
  SourceValue value;
  value.name = from.name();
  if (!from.type().has_tensor_type()) {
    throw Error(concat("input ", from.name(), " is not a tensor"));
  }
  const pb::TypeProto::Tensor& type = from.type().tensor_type();
  value.is_float = type.elem_type() == pb::TensorProto::FLOAT;
  value.has_shape = type.has_shape();
  for (const pb::TensorShapeProto::Dimension& size : type.shape().dim()) {
    value.shape.push_back(size.has_dim_value() ? SourceSize{size.dim_value(), ""}
                                               : SourceSize{-1, size.dim_param()});
  }
  return value;
}

// That every value is made once, and before it is read.
void check_order(const SourceGraph& graph) {
  std::set<std::string> known;
  const auto define = [&](const std::string& name, const std::string& place) {
    if (name.empty()) return;
    if (!known.insert(name).second) throw Error(concat(place, ": defines ", name, " again"));
  };
  for (const auto& [name, _] : graph.constants) define(name, concat("tensor ", name));
  for (const SourceValue& input : graph.inputs) define(input.name, concat("input ", input.name));
  for (const SourceNode& node : graph.nodes) {
    for (const std::string& input : node.inputs) {
      if (input.empty() || known.contains(input)) continue;
      throw Error(concat(node.place(), ": reads ", input, ", which nothing before it computes"));
    }
    for (const std::string& output : node.outputs) define(output, node.place());
  }
  for (const std::string& output : graph.outputs) {
    if (!known.contains(output)) throw Error(concat("output ", output, ": nothing computes it"));
  }
}

}  // namespace

SourceGraph read_model(std::string_view bytes, const fs::path& folder) {
  const pb::ModelProto model = parse(bytes);
  const pb::GraphProto& from = model.graph();
  SourceGraph graph;
  graph.opset = opset_of(model);
  if (from.sparse_initializer_size() > 0) throw Error("sparse tensors cannot be imported");
  for (const pb::TensorProto& tensor : from.initializer()) {
    if (!graph.constants.emplace(tensor.name(), read_tensor(tensor, folder)).second) {
      throw Error(concat("tensor ", tensor.name(), " stands twice in the file"));
    }
  }
  for (const pb::ValueInfoProto& input : from.input()) {
    if (!graph.constants.contains(input.name())) graph.inputs.push_back(read_input(input));
  }
  for (const pb::ValueInfoProto& output : from.output()) graph.outputs.push_back(output.name());
  for (int i = 0; i < from.node_size(); ++i) {
    graph.nodes.push_back(read_node(from.node(i), i, folder));
  }
  check_order(graph);
  return graph;
}

SourceGraph read_model(const fs::path& file) {
  const std::string bytes = data::read_file(file.string(), kLargestModel);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  return at_place(file.string(), [&] { return read_model(bytes, folder); });
}

}  // namespace tinytorch::onnx
