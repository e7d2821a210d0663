#include "tinytorch/onnx/model_builder.h"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <cstring>
#include <fstream>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/data/path_jail.h"

namespace tinytorch::onnx {

namespace pb = ::onnx;

struct ModelBuilder::Impl {
  pb::ModelProto model;
};

namespace {

pb::TensorProto::DataType code_of(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
      return pb::TensorProto::FLOAT;
    case ElementType::kUint8:
      return pb::TensorProto::UINT8;
    case ElementType::kInt8:
      return pb::TensorProto::INT8;
    case ElementType::kInt32:
      return pb::TensorProto::INT32;
    case ElementType::kInt64:
      return pb::TensorProto::INT64;
  }
  throw Error("ModelBuilder: unknown element type");
}

const std::string& checked(const std::string& name) {
  if (is_identifier(name)) return name;
  throw Error(concat(
      "ModelBuilder: the name \"", name,
      "\" is not a C identifier, which ONNX asks for; identifier() makes one: ", identifier(name)));
}

void describe(pb::ValueInfoProto& value, const std::string& name, ElementType type,
              const std::vector<Dimension>& shape) {
  value.set_name(checked(name));
  pb::TypeProto::Tensor& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(code_of(type));
  pb::TensorShapeProto& sizes = *tensor.mutable_shape();
  for (const Dimension& dimension : shape) {
    pb::TensorShapeProto::Dimension& size = *sizes.add_dim();
    if (const auto* number = std::get_if<std::int64_t>(&dimension)) {
      size.set_dim_value(*number);
    } else {
      size.set_dim_param(checked(std::get<std::string>(dimension)));
    }
  }
}

// Raw bytes: little-endian, as ONNX demands and this library's machines are.
template <typename T>
void add_constant(pb::GraphProto& graph, const std::string& name, ElementType type,
                  const std::vector<std::int64_t>& shape, std::span<const T> values) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  if (count != static_cast<std::int64_t>(values.size())) {
    throw Error(concat("ModelBuilder: initializer ", name, " has ", values.size(),
                       " values, its shape holds ", count));
  }
  pb::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(checked(name));
  tensor.set_data_type(code_of(type));
  for (const std::int64_t size : shape) tensor.add_dims(size);
  tensor.set_raw_data(values.data(), values.size_bytes());
}

// Sets one attribute's value, by its type.
struct AttributeValue {
  pb::AttributeProto& to;
  void operator()(std::int64_t value) const {
    to.set_type(pb::AttributeProto::INT);
    to.set_i(value);
  }
  void operator()(float value) const {
    to.set_type(pb::AttributeProto::FLOAT);
    to.set_f(value);
  }
  void operator()(const std::string& value) const {
    to.set_type(pb::AttributeProto::STRING);
    to.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    to.set_type(pb::AttributeProto::INTS);
    for (const std::int64_t value : values) to.add_ints(value);
  }
  void operator()(const std::vector<float>& values) const {
    to.set_type(pb::AttributeProto::FLOATS);
    for (const float value : values) to.add_floats(value);
  }
};

void infer_shapes(pb::ModelProto& model) {
  const bool compare_with_declared_types = true;
  const int every_failure_throws = 1;
  const bool follow_constants = true;
  pb::shape_inference::InferShapes(
      model, pb::OpSchemaRegistry::Instance(),
      pb::ShapeInferenceOptions(compare_with_declared_types, every_failure_throws,
                                follow_constants));
}

// On a copy: inference writes what it finds into the model it is given.
void check(pb::ModelProto model) {
  const std::string& graph = model.graph().name();
  try {
    pb::checker::check_model(model);
    infer_shapes(model);
  } catch (const std::exception& error) {
    throw Error(concat("ModelBuilder: ", graph, " is not a valid ONNX model: ", error.what()));
  }
}

std::vector<Dimension> shape_in(const pb::ValueInfoProto& value) {
  std::vector<Dimension> shape;
  for (const auto& size : value.type().tensor_type().shape().dim()) {
    if (size.has_dim_value()) {
      shape.emplace_back(size.dim_value());
    } else {
      shape.emplace_back(size.dim_param());
    }
  }
  return shape;
}

}  // namespace

ModelBuilder::ModelBuilder(std::string_view graph_name) : impl_(std::make_unique<Impl>()) {
  pb::ModelProto& model = impl_->model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("TinyTorch");
  model.add_opset_import()->set_version(kOpset);
  model.mutable_graph()->set_name(checked(std::string(graph_name)));
}
ModelBuilder::~ModelBuilder() = default;
ModelBuilder::ModelBuilder(ModelBuilder&&) noexcept = default;
ModelBuilder& ModelBuilder::operator=(ModelBuilder&&) noexcept = default;

void ModelBuilder::add_input(const std::string& name, ElementType type,
                             const std::vector<Dimension>& shape) {
  describe(*impl_->model.mutable_graph()->add_input(), name, type, shape);
}

void ModelBuilder::add_output(const std::string& name, ElementType type,
                              const std::vector<Dimension>& shape) {
  describe(*impl_->model.mutable_graph()->add_output(), name, type, shape);
}

void ModelBuilder::add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                                   std::span<const float> values) {
  add_constant(*impl_->model.mutable_graph(), name, ElementType::kFloat, shape, values);
}
void ModelBuilder::add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                                   std::span<const std::uint8_t> values) {
  add_constant(*impl_->model.mutable_graph(), name, ElementType::kUint8, shape, values);
}
void ModelBuilder::add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                                   std::span<const std::int8_t> values) {
  add_constant(*impl_->model.mutable_graph(), name, ElementType::kInt8, shape, values);
}
void ModelBuilder::add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                                   std::span<const std::int32_t> values) {
  add_constant(*impl_->model.mutable_graph(), name, ElementType::kInt32, shape, values);
}
void ModelBuilder::add_initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                                   std::span<const std::int64_t> values) {
  add_constant(*impl_->model.mutable_graph(), name, ElementType::kInt64, shape, values);
}

void ModelBuilder::add_node(const std::string& op_type, const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs,
                            const std::vector<Attribute>& attributes) {
  pb::NodeProto& node = *impl_->model.mutable_graph()->add_node();
  node.set_op_type(op_type);
  if (!outputs.empty()) node.set_name(outputs.front());
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs)
    node.add_output(output.empty() ? output : checked(output));
  for (const Attribute& attribute : attributes) {
    pb::AttributeProto& to = *node.add_attribute();
    to.set_name(attribute.name);
    std::visit(AttributeValue{to}, attribute.value);
  }
}

void ModelBuilder::set_metadata(const std::string& key, const std::string& value) {
  for (pb::StringStringEntryProto& entry : *impl_->model.mutable_metadata_props()) {
    if (entry.key() == key) return entry.set_value(value);
  }
  pb::StringStringEntryProto& entry = *impl_->model.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

std::vector<Dimension> ModelBuilder::inferred_shape(const std::string& value) const {
  pb::ModelProto model = impl_->model;
  try {
    infer_shapes(model);
  } catch (const std::exception& error) {
    throw Error(concat("ModelBuilder: the shape of ", value, ": ", error.what()));
  }
  const pb::GraphProto& graph = model.graph();
  for (const auto* values : {&graph.input(), &graph.value_info(), &graph.output()}) {
    for (const pb::ValueInfoProto& found : *values) {
      if (found.name() == value) return shape_in(found);
    }
  }
  throw Error(concat("ModelBuilder: no node gives ", value, " a shape"));
}

std::string ModelBuilder::to_bytes() const {
  check(impl_->model);
  return impl_->model.SerializeAsString();
}

namespace {

void add_entry(pb::TensorProto& tensor, const std::string& key, const std::string& value) {
  pb::StringStringEntryProto& entry = *tensor.add_external_data();
  entry.set_key(key);
  entry.set_value(value);
}

// Moves the values of large constants behind `data`, each at a multiple of 64 bytes.
void move_outside(pb::ModelProto& model, std::size_t least, const std::string& location,
                  std::string& data) {
  constexpr std::size_t kAlign = 64;
  for (pb::TensorProto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.raw_data().size() < least) continue;
    data.resize((data.size() + kAlign - 1) / kAlign * kAlign, '\0');
    tensor.set_data_location(pb::TensorProto::EXTERNAL);
    add_entry(tensor, "location", location);
    add_entry(tensor, "offset", std::to_string(data.size()));
    add_entry(tensor, "length", std::to_string(tensor.raw_data().size()));
    data += tensor.raw_data();
    tensor.clear_raw_data();
  }
}

}  // namespace

void ModelBuilder::save_with_external_data(const std::filesystem::path& path,
                                           std::size_t least) const {
  check(impl_->model);
  pb::ModelProto model = impl_->model;
  const std::string location = path.filename().string() + ".data";
  data::require_relative_name(location);
  std::string values;
  move_outside(model, least, location, values);
  data::write_file_atomically((path.parent_path() / location).string(), values);
  data::write_file_atomically(path.string(), model.SerializeAsString());
}

void ModelBuilder::save(const std::filesystem::path& path) const {
  const std::string bytes = to_bytes();
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw Error(concat("ModelBuilder: cannot write ", path.string()));
}

}  // namespace tinytorch::onnx
