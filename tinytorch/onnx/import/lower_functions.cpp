// Elementwise functions, and the joins of two values.

#include <algorithm>
#include <cmath>
#include <limits>

#include "tinytorch/core/at_place.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/joins.h"
#include "tinytorch/onnx/import/detail/fold.h"
#include "tinytorch/onnx/import/detail/functions.h"
#include "tinytorch/onnx/import/detail/lowering.h"

namespace tinytorch::onnx {
namespace {

bool is_number(const Value& value) { return value.constant && value.constant->count() == 1; }

double number_of(const SourceTensor& tensor) {
  return tensor.is_float() ? tensor.floats()[0] : static_cast<double>(tensor.integers()[0]);
}

// True when the value is read once, and so is everything from it down to `base`: then nothing else
// looks at what `base` is, and it may take the line into its weights.
bool is_only_way(const Value& value, const Value& base) {
  const Value* at = &value;
  while (at != &base) {
    if (at->uses != 1 || !at->function) return false;
    const Value* next = nullptr;
    for (const ValuePtr& operand : at->function->operands) {
      if (operand->constant) continue;
      if (next != nullptr) return false;
      next = operand.get();
    }
    if (next == nullptr) return false;
    at = next;
  }
  return true;
}

// For each element of `shape`, the element of a tensor of shape `from` broadcast to it.
Sizes broadcast_order(const Sizes& from, const Sizes& shape) {
  return expanded({from, full_order(View{0, from, {}})}, shape).integers();
}

}  // namespace

void Lowering::unary(const SourceNode& node) {
  Elementwise function;
  function.op = node.op;
  function.operands = {input(node, 0)};
  if (node.op == "LeakyRelu") function.first = node.number("alpha", 0.01f);
  if (node.op == "HardSigmoid") {
    function.first = node.number("alpha", 0.2f);
    function.second = node.number("beta", 0.5f);
  }
  define_function(node, std::move(function), input(node, 0)->shape);
}

// The limits are attributes before operator set 11, inputs since.
void Lowering::clip(const SourceNode& node) {
  Elementwise function;
  function.op = "Clip";
  function.operands = {input(node, 0)};
  constexpr float kMost = std::numeric_limits<float>::max();
  const auto limit = [&](std::size_t i, const char* name, float otherwise) {
    if (!node.has_input(i)) return static_cast<double>(node.number(name, otherwise));
    const SourceTensor& tensor = constant(node, i, name);
    if (tensor.count() != 1) throw Error(tinytorch::concat("its ", name, " is not one number"));
    return number_of(tensor);
  };
  function.first = limit(1, "min", -kMost);
  function.second = limit(2, "max", kMost);
  if (!(function.first < function.second)) {
    throw Error(tinytorch::concat("clips to [", function.first, ", ", function.second, "]"));
  }
  define_function(node, std::move(function), input(node, 0)->shape);
}

void Lowering::binary(const SourceNode& node) {
  const ValuePtr& a = input(node, 0);
  const ValuePtr& b = input(node, 1);
  const Sizes shape = broadcast_shape(a->shape, b->shape);
  const bool lines = node.op != "Pow";
  for (const auto& [constant, other] : {std::pair(a, b), std::pair(b, a)}) {
    if (!constant->constant || is_number(*constant) || !lines) continue;
    if (shape != other->shape) {
      throw Error(tinytorch::concat("its constant ", describe(constant->shape),
                                    " enlarges its input ", describe(other->shape)));
    }
    const View x = place(other);
    std::vector<double> scale(static_cast<std::size_t>(channels(x)), 1.0), shift(scale.size(), 0.0);
    const std::vector<double> values = per_channel(x, *constant->constant);
    const bool first = constant == a;
    for (std::size_t c = 0; c < values.size(); ++c) {
      if (node.op == "Add") shift[c] = values[c];
      if (node.op == "Sub") shift[c] = first ? values[c] : -values[c];
      if (node.op == "Sub" && first) scale[c] = -1.0;
      if (node.op == "Mul") scale[c] = values[c];
      if (node.op == "Div") scale[c] = 1.0 / values[c];
    }
    if (node.op == "Div" && first) throw Error("divides a constant by what the network computes");
    return define(node, affine(node.name, other, scale, shift),
                  other->can_absorb && other->uses == 1);
  }
  Elementwise function;
  function.op = node.op;
  function.operands = {a, b};
  define_function(node, std::move(function), shape);
}

void Lowering::several(const SourceNode& node) {
  ValuePtr value = input(node, 0);
  if (node.inputs.size() == 1) return same(node);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    Elementwise function;
    function.op = node.op == "Sum" ? "Add" : node.op;
    function.operands = {value, input(node, i)};
    define_function(node, std::move(function),
                    broadcast_shape(value->shape, input(node, i)->shape));
    value = values_[node.outputs[0]];
  }
}

View Lowering::place(const ValuePtr& value) {
  if (value->constant) throw Error("reads a constant where a value of the network is expected");
  if (!value->view) {
    const std::size_t before = network_.changes();
    value->view = at_place(value->function->node, [&] { return place_function(value); });
    // What went into the weights before is no function of anything that still exists.
    if (network_.changes() != before) value->function.reset();
  }
  return *value->view;
}

View Lowering::place_function(const ValuePtr& value) {
  for (const ValuePtr& base : operands_below(*value)) {
    const auto function = recognise(*value, *base);
    if (!function) continue;
    const View x = place(base);
    if (function->layer != nullptr) {
      View result = network_.add(value->function->name, {x.value}, function->layer);
      network_.mark_elementwise(result.value);
      return {result.value, x.shape, x.order};
    }
    if (function->scale == 1.0 && function->shift == 0.0) return x;
    const auto count = static_cast<std::size_t>(channels(x));
    auto source = is_only_way(*value, *base) ? base : std::make_shared<Value>(*base);
    if (source != base) source->can_absorb = false;
    return affine(value->function->name, source, std::vector<double>(count, function->scale),
                  std::vector<double>(count, function->shift));
  }
  const Elementwise& function = *value->function;
  if (function.operands.size() == 1) return place_one(function, *value);
  return place_two(function);
}

// A function that has no layer of its own, out of two that have.
View Lowering::place_one(const Elementwise& function, const Value& value) {
  const ValuePtr& operand = function.operands[0];
  const View x = place(operand);
  if (function.op == "HardSigmoid") {  // hardsigmoid(6·(alpha·x + beta − 1/2))
    auto source = is_only_way(value, *operand) ? operand : std::make_shared<Value>(*operand);
    if (source != operand) source->can_absorb = false;
    const auto count = static_cast<std::size_t>(channels(x));
    const View line =
        affine(function.name, source, std::vector<double>(count, 6.0 * function.first),
               std::vector<double>(count, 6.0 * (function.second - 0.5)));
    const View result =
        network_.add(function.name, {line.value}, std::make_shared<nn::Hardsigmoid>());
    network_.mark_elementwise(result.value);
    return {result.value, x.shape, x.order};
  }
  throw Error(tinytorch::concat("no layer computes ", function.op,
                                " by itself; only where it is a part of Gelu, SiLU, HardSwish or "
                                "another function that has one. It would need a layer in nn/ and "
                                "a table in the deployed network"));
}

View Lowering::place_two(const Elementwise& function) {
  const ValuePtr& a = function.operands[0];
  const ValuePtr& b = function.operands[1];
  if (a->constant || b->constant) {
    throw Error(
        tinytorch::concat("with a constant it is not a function that has a layer; "
                          "a table in the deployed network could hold it, once nn/ has it"));
  }
  return join(function.op, function.name, place(a), place(b));
}

// Elements that ONNX pairs must be those that the layer pairs.
View Lowering::join(const std::string& op, const std::string& name, const View& a, const View& b) {
  std::shared_ptr<nn::Join> layer;
  if (op == "Add") layer = std::make_shared<nn::Add>();
  if (op == "Mul") layer = std::make_shared<nn::Multiply>();
  if (op == "Max") layer = std::make_shared<nn::Maximum>();
  if (layer == nullptr) {
    throw Error(tinytorch::concat("no layer computes ", op,
                                  " of two values; Add, Mul and Max of two have one"));
  }
  const Sizes shape = broadcast_shape(a.shape, b.shape);
  const bool swapped = shape != a.shape;
  const View& large = swapped ? b : a;
  const View& small = swapped ? a : b;
  if (shape != large.shape || (small.shape != shape && op != "Mul")) {
    throw Error(tinytorch::concat("the shapes ", describe(a.shape), " and ", describe(b.shape),
                                  " are broadcast; only Mul by [N, C, 1, 1] has a layer"));
  }
  View x = large, y = small;
  if (network_.shape(x).size() != network_.shape(y).size() && large.shape.size() == 2 &&
      small.shape.size() == 2) {
    x = network_.as_features(x, name);
    y = network_.as_features(y, name);
  }
  if (network_.shape(x).size() == 4 && network_.shape(y).size() == 2 && y.shape.size() == 4) {
    y = network_.as_image(y);  // asks for the gate of a squeeze-and-excite block as an image
  }
  const Sizes own = network_.shape(x), other = network_.shape(y);
  if (broadcast_shape(own, other) != own) {
    throw Error(tinytorch::concat("its inputs are ", describe(own), " and ", describe(other),
                                  " here, which do not fit"));
  }
  if (own != other || x.order != y.order || x.shape != y.shape) {
    const Sizes pairs = broadcast_order(y.shape, x.shape);
    const Sizes expected = broadcast_order(other, own);
    const Sizes left = full_order(x), right = full_order(y);
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (expected[static_cast<std::size_t>(left[i])] !=
          right[static_cast<std::size_t>(pairs[i])]) {
        throw Error("a Transpose or Reshape before it moves the values of one input only");
      }
    }
  }
  const View result = network_.add(name, {x.value, y.value}, layer);
  return {result.value, x.shape, x.order};
}

}  // namespace tinytorch::onnx
