// Folding of what computes values.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/detail/fold.h"

namespace tinytorch::onnx {
namespace {

// For each element of `shape`, the element of a tensor of shape `from` that is broadcast to it.
std::vector<std::size_t> broadcast_places(const Sizes& from, const Sizes& shape) {
  const auto count = static_cast<std::size_t>(checked_count(shape));
  std::vector<std::size_t> places(count);
  std::vector<std::size_t> steps(shape.size(), 0);
  std::size_t step = 1;
  for (std::size_t i = from.size(); i-- > 0;) {
    steps[i + shape.size() - from.size()] = from[i] == 1 ? 0 : step;
    step *= static_cast<std::size_t>(from[i]);
  }
  for (std::size_t at = 0; at < count; ++at) {
    std::size_t rest = at;
    for (std::size_t i = shape.size(); i-- > 0;) {
      const auto size = static_cast<std::size_t>(shape[i]);
      places[at] += rest % size * steps[i];
      rest /= size;
    }
  }
  return places;
}

template <typename T>
using Binary = std::function<T(T, T)>;

std::int64_t divide(std::int64_t a, std::int64_t b) {
  if (b == 0) throw Error("divides an integer by zero");
  if (b == -1) return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(a));
  return a / b;
}

std::int64_t remainder(std::int64_t a, std::int64_t b) {
  if (b == 0) throw Error("divides an integer by zero");
  if (b == -1) return 0;
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

// Wraps on overflow, as a 64-bit machine does.
std::int64_t wrapped(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

Binary<std::int64_t> integer_operation(const std::string& op) {
  if (op == "Add") return [](auto a, auto b) { return wrapped(bits(a) + bits(b)); };
  if (op == "Sub") return [](auto a, auto b) { return wrapped(bits(a) - bits(b)); };
  if (op == "Mul") return [](auto a, auto b) { return wrapped(bits(a) * bits(b)); };
  if (op == "Div") return divide;
  if (op == "Mod") return remainder;
  if (op == "Min") return [](auto a, auto b) { return std::min(a, b); };
  if (op == "Max") return [](auto a, auto b) { return std::max(a, b); };
  if (op == "Equal") return [](auto a, auto b) { return std::int64_t{a == b}; };
  if (op == "Less") return [](auto a, auto b) { return std::int64_t{a < b}; };
  if (op == "Greater") return [](auto a, auto b) { return std::int64_t{a > b}; };
  if (op == "And") return [](auto a, auto b) { return std::int64_t{a != 0 && b != 0}; };
  if (op == "Or") return [](auto a, auto b) { return std::int64_t{a != 0 || b != 0}; };
  return nullptr;
}

Binary<float> float_operation(const std::string& op) {
  if (op == "Add") return [](float a, float b) { return a + b; };
  if (op == "Sub") return [](float a, float b) { return a - b; };
  if (op == "Mul") return [](float a, float b) { return a * b; };
  if (op == "Div") return [](float a, float b) { return a / b; };
  if (op == "Pow") return [](float a, float b) { return std::pow(a, b); };
  if (op == "Min") return [](float a, float b) { return std::min(a, b); };
  if (op == "Max") return [](float a, float b) { return std::max(a, b); };
  return nullptr;
}

template <typename T>
SourceTensor combine(const SourceTensor& a, const SourceTensor& b, const Binary<T>& operation) {
  const Sizes shape = broadcast_shape(a.shape, b.shape);
  const auto left = broadcast_places(a.shape, shape);
  const auto right = broadcast_places(b.shape, shape);
  const auto& x = std::get<std::vector<T>>(a.values);
  const auto& y = std::get<std::vector<T>>(b.values);
  std::vector<T> values(left.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = operation(x[left[i]], y[right[i]]);
  return {shape, std::move(values)};
}

std::optional<SourceTensor> fold_two(const SourceNode& node, const SourceTensor& a,
                                     const SourceTensor& b) {
  if (a.is_float() != b.is_float()) return std::nullopt;
  if (!a.is_float()) {
    if (const auto operation = integer_operation(node.op)) {
      return combine<std::int64_t>(a, b, operation);
    }
  } else if (const auto operation = float_operation(node.op)) {
    return combine<float>(a, b, operation);
  }
  return std::nullopt;
}

std::function<float(float)> float_function(const std::string& op) {
  if (op == "Sqrt") return [](float x) { return std::sqrt(x); };
  if (op == "Neg") return [](float x) { return -x; };
  if (op == "Reciprocal") return [](float x) { return 1.0f / x; };
  if (op == "Exp") return [](float x) { return std::exp(x); };
  if (op == "Abs") return [](float x) { return std::abs(x); };
  if (op == "Floor") return [](float x) { return std::floor(x); };
  if (op == "Ceil") return [](float x) { return std::ceil(x); };
  return nullptr;
}

std::optional<SourceTensor> fold_one(const SourceNode& node, const SourceTensor& x) {
  if (node.op == "Identity") return x;
  if (x.is_float()) {
    const auto function = float_function(node.op);
    if (!function) return std::nullopt;
    SourceTensor result = x;
    for (float& value : std::get<0>(result.values)) value = function(value);
    return result;
  }
  if (node.op != "Neg" && node.op != "Not" && node.op != "Abs") return std::nullopt;
  SourceTensor result = x;
  for (std::int64_t& value : std::get<1>(result.values)) {
    if (node.op == "Not") {
      value = value == 0 ? 1 : 0;
    } else if (node.op == "Neg" || value < 0) {
      value = wrapped(0 - bits(value));
    }
  }
  return result;
}

std::int64_t to_integer(float value) {
  constexpr float kBeyond = 0x1p63f;
  if (!(value >= -kBeyond && value < kBeyond))
    throw Error(concat("casts ", value, " to an integer"));
  return static_cast<std::int64_t>(value);
}

// To one of ONNX's numbers for element types. Integers here have 64 bits: a narrower type must hold
// the value as it is.
SourceTensor cast(const SourceTensor& x, std::int64_t to) {
  constexpr std::int64_t kFloat = 1, kInt32 = 6, kInt64 = 7, kBool = 9, kFloat16 = 10, kDouble = 11;
  SourceTensor result{x.shape, std::vector<float>{}};
  if (to == kFloat || to == kDouble) {
    if (x.is_float()) return x;
    result.values = std::vector<float>(x.integers().begin(), x.integers().end());
    return result;
  }
  if (to == kFloat16 || (to != kInt32 && to != kInt64 && to != kBool)) {
    throw Error(
        concat("casts to element type ", to, "; float, double, int32, int64 and bool fold"));
  }
  std::vector<std::int64_t> values;
  values.reserve(x.count());
  if (x.is_float()) {
    for (const float value : x.floats()) {
      values.push_back(to == kBool ? std::int64_t{value != 0.0f} : to_integer(value));
    }
  } else {
    for (const std::int64_t value : x.integers())
      values.push_back(to == kBool ? value != 0 : value);
  }
  if (to == kInt32) {
    for (const std::int64_t value : values) {
      if (value != static_cast<std::int32_t>(value)) {
        throw Error(concat("casts ", value, " to an int32"));
      }
    }
  }
  result.values = std::move(values);
  return result;
}

template <typename T>
SourceTensor where(const SourceTensor& condition, const SourceTensor& a, const SourceTensor& b) {
  const Sizes shape = broadcast_shape(condition.shape, broadcast_shape(a.shape, b.shape));
  const auto chosen = broadcast_places(condition.shape, shape);
  const auto left = broadcast_places(a.shape, shape);
  const auto right = broadcast_places(b.shape, shape);
  const auto& x = std::get<std::vector<T>>(a.values);
  const auto& y = std::get<std::vector<T>>(b.values);
  std::vector<T> values(chosen.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = condition.integers()[chosen[i]] != 0 ? x[left[i]] : y[right[i]];
  }
  return {shape, std::move(values)};
}

template <typename T>
SourceTensor expand(const SourceTensor& x, const Sizes& wanted) {
  const Sizes shape = broadcast_shape(x.shape, wanted);
  const auto places = broadcast_places(x.shape, shape);
  const auto& from = std::get<std::vector<T>>(x.values);
  std::vector<T> values(places.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = from[places[i]];
  return {shape, std::move(values)};
}

}  // namespace

SourceTensor expanded(const SourceTensor& x, const Sizes& shape) {
  return x.is_float() ? expand<float>(x, shape) : expand<std::int64_t>(x, shape);
}

std::optional<SourceTensor> fold_arithmetic(const SourceNode& node,
                                            std::span<const SourceTensor* const> inputs) {
  const SourceTensor& x = *inputs[0];
  if (node.op == "Cast") return cast(x, node.integer("to", 0));
  if (node.op == "Expand") {
    return expanded(x, integers_of(node, inputs, 1, ""));
  }
  if (node.op == "ReduceProd" && !x.is_float() && x.shape.size() <= 1) {
    std::int64_t product = 1;
    for (const std::int64_t value : x.integers()) product = wrapped(bits(product) * bits(value));
    Sizes shape(node.integer("keepdims", 1) != 0 ? x.shape.size() : 0, 1);
    return SourceTensor{std::move(shape), Sizes{product}};
  }
  if (inputs.size() == 1) return fold_one(node, x);
  if (inputs[1] == nullptr) return std::nullopt;
  if (inputs.size() == 2) return fold_two(node, x, *inputs[1]);
  if (node.op == "Where" && inputs.size() == 3 && inputs[2] != nullptr && !x.is_float() &&
      inputs[1]->is_float() == inputs[2]->is_float()) {
    return inputs[1]->is_float() ? where<float>(x, *inputs[1], *inputs[2])
                                 : where<std::int64_t>(x, *inputs[1], *inputs[2]);
  }
  return std::nullopt;
}

}  // namespace tinytorch::onnx
