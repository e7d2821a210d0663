#include "tinytorch/onnx/qdq_model.h"

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/qdq_functions.h"
#include "tinytorch/onnx/qdq_nodes.h"
#include "tinytorch/onnx/windows.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::onnx {
namespace {

using namespace quantization;  // NOLINT: all that is translated

using Sizes = std::vector<std::int64_t>;

std::vector<Dimension> shape_of(const NetworkValue& value) {
  if (value.flat) return {"batch", value.channels};
  return {"batch", value.channels, value.height, value.width};
}

// Translates the nodes in order. Value i of the network becomes codes with a name and a grid.
class Translation {
 public:
  Translation(const QuantizedNetwork& network, ModelBuilder& model)
      : network_(network), model_(model) {}

  void set_input(const std::string& name) {
    values_.push_back({name, add_grid(model_, "input", network_.values().front().grid)});
  }
  void add_node(std::size_t index, const std::string& to) {
    index_ = index;
    to_ = to;
    const QuantizedNode& node = network_.nodes()[index];
    GridNames grid = std::visit(*this, node.op);
    values_.push_back({to, std::move(grid)});
  }
  const GridNames& last_grid() const { return values_.back().grid; }

  // Of the node at hand: makes the codes named to_, and returns their grid.
  GridNames operator()(const QuantizedLinear& layer) {
    // Features of a Flatten come in the order (h, w, c) there, (c, h, w) here.
    const std::int64_t in = layer.in_features();
    const std::int64_t pixels = network_.values()[input()].reordered ? pixels_behind(input()) : 1;
    return add_layer({layer.out_features(), in}, in / pixels, pixels, "Gemm",
                     {{"transB", std::int64_t{1}}});
  }

  GridNames operator()(const QuantizedConv2d& layer) {
    const QuantizedConvShape& s = layer.shape();
    const std::int64_t depth = s.in_channels / s.groups;
    return add_layer(
        {s.out_channels, depth, s.kernel.height, s.kernel.width}, depth, s.kernel.area(), "Conv",
        window_attributes({s.kernel, s.stride, s.padding, s.dilation}, {"group", s.groups}));
  }

  GridNames operator()(const QuantizedAdd& sum) {
    const std::string real = node_name() + "_sums";
    // Not Add, which runtimes fuse into a sum of their own that rounds otherwise (QLinearAdd).
    model_.add_node("Sum", {dequantized(0), dequantized(1)}, {real});
    return add_output(model_, node_name(), real,
                      {sum.grids().output, sum.output_range(), sum.activation()}, to_);
  }

  GridNames operator()(const QuantizedPool& pool) {
    const NetworkValue& in = network_.values()[input()];
    GridNames grid = values_[input()].grid;
    const bool whole = pool.kernel == 0;
    const auto attributes = [&](const Attribute& own) {
      return whole ? std::vector<Attribute>{}
                   : window_attributes({pool.kernel, pool.stride, pool.padding}, own);
    };
    if (pool.kind == PoolKind::kMax) {
      // On the codes: a larger one stands for a larger number, and nothing is rounded. A window as
      // large as the image, since GlobalMaxPool takes floats only.
      const Attribute floor{"ceil_mode", std::int64_t{0}};
      model_.add_node(
          "MaxPool", {values_[input()].name}, {to_},
          whole ? std::vector<Attribute>{{"kernel_shape", Sizes{in.height, in.width}}, floor}
                : attributes(floor));
      return grid;
    }
    // The grid stays, so its scale cancels: with 1 in its place the runtime's sums are whole
    // numbers, and a mean between two codes is between them there too.
    const GridNames units = add_grid(model_, node_name() + "_units", {1.0f, in.grid.zero_point});
    const std::string name = node_name();
    add_dequantize(model_, values_[input()].name, units, name + "_input0");
    model_.add_node(whole ? "GlobalAveragePool" : "AveragePool", {name + "_input0"},
                    {name + "_mean"},
                    attributes({"count_include_pad", std::int64_t{pool.count_include_pad}}));
    // A sum of one. Without it runtimes fuse the three nodes into a QLinearAveragePool, which adds
    // the zero-point before it rounds: where that is odd, ties go the other way.
    model_.add_node("Sum", {name + "_mean"}, {name + "_sum"});
    add_quantize(model_, name + "_sum", units, to_);
    return grid;
  }

  GridNames operator()(const QuantizedFlatten&) {
    model_.add_node("Flatten", {values_[input()].name}, {to_});
    return values_[input()].grid;
  }

  GridNames operator()(const QuantizedFunction& op) {
    const std::string real = node_name() + "_values";
    add_function(model_, node_name(), op.function(), dequantized(0), real);
    return quantized(real, op.output());
  }

  GridNames operator()(const QuantizedMultiply& op) {
    // Behind a barrier the smaller operand, which is a gate mostly.
    const std::size_t small =
        network_.values()[input(0)].codes() < network_.values()[input(1)].codes() ? 0 : 1;
    std::vector<std::string> operands{dequantized(0), dequantized(1)};
    add_barrier(model_, operands[small], node_name() + "_alone");
    operands[small] = node_name() + "_alone";
    model_.add_node("Mul", operands, {node_name() + "_products"});
    return quantized(node_name() + "_products", op.grids().output);
  }

  GridNames operator()(const QuantizedMaximum& op) {
    model_.add_node("Max", {dequantized(0), dequantized(1)}, {node_name() + "_larger"});
    return quantized(node_name() + "_larger", op.grids().output);
  }

  GridNames operator()(const QuantizedConcat& op) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < op.inputs().size(); ++i) parts.push_back(dequantized(i));
    model_.add_node("Concat", parts, {node_name() + "_parts"},
                    {{"axis", static_cast<std::int64_t>(op.axis())}});
    return quantized(node_name() + "_parts", op.output());
  }

  GridNames operator()(const FloatIsland& op) {
    const NetworkValue& in = network_.values()[input()];
    const Sizes shape = in.flat ? Sizes{in.channels} : Sizes{in.channels, in.height, in.width};
    const std::string real = node_name() + "_values";
    add_island(model_, node_name(), op.settings(), shape, dequantized(0), real);
    return quantized(real, op.output());
  }

 private:
  struct Value {
    std::string name;
    GridNames grid;
  };

  // Values `real`, in float, on a grid: the node's codes.
  GridNames quantized(const std::string& real, QParams params) {
    GridNames grid = add_grid(model_, node_name() + "_output", params);
    add_quantize(model_, real, grid, to_);
    return grid;
  }

  // A weight of `shape`, its codes in the order (places, channels) here, by an operator.
  GridNames add_layer(const Sizes& shape, std::int64_t channels, std::int64_t places,
                      const std::string& op, const std::vector<Attribute>& attributes) {
    const LayerValues layer = *layer_values(network_.nodes()[index_]);
    const std::string name = node_name();
    const auto weight = to_channels_first<std::int8_t>(layer.weight, channels, places);
    add_constants(model_, name,
                  {shape, weight, layer.weight_scales, layer.bias, layer.input.scale});
    model_.add_node(op, {dequantized(0), name + "_weight", name + "_bias"}, {name + "_sums"},
                    attributes);
    return add_output(model_, name, name + "_sums",
                      {layer.output, layer.output_range, layer.activation}, to_);
  }

  std::size_t input(std::size_t which = 0) const { return network_.nodes()[index_].inputs[which]; }
  std::string node_name() const { return concat("node", index_); }
  // Pixels of the image that became the row of features `value`.
  std::int64_t pixels_behind(std::size_t value) const {
    while (network_.values()[value].flat) value = network_.nodes()[value - 1].inputs.front();
    return network_.values()[value].height * network_.values()[value].width;
  }
  std::string dequantized(std::size_t which) {
    const Value& value = values_[input(which)];
    std::string real = concat(node_name(), "_input", which);
    add_dequantize(model_, value.name, value.grid, real);
    return real;
  }

  const QuantizedNetwork& network_;
  ModelBuilder& model_;
  std::vector<Value> values_;
  std::size_t index_ = 0;
  std::string to_;
};

void require_expressible(const QuantizedNetwork& network) {
  if (network.activation_bits() != 8) {
    throw Error(concat("qdq_model: activations of ", network.activation_bits(),
                       " bits; operator set 17 has 8"));
  }
  if (network.dialect() != Dialect::kOrt) {
    throw Error(concat("qdq_model: the network speaks dialect ", name(network.dialect()),
                       "; a runtime would round in dialect ort, so convert the network in that"));
  }
}

// "x" → the name of what is quantized.
std::string add_scaler(ModelBuilder& model, const QuantizedNetwork& network, Ends ends,
                       const InputScaler& scaler) {
  if (scaler.mean.empty() && scaler.deviation.empty()) return "x";
  const NetworkValue& in = network.values().front();
  const auto size = static_cast<std::size_t>(in.channels);
  if (scaler.mean.size() != size || scaler.deviation.size() != size || ends == Ends::kCodes) {
    throw Error(concat("qdq_model: a scaler of ", scaler.mean.size(), " means and ",
                       scaler.deviation.size(), " deviations for ", size, " inputs",
                       ends == Ends::kCodes ? " that are codes already" : ""));
  }
  const Sizes shape = in.flat ? Sizes{in.channels} : Sizes{in.channels, 1, 1};
  model.add_initializer("input_mean", shape, std::span<const float>(scaler.mean));
  model.add_initializer("input_deviation", shape, std::span<const float>(scaler.deviation));
  model.add_node("Sub", {"x", "input_mean"}, {"x_centred"});
  model.add_node("Div", {"x_centred", "input_deviation"}, {"x_standardized"});
  return "x_standardized";
}

}  // namespace

ModelBuilder qdq_model(const QuantizedNetwork& network, Ends ends, const InputScaler& scaler) {
  require_expressible(network);
  const bool codes = ends == Ends::kCodes;
  const ElementType type = codes ? ElementType::kUint8 : ElementType::kFloat;
  ModelBuilder model("quantized_network");
  Translation translation(network, model);
  model.add_input("x", type, shape_of(network.values().front()));
  translation.set_input(codes ? "x" : "x_codes");
  const std::string from = add_scaler(model, network, ends, scaler);
  if (!codes) add_quantize(model, from, translation.last_grid(), "x_codes");
  const std::size_t count = network.nodes().size();
  for (std::size_t i = 0; i < count; ++i) {
    translation.add_node(i, codes && i + 1 == count ? "y" : concat("node", i, "_codes"));
  }
  if (!codes) {
    add_dequantize(model, concat("node", count - 1, "_codes"), translation.last_grid(), "y");
  }
  model.add_output("y", type, shape_of(network.values().back()));
  return model;
}

}  // namespace tinytorch::onnx
