#pragma once
// ONNX models for tests, of any operator set, valid or not: what somebody else's exporter writes.

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch::import_tests {

namespace pb = ::onnx;

using Sizes = std::vector<std::int64_t>;
using Floats = std::vector<float>;

// One graph, from "x" to "y".
class RawModel {
 public:
  explicit RawModel(std::int64_t opset = 17) {
    model.set_ir_version(7);
    model.add_opset_import()->set_version(opset);
    model.mutable_graph()->set_name("test");
  }

  // A negative size is open, named "size_<i>".
  RawModel& input(const Sizes& shape, const std::string& name = "x") {
    describe(*graph().add_input(), name, shape);
    return *this;
  }
  RawModel& output(std::size_t rank, const std::string& name = "y") {
    pb::ValueInfoProto& value = *graph().add_output();
    value.set_name(name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(pb::TensorProto::FLOAT);
    for (std::size_t i = 0; i < rank; ++i) {
      type.mutable_shape()->add_dim()->set_dim_param("out_" + std::to_string(i));
    }
    return *this;
  }

  RawModel& constant(const std::string& name, const Sizes& shape, const Floats& values) {
    fill(*graph().add_initializer(), name, shape, values);
    return *this;
  }
  RawModel& constant(const std::string& name, const Sizes& shape, const Sizes& values) {
    fill(*graph().add_initializer(), name, shape, values);
    return *this;
  }
  // Normal values of that spread.
  RawModel& weight(const std::string& name, const Sizes& shape, float spread = 0.5f,
                   float mean = 0.0f) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    Floats values(static_cast<std::size_t>(count));
    for (float& value : values) value = rng.normal(mean, spread);
    return constant(name, shape, values);
  }
  // Above zero.
  RawModel& positive(const std::string& name, const Sizes& shape) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    Floats values(static_cast<std::size_t>(count));
    for (float& value : values) value = rng.uniform(0.5f, 2.0f);
    return constant(name, shape, values);
  }

  // Attributes are set on what it returns.
  pb::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                      const std::string& output) {
    pb::NodeProto& node = *graph().add_node();
    node.set_op_type(op);
    node.set_name(op + "_" + std::to_string(graph().node_size() - 1));
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    return node;
  }

  pb::GraphProto& graph() { return *model.mutable_graph(); }
  std::string bytes() const { return model.SerializeAsString(); }

  static void fill(pb::TensorProto& tensor, const std::string& name, const Sizes& shape,
                   const Floats& values) {
    tensor.set_name(name);
    tensor.set_data_type(pb::TensorProto::FLOAT);
    for (const std::int64_t size : shape) tensor.add_dims(size);
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  }
  static void fill(pb::TensorProto& tensor, const std::string& name, const Sizes& shape,
                   const Sizes& values) {
    tensor.set_name(name);
    tensor.set_data_type(pb::TensorProto::INT64);
    for (const std::int64_t size : shape) tensor.add_dims(size);
    for (const std::int64_t value : values) tensor.add_int64_data(value);
  }

  pb::ModelProto model;
  Rng rng{7};

 private:
  static void describe(pb::ValueInfoProto& value, const std::string& name, const Sizes& shape) {
    value.set_name(name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(pb::TensorProto::FLOAT);
    type.mutable_shape();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      auto& size = *type.mutable_shape()->add_dim();
      if (shape[i] < 0) {
        size.set_dim_param("size_" + std::to_string(i));
      } else {
        size.set_dim_value(shape[i]);
      }
    }
  }
};

inline pb::AttributeProto& attribute(pb::NodeProto& node, const std::string& name) {
  pb::AttributeProto& added = *node.add_attribute();
  added.set_name(name);
  return added;
}
inline pb::NodeProto& set(pb::NodeProto& node, const std::string& name, std::int64_t value) {
  pb::AttributeProto& to = attribute(node, name);
  to.set_type(pb::AttributeProto::INT);
  to.set_i(value);
  return node;
}
inline pb::NodeProto& set(pb::NodeProto& node, const std::string& name, int value) {
  return set(node, name, std::int64_t{value});
}
inline pb::NodeProto& set(pb::NodeProto& node, const std::string& name, float value) {
  pb::AttributeProto& to = attribute(node, name);
  to.set_type(pb::AttributeProto::FLOAT);
  to.set_f(value);
  return node;
}
inline pb::NodeProto& set(pb::NodeProto& node, const std::string& name, const char* value) {
  pb::AttributeProto& to = attribute(node, name);
  to.set_type(pb::AttributeProto::STRING);
  to.set_s(value);
  return node;
}
inline pb::NodeProto& set(pb::NodeProto& node, const std::string& name, const Sizes& values) {
  pb::AttributeProto& to = attribute(node, name);
  to.set_type(pb::AttributeProto::INTS);
  for (const std::int64_t value : values) to.add_ints(value);
  return node;
}

}  // namespace tinytorch::import_tests
