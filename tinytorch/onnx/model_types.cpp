#include "tinytorch/onnx/model_types.h"

#include <onnx/defs/schema.h>

#include <map>
#include <string>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::onnx {
namespace {

namespace pb = ::onnx;

using Types = std::map<std::string, std::string>;  // of each value: "tensor(uint8)"

void add(Types& types, const pb::ValueInfoProto& value) {
  if (value.has_type()) types[value.name()] = *pb::Utils::DataTypeUtils::ToType(value.type());
}

Types types_of(const pb::GraphProto& graph) {
  Types types;
  for (const auto& value : graph.input()) add(types, value);
  for (const auto& value : graph.value_info()) add(types, value);
  for (const auto& value : graph.output()) add(types, value);
  for (const pb::TensorProto& constant : graph.initializer()) {
    types[constant.name()] =
        concat("tensor(", pb::Utils::DataTypeUtils::ToDataTypeString(constant.data_type()), ")");
  }
  return types;
}

// One node; what its type letters ("T") have turned out to be.
class NodeTypes {
 public:
  NodeTypes(const pb::NodeProto& node, const Types& types) : node_(node), types_(types) {}

  void check(const pb::OpSchema& schema) {
    for (int i = 0; i < node_.input_size(); ++i) {
      check(schema.inputs(), static_cast<std::size_t>(i), node_.input(i), "input");
    }
    for (int i = 0; i < node_.output_size(); ++i) {
      check(schema.outputs(), static_cast<std::size_t>(i), node_.output(i), "output");
    }
  }

 private:
  using Formals = std::vector<pb::OpSchema::FormalParameter>;

  void check(const Formals& formals, std::size_t i, const std::string& value, const char* kind) {
    if (value.empty()) return;  // an optional one, left out
    const auto type = types_.find(value);
    if (formals.empty() || type == types_.end()) fail(kind, value, "has no known type");
    const pb::OpSchema::FormalParameter& formal = formals[std::min(i, formals.size() - 1)];
    bool allowed = false;
    std::string names;
    for (const auto& each : formal.GetTypes()) {
      allowed = allowed || *each == type->second;
      names += (names.empty() ? "" : ", ") + *each;
    }
    if (!allowed) fail(kind, value, concat("is a ", type->second, "; allowed are ", names));
    const auto [bound, fresh] = letters_.emplace(formal.GetTypeStr(), type->second);
    if (!fresh && formal.GetIsHomogeneous() && bound->second != type->second) {
      fail(kind, value,
           concat("is a ", type->second, ", others of the same kind a ", bound->second));
    }
  }

  [[noreturn]] void fail(const char* kind, const std::string& value,
                         const std::string& what) const {
    throw Error(concat("node ", node_.name(), ", ", node_.op_type(), ": ", kind, " ", value, " ",
                       what, " in operator set ", kOpset));
  }

  const pb::NodeProto& node_;
  const Types& types_;
  std::map<std::string, std::string> letters_;
};

}  // namespace

void check_types(const pb::ModelProto& model) {
  const Types types = types_of(model.graph());
  for (const pb::NodeProto& node : model.graph().node()) {
    const pb::OpSchema* schema =
        pb::OpSchemaRegistry::Schema(node.op_type(), static_cast<int>(kOpset), node.domain());
    if (schema == nullptr) {
      throw Error(
          concat("node ", node.name(), ": operator set ", kOpset, " has no ", node.op_type()));
    }
    NodeTypes(node, types).check(*schema);
  }
}

}  // namespace tinytorch::onnx
