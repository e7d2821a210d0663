#pragma once
// One ONNX operator, run by real ONNX Runtime on values of a test.
//
//   OneNode node("QuantizeLinear", {{"axis", std::int64_t{1}}});
//   node.input("x", x, {2, 3}).constant("scale", scale, {3}).output("y", y, {2, 3});
//   node.run();   // y is written

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "peers/onnxruntime_session.h"
#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::parity {

using Shape = std::vector<std::int64_t>;

template <typename T>
constexpr onnx::ElementType element_type() {
  if constexpr (std::is_same_v<T, float>) return onnx::ElementType::kFloat;
  if constexpr (std::is_same_v<T, std::uint8_t>) return onnx::ElementType::kUint8;
  if constexpr (std::is_same_v<T, std::int8_t>) return onnx::ElementType::kInt8;
  if constexpr (std::is_same_v<T, std::int32_t>) return onnx::ElementType::kInt32;
  return onnx::ElementType::kInt64;
}

inline std::vector<onnx::Dimension> dimensions(const Shape& shape) {
  return {shape.begin(), shape.end()};
}

// Inputs and outputs are the node's, in the order they are named.
class OneNode {
 public:
  explicit OneNode(std::string op_type, std::vector<onnx::Attribute> attributes = {})
      : op_type_(std::move(op_type)), attributes_(std::move(attributes)), model_(op_type_) {}

  template <typename T>
  OneNode& input(const std::string& name, const std::vector<T>& values, const Shape& shape) {
    model_.add_input(name, element_type<T>(), dimensions(shape));
    inputs_.push_back(name);
    binds_.push_back([&values, name, shape](peers::OnnxRuntimeSession& session) {
      session.bind_input(name, std::span<const T>(values), shape);
    });
    return *this;
  }
  template <typename T>  // it is read by run(), later
  OneNode& input(const std::string&, const std::vector<T>&&, const Shape&) = delete;
  template <typename T>
  OneNode& constant(const std::string& name, const std::vector<T>& values, const Shape& shape) {
    model_.add_initializer(name, shape, std::span<const T>(values));
    inputs_.push_back(name);
    return *this;
  }
  template <typename T>
  OneNode& scalar(const std::string& name, T value) {
    model_.add_scalar(name, value);
    inputs_.push_back(name);
    return *this;
  }
  // `values` is resized to what the shape holds.
  template <typename T>
  OneNode& output(const std::string& name, std::vector<T>& values, const Shape& shape) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    values.assign(static_cast<std::size_t>(count), T{});
    model_.add_output(name, element_type<T>(), dimensions(shape));
    outputs_.push_back(name);
    binds_.push_back([&values, name, shape](peers::OnnxRuntimeSession& session) {
      session.bind_output(name, std::span<T>(values), shape);
    });
    return *this;
  }

  void run(peers::Optimization level = peers::Optimization::kNone) {
    model_.add_node(op_type_, inputs_, outputs_, attributes_);
    peers::OnnxRuntimeSession session(model_.to_bytes(), level);
    for (const auto& bind : binds_) bind(session);
    session.run();
  }

 private:
  std::string op_type_;
  std::vector<onnx::Attribute> attributes_;
  onnx::ModelBuilder model_;
  std::vector<std::string> inputs_;
  std::vector<std::string> outputs_;
  std::vector<std::function<void(peers::OnnxRuntimeSession&)>> binds_;
};

}  // namespace tinytorch::parity
