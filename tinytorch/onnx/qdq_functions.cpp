#include "tinytorch/onnx/qdq_functions.h"

#include <cmath>
#include <numbers>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/windows.h"

namespace tinytorch::onnx {
namespace {

using quantization::Activation;
using quantization::Function;
using quantization::FunctionKind;
using quantization::IslandKind;

// Operators one after the other, each with a constant where it takes one.
class Chain {
 public:
  Chain(ModelBuilder& model, std::string name, std::string x)
      : model_(model), name_(std::move(name)), x_(std::move(x)), last_(x_) {}

  Chain& apply(const std::string& op) { return add(op, {last_}); }
  Chain& with(const std::string& op, float constant) {
    const std::string value = concat(name_, "_c", steps_);
    model_.add_scalar(value, constant);
    return add(op, {last_, value});
  }
  Chain& with_x(const std::string& op) { return add(op, {last_, x_}); }
  void end(const std::string& op, float constant, const std::string& to) {
    const std::string value = concat(name_, "_c", steps_);
    model_.add_scalar(value, constant);
    model_.add_node(op, {last_, value}, {to});
  }
  void end_with_x(const std::string& op, const std::string& to) {
    model_.add_node(op, {x_, last_}, {to});
  }

 private:
  Chain& add(const std::string& op, const std::vector<std::string>& inputs) {
    std::string value = concat(name_, "_step", steps_++);
    model_.add_node(op, inputs, {value});
    last_ = std::move(value);
    return *this;
  }

  ModelBuilder& model_;
  std::string name_;
  std::string x_;
  std::string last_;
  int steps_ = 0;
};

void add_clip(ModelBuilder& model, const std::string& name, const Function& function,
              const std::string& from, const std::string& to) {
  model.add_scalar(name + "_low", function.a);
  model.add_scalar(name + "_high", function.b);
  model.add_node("Clip", {from, name + "_low", name + "_high"}, {to});
}

}  // namespace

void add_function(ModelBuilder& model, const std::string& name, const Function& function,
                  const std::string& from, const std::string& to) {
  constexpr float kTanhScale = 0.7978845608028654f;  // √(2/π)
  const auto one = [&](const char* op, const std::vector<Attribute>& attributes = {}) {
    model.add_node(op, {from}, {to}, attributes);
  };
  switch (function.kind) {
    case FunctionKind::kRelu:
      return one("Relu");
    case FunctionKind::kLeakyRelu:
      return one("LeakyRelu", {{"alpha", function.a}});
    case FunctionKind::kClip:
      return add_clip(model, name, function, from, to);
    case FunctionKind::kSigmoid:
      return one("Sigmoid");
    case FunctionKind::kHardsigmoid:
      return one("HardSigmoid", {{"alpha", 1.0f / 6.0f}, {"beta", 0.5f}});
    case FunctionKind::kHardswish:
      return one("HardSwish");
    case FunctionKind::kTanh:
      return one("Tanh");
    case FunctionKind::kSilu:
      return Chain(model, name, from).apply("Sigmoid").end_with_x("Mul", to);
    case FunctionKind::kGelu:
      return Chain(model, name, from)
          .with("Div", std::numbers::sqrt2_v<float>)
          .apply("Erf")
          .with("Add", 1.0f)
          .with_x("Mul")
          .end("Mul", 0.5f, to);
    case FunctionKind::kGeluTanh:
      return Chain(model, name, from)
          .with_x("Mul")
          .with_x("Mul")
          .with("Mul", 0.044715f)
          .with_x("Add")
          .with("Mul", kTanhScale)
          .apply("Tanh")
          .with("Add", 1.0f)
          .with_x("Mul")
          .end("Mul", 0.5f, to);
  }
  throw Error("qdq_model: unknown function");
}

void add_barrier(ModelBuilder& model, const std::string& from, const std::string& to) {
  model.add_node("Sum", {from}, {to});
}

namespace {

// A layer in float; what follows it, a ReLU or ReLU6, too.
void add_float_layer(ModelBuilder& model, const std::string& name,
                     const quantization::IslandSettings& settings, const std::string& from,
                     const std::string& to) {
  const quantization::QuantizedConvShape& s = settings.layer;
  const bool linear = settings.kind == IslandKind::kLinear;
  // Without a barrier ONNX Runtime takes codes on both sides for leave to quantize the weights.
  add_barrier(model, from, name + "_alone");
  std::vector<std::string> inputs{name + "_alone", name + "_weight"};
  model.add_initializer(name + "_weight",
                        linear ? std::vector<std::int64_t>{s.out_channels, s.in_channels}
                               : std::vector<std::int64_t>{s.out_channels, s.in_channels / s.groups,
                                                           s.kernel.height, s.kernel.width},
                        std::span<const float>(settings.weight));
  if (!settings.bias.empty()) {
    inputs.push_back(name + "_bias");
    model.add_initializer(name + "_bias", {s.out_channels}, std::span<const float>(settings.bias));
  }
  const bool plain = settings.activation == Activation::kNone;
  const std::string sums = plain ? to : name + "_sums";
  if (linear) {
    model.add_node("Gemm", inputs, {sums}, {{"transB", std::int64_t{1}}});
  } else {
    model.add_node(
        "Conv", inputs, {sums},
        window_attributes({s.kernel, s.stride, s.padding, s.dilation}, {"group", s.groups}));
  }
  if (settings.activation == Activation::kRelu) model.add_node("Relu", {sums}, {to});
  if (settings.activation == Activation::kRelu6) {
    add_clip(model, name, {FunctionKind::kClip, 0.0f, 6.0f}, sums, to);
  }
}

}  // namespace

void add_island(ModelBuilder& model, const std::string& name,
                const quantization::IslandSettings& settings,
                const std::vector<std::int64_t>& shape, const std::string& from,
                const std::string& to) {
  if (settings.is_layer()) return add_float_layer(model, name, settings, from, to);
  const Attribute axis{"axis", settings.dim};
  if (settings.kind == IslandKind::kSoftmax) {
    add_barrier(model, from, name + "_alone");
    model.add_node("Softmax", {name + "_alone"}, {to}, {axis});
    return;
  }
  const std::vector<std::int64_t> normalized(shape.begin() + (settings.dim - 1), shape.end());
  std::size_t count = 1;
  for (const std::int64_t size : normalized) count *= static_cast<std::size_t>(size);
  std::vector<std::string> inputs{from, name + "_weight"};
  const std::vector<float> ones(count, 1.0f);
  model.add_initializer(name + "_weight", normalized,
                        std::span<const float>(settings.weight.empty() ? ones : settings.weight));
  if (!settings.bias.empty()) {
    inputs.push_back(name + "_bias");
    model.add_initializer(name + "_bias", normalized, std::span<const float>(settings.bias));
  }
  model.add_node("LayerNormalization", inputs, {to}, {axis, {"epsilon", settings.epsilon}});
}

}  // namespace tinytorch::onnx
