#include "tinytorch/onnx/import/detail/lowering.h"

#include "tinytorch/core/at_place.h"
#include "tinytorch/onnx/import/detail/fold.h"

namespace tinytorch::onnx {

const std::map<std::string, Lowering::Handler>& Lowering::handlers() {
  static const std::map<std::string, Handler> all = [] {
    std::map<std::string, Handler> map{
        {"Gemm", &Lowering::gemm},
        {"MatMul", &Lowering::matmul},
        {"Conv", &Lowering::conv},
        {"MaxPool", &Lowering::max_pool},
        {"AveragePool", &Lowering::average_pool},
        {"GlobalAveragePool", &Lowering::global_average_pool},
        {"ReduceMean", &Lowering::reduce_mean},
        {"BatchNormalization", &Lowering::batch_norm},
        {"LayerNormalization", &Lowering::layer_norm},
        {"Softmax", &Lowering::softmax},
        {"Clip", &Lowering::clip},
        {"Concat", &Lowering::concat},
        {"Cast", &Lowering::cast},
    };
    for (const char* op : {"Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish",
                           "Erf", "Exp", "Sqrt", "Neg", "Abs", "Reciprocal"}) {
      map[op] = &Lowering::unary;
    }
    for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow"}) map[op] = &Lowering::binary;
    for (const char* op : {"Max", "Min", "Sum"}) map[op] = &Lowering::several;
    for (const char* op :
         {"Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Gather"}) {
      map[op] = &Lowering::look_at;
    }
    for (const char* op : {"Identity", "Dropout"}) map[op] = &Lowering::same;
    return map;
  }();
  return all;
}

Lowering::Lowering(const SourceGraph& graph, const Sizes& input_shape, const Hints& hints)
    : graph_(graph), network_(input_shape, hints) {
  for (const SourceNode& node : graph.nodes) {
    for (const std::string& name : node.inputs) ++uses_[name];
  }
  for (const std::string& name : graph.outputs) ++uses_[name];
  for (const auto& [name, tensor] : graph.constants) {
    auto value = std::make_shared<Value>();
    value->shape = tensor.shape;
    value->constant = tensor;
    values_[name] = std::move(value);
  }
  auto value = std::make_shared<Value>();
  value->shape = input_shape;
  value->view = network_.input();
  value->uses = uses_[graph.inputs[0].name];
  values_[graph.inputs[0].name] = std::move(value);
}

View Lowering::run(const std::string& output) {
  for (const SourceNode& node : graph_.nodes) {
    at_place(node.place(), [&] { lower(node); });
  }
  const ValuePtr& value = values_.at(output);
  if (value->constant) throw Error(tinytorch::concat("output ", output, " is a constant"));
  const std::string place_name = tinytorch::concat("output ", output);
  return at_place(place_name, [&] { return place(value); });
}

void Lowering::lower(const SourceNode& node) {
  if (node.outputs.empty() || node.outputs[0].empty()) throw Error("has no output");
  if (fold_node(node)) return;
  const auto found = handlers().find(node.op);
  if (found == handlers().end()) refuse(node);
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    if (uses_[node.outputs[i]] > 0) {
      throw Error(tinytorch::concat("its output ", node.outputs[i],
                                    " is read; only the first one can be imported"));
    }
  }
  if (node.inputs.empty()) throw Error("has no input");
  (this->*found->second)(node);
}

bool Lowering::fold_node(const SourceNode& node) {
  std::vector<const SourceTensor*> inputs;
  for (const std::string& name : node.inputs) {
    inputs.push_back(nullptr);
    if (name.empty()) continue;
    const Value& value = *values_.at(name);
    if (value.constant) {
      inputs.back() = &*value.constant;
    } else if (node.op == "Shape" || node.op == "Size") {
      // Of a value the network computes: its shape is known.
      auto result = std::make_shared<Value>();
      result->constant = fold_shape(node, value.shape);
      result->shape = result->constant->shape;
      values_[node.outputs[0]] = std::move(result);
      return true;
    } else {
      return false;
    }
  }
  auto folded = fold(node, inputs);
  if (!folded) return false;
  auto value = std::make_shared<Value>();
  value->shape = folded->shape;
  value->constant = std::move(folded);
  values_[node.outputs[0]] = std::move(value);
  return true;
}

void Lowering::refuse(const SourceNode& node) const {
  for (const char* op : {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear",
                         "QLinearConv", "QLinearMatMul", "MatMulInteger", "ConvInteger"}) {
    if (node.op == op) {
      throw Error("the model is quantized already; import the float model it was made from");
    }
  }
  for (const char* op : {"LSTM", "GRU", "RNN", "If", "Loop", "Scan"}) {
    if (node.op == op) {
      throw Error(
          "runs a part of the graph several times or not at all; networks here run each "
          "layer once. It would need a loop in nn::Graph and in the deployed network");
    }
  }
  throw Error(
      "no layer computes this. It would need a layer in nn/, its integer form in "
      "quantization/deployed, and a handler in onnx/import (lowering.cpp has the list of "
      "operators that can be imported)");
}

const ValuePtr& Lowering::input(const SourceNode& node, std::size_t i) const {
  if (!node.has_input(i)) {
    throw Error(tinytorch::concat("has no input ", static_cast<std::int64_t>(i)));
  }
  return values_.at(node.inputs[i]);
}

const SourceTensor& Lowering::constant(const SourceNode& node, std::size_t i,
                                       const char* what) const {
  const Value& value = *input(node, i);
  if (!value.constant) {
    throw Error(tinytorch::concat("its ", what, ", ", node.inputs[i],
                                  ", is computed from the input; it can be imported as a constant "
                                  "only"));
  }
  return *value.constant;
}

void Lowering::define(const SourceNode& node, const View& view, bool can_absorb) {
  auto value = std::make_shared<Value>();
  value->shape = view.shape;
  value->view = view;
  value->uses = uses_[node.outputs[0]];
  value->can_absorb = can_absorb;
  values_[node.outputs[0]] = std::move(value);
}

void Lowering::define_function(const SourceNode& node, Elementwise function, Sizes shape) {
  function.node = node.place();
  function.name = node.name;
  auto value = std::make_shared<Value>();
  value->shape = std::move(shape);
  value->function = std::move(function);
  value->uses = uses_[node.outputs[0]];
  values_[node.outputs[0]] = std::move(value);
}

void fill(const Tensor& tensor, const std::vector<float>& values, const char* what) {
  Tensor to = tensor.detach();
  if (to.data().size() != values.size()) {
    throw Error(concat("its ", what, " has ", static_cast<std::int64_t>(values.size()),
                       " values; expected ", to.numel()));
  }
  std::copy(values.begin(), values.end(), to.data().begin());
}

}  // namespace tinytorch::onnx
