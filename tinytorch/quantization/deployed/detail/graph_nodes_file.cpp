#include "tinytorch/quantization/deployed/detail/graph_nodes_file.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/deployed/detail/file_sizes.h"
#include "tinytorch/quantization/deployed/file_values.h"
#include "tinytorch/quantization/int8/code_limits.h"

namespace tinytorch::quantization {
namespace {

using file_values::number;
using file_values::qparams;
using file_values::stored;
using file_values::values_of;
using train::SafeTensors;

struct Writer {
  SafeTensors& file;
  const std::string& prefix;

  template <typename Value>
  void add(const std::string& key, const Value& value) const {
    file.metadata.emplace_back(prefix + key, concat(value));
  }
  void add_grid(const std::string& key, QParams grid) const {
    add(key + "_scale", grid.scale);
    add(key + "_zero_point", grid.zero_point);
  }
  void add_grids(const AddGrids& grids) const {
    add_grid(".a", grids.a);
    add_grid(".b", grids.b);
    add_grid(".output", grids.output);
  }
  void add_floats(const std::string& key, const std::vector<float>& values) const {
    if (values.empty()) return;
    const Shape shape{static_cast<std::int64_t>(values.size())};
    file.tensors.push_back(stored<float>(prefix + key, "F32", shape, values));
  }

  void add_layer(const IslandSettings& settings) const {
    const QuantizedConvShape& s = settings.layer;
    add(".in", s.in_channels);
    add(".out", s.out_channels);
    add(".activation", name(settings.activation));
    if (settings.kind == IslandKind::kLinear) {
      add(".flattened_channels", settings.flattened_channels);
      return;
    }
    const Padding4& p = s.padding;
    add(".kernel", joined(std::vector{s.kernel.height, s.kernel.width}));
    add(".stride", joined(std::vector{s.stride.height, s.stride.width}));
    add(".padding", joined(std::vector{p.top, p.left, p.bottom, p.right}));
    add(".dilation", joined(std::vector{s.dilation.height, s.dilation.width}));
    add(".groups", s.groups);
  }

  bool operator()(const QuantizedFunction& op) const {
    add(".kind", "function");
    add(".function", name(op.function().kind));
    add(".a", op.function().a);
    add(".b", op.function().b);
    add_grid(".input", op.input());
    add_grid(".output", op.output());
    file.tensors.push_back(
        stored<std::int8_t>(prefix + ".table", "I8", Shape{256}, op.table().codes()));
    return true;
  }
  bool operator()(const QuantizedMultiply& op) const {
    add(".kind", "multiply");
    add_grids(op.grids());
    return true;
  }
  bool operator()(const QuantizedMaximum& op) const {
    add(".kind", "maximum");
    add_grids(op.grids());
    return true;
  }
  bool operator()(const QuantizedConcat& op) const {
    add(".kind", "concat");
    add(".axis", static_cast<int>(op.axis()));
    for (std::size_t i = 0; i < op.inputs().size(); ++i) {
      add_grid(concat(".input", i), op.inputs()[i]);
    }
    add_grid(".output", op.output());
    return true;
  }
  bool operator()(const FloatIsland& op) const {
    const IslandSettings& settings = op.settings();
    add(".kind", concat(settings.is_layer() ? "float_" : "", name(settings.kind)));
    add(".dim", settings.dim);
    add_grid(".input", op.input());
    add_grid(".output", op.output());
    if (settings.kind == IslandKind::kSoftmax) return true;
    if (settings.is_layer()) add_layer(settings);
    add(".epsilon", settings.epsilon);
    add_floats(".weight", settings.weight);
    add_floats(".bias", settings.bias);
    return true;
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

Function read_function(const SafeTensors& file, const std::string& prefix) {
  const std::string& text = file.value(prefix + ".function");
  for (const FunctionKind kind : kFunctionKinds) {
    if (text == name(kind)) {
      return {kind, number<float>(file, prefix + ".a"), number<float>(file, prefix + ".b")};
    }
  }
  throw Error(concat("metadata ", prefix, ".function is \"", text, "\", which means nothing here"));
}

CodeTable read_table(const SafeTensors& file, const std::string& prefix, QRange range) {
  const auto codes = values_of<std::int8_t>(file.tensor(prefix + ".table"), "I8");
  for (const std::int8_t code : codes) {
    if (code >= range.qmin && code <= range.qmax) continue;
    throw Error(concat(prefix, ".table holds code ", int{code}, ", beyond ", range.qmin, " to ",
                       range.qmax));
  }
  return CodeTable(codes);
}

std::vector<float> optional_floats(const SafeTensors& file, const std::string& tensor_name) {
  const bool stands =
      std::any_of(file.tensors.begin(), file.tensors.end(),
                  [&](const train::StoredTensor& tensor) { return tensor.name == tensor_name; });
  return stands ? values_of<float>(file.tensor(tensor_name), "F32") : std::vector<float>();
}

ConcatAxis read_axis(const SafeTensors& file, const std::string& prefix) {
  const int axis = number<int>(file, prefix + ".axis");
  if (axis >= 1 && axis <= 3) return static_cast<ConcatAxis>(axis);
  throw Error(concat("metadata ", prefix, ".axis is ", axis, ", expected 1 to 3"));
}

// A linear layer or a convolution that stays in float.
IslandSettings read_layer(const SafeTensors& file, const std::string& prefix, bool linear) {
  IslandSettings settings{.kind = linear ? IslandKind::kLinear : IslandKind::kConv,
                          .dim = size(file, prefix + ".dim")};
  settings.epsilon = number<float>(file, prefix + ".epsilon");
  QuantizedConvShape& s = settings.layer;
  s.in_channels = size(file, prefix + ".in");
  s.out_channels = size(file, prefix + ".out");
  settings.activation = file_values::named(
      file, prefix + ".activation", {Activation::kNone, Activation::kRelu, Activation::kRelu6});
  if (linear) {
    settings.flattened_channels = size(file, prefix + ".flattened_channels");
  } else {
    s.kernel = extent(file, prefix + ".kernel");
    s.stride = extent(file, prefix + ".stride");
    s.padding = padding(file, prefix + ".padding");
    s.dilation = extent(file, prefix + ".dilation");
    s.groups = size(file, prefix + ".groups");
  }
  if (s.kernel.area() > kLargestSize || s.out_channels * s.kernel.area() > kLargestSize) {
    throw Error(concat(prefix, " has a kernel of ", to_string(s.kernel)));
  }
  settings.weight = optional_floats(file, prefix + ".weight");
  settings.bias = optional_floats(file, prefix + ".bias");
  return settings;
}

}  // namespace

bool write_graph_node(SafeTensors& file, const std::string& prefix, const NetworkOp& op) {
  return std::visit(Writer{file, prefix}, op);
}

std::optional<NetworkOp> read_graph_node(const SafeTensors& file, const std::string& prefix,
                                         std::size_t inputs, QRange range, Dialect dialect) {
  const std::string& kind = file.value(prefix + ".kind");
  const auto grid = [&](const std::string& key) { return qparams(file, prefix + key); };
  if (kind == "function") {
    return QuantizedFunction(read_function(file, prefix), grid(".input"), grid(".output"),
                             read_table(file, prefix, range));
  }
  if (kind == "multiply" || kind == "maximum") {
    const AddGrids grids{grid(".a"), grid(".b"), grid(".output")};
    if (kind == "maximum") return QuantizedMaximum(grids, range);
    return QuantizedMultiply(grids, range, dialect);
  }
  if (kind == "concat") {
    std::vector<QParams> grids;
    for (std::size_t i = 0; i < inputs; ++i) grids.push_back(grid(concat(".input", i)));
    return QuantizedConcat(std::move(grids), grid(".output"), read_axis(file, prefix), range);
  }
  if (kind == "float_linear" || kind == "float_conv") {
    return FloatIsland(read_layer(file, prefix, kind == "float_linear"), grid(".input"),
                       grid(".output"), range);
  }
  const bool norm = kind == name(IslandKind::kLayerNorm);
  if (!norm && kind != name(IslandKind::kSoftmax)) return std::nullopt;
  IslandSettings settings{.kind = norm ? IslandKind::kLayerNorm : IslandKind::kSoftmax,
                          .dim = number<std::int64_t>(file, prefix + ".dim")};
  if (norm) {
    settings.epsilon = number<float>(file, prefix + ".epsilon");
    settings.weight = optional_floats(file, prefix + ".weight");
    settings.bias = optional_floats(file, prefix + ".bias");
  }
  return FloatIsland(std::move(settings), grid(".input"), grid(".output"), range);
}

}  // namespace tinytorch::quantization
