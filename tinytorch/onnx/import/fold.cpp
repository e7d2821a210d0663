#include "tinytorch/onnx/import/detail/fold.h"

#include "tinytorch/core/error.h"

namespace tinytorch::onnx {
namespace {

std::optional<SourceTensor> constant(const SourceNode& node) {
  const auto get = [&](const char* name) -> const SourceAttribute* {
    const auto found = node.attributes.find(name);
    return found == node.attributes.end() ? nullptr : &found->second;
  };
  SourceTensor result;
  if (const auto* value = get("value")) {
    if (const auto* tensor = std::get_if<SourceTensor>(value)) return *tensor;
  } else if (node.has("value_float")) {
    result.values = std::vector<float>{node.number("value_float", 0.0f)};
    return result;
  } else if (node.has("value_int")) {
    result.values = std::vector<std::int64_t>{node.integer("value_int", 0)};
    return result;
  } else if (node.has("value_ints")) {
    result.values = node.integers("value_ints", {});
    result.shape = {static_cast<std::int64_t>(result.count())};
    return result;
  } else if (const auto* floats = get("value_floats")) {
    if (const auto* list = std::get_if<std::vector<float>>(floats)) {
      result.values = *list;
      result.shape = {static_cast<std::int64_t>(result.count())};
      return result;
    }
  }
  throw Error("its value is neither a tensor of numbers nor a number");
}

SourceTensor constant_of_shape(const SourceNode& node, const Sizes& shape) {
  const auto count = static_cast<std::size_t>(checked_count(shape));
  SourceTensor result{shape, std::vector<float>(count, 0.0f)};
  const auto found = node.attributes.find("value");
  if (found == node.attributes.end()) return result;
  const auto* value = std::get_if<SourceTensor>(&found->second);
  if (value == nullptr || value->count() != 1) throw Error("its value is not one number");
  if (value->is_float()) {
    result.values = std::vector<float>(count, value->floats()[0]);
  } else {
    result.values = std::vector<std::int64_t>(count, value->integers()[0]);
  }
  return result;
}

}  // namespace

std::optional<SourceTensor> fold(const SourceNode& node,
                                 std::span<const SourceTensor* const> inputs) {
  if (node.op == "Constant") return constant(node);
  if (inputs.empty() || inputs[0] == nullptr || node.outputs.size() != 1) return std::nullopt;
  if (node.op == "ConstantOfShape") {
    return constant_of_shape(node, integers_of(node, inputs, 0, ""));
  }
  if (auto result = fold_moves(node, inputs)) return result;
  return fold_arithmetic(node, inputs);
}

std::int64_t checked_count(const Sizes& shape, std::int64_t most) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) throw Error(concat("a shape ", describe(shape)));
    if (size != 0 && count > most / size) {
      throw Error(concat("a shape ", describe(shape), ", more than ", most, " elements"));
    }
    count *= size;
  }
  return count;
}

Sizes broadcast_shape(const Sizes& a, const Sizes& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Sizes result(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t left = i + a.size() < rank ? 1 : a[i + a.size() - rank];
    const std::int64_t right = i + b.size() < rank ? 1 : b[i + b.size() - rank];
    if (left != right && left != 1 && right != 1) {
      throw Error(concat("the shapes ", describe(a), " and ", describe(b), " do not fit"));
    }
    result[i] = left == 1 ? right : left;
  }
  return result;
}

std::size_t checked_axis(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) {
    throw Error(concat("axis ", axis, " of a tensor of ", size, " dimensions"));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

Sizes reshaped(const Sizes& shape, const Sizes& wanted, bool allow_zero) {
  Sizes result = wanted;
  const std::int64_t count = checked_count(shape, std::int64_t{1} << 40);
  std::int64_t known = 1;
  std::size_t open = result.size();
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == 0 && !allow_zero && i < shape.size()) result[i] = shape[i];
    if (result[i] < -1 || (result[i] == -1 && open != result.size())) {
      throw Error(concat("a shape ", describe(wanted)));
    }
    if (result[i] == -1) {
      open = i;
    } else {
      known = checked_count({known, result[i]}, std::int64_t{1} << 40);
    }
  }
  if (open != result.size() && known != 0) result[open] = count / known;
  if (checked_count(result, std::int64_t{1} << 40) != count) {
    throw Error(concat(describe(shape), " does not become ", describe(wanted)));
  }
  return result;
}

bool has_integers(const SourceNode& node, std::span<const SourceTensor* const> inputs,
                  std::size_t i, const std::string& attribute) {
  return (i < inputs.size() && inputs[i] != nullptr) || (!attribute.empty() && node.has(attribute));
}

Sizes integers_of(const SourceNode& node, std::span<const SourceTensor* const> inputs,
                  std::size_t i, const std::string& attribute) {
  if (i < inputs.size() && inputs[i] != nullptr) {
    if (inputs[i]->is_float()) throw Error(concat("input ", i, " holds floats, not integers"));
    return inputs[i]->integers();
  }
  if (!attribute.empty() && node.has(attribute)) return node.integers(attribute, {});
  throw Error(concat("input ", i, attribute.empty() ? "" : " or attribute ", attribute,
                     " is not known before the model runs"));
}

std::string describe(const Sizes& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += concat(i == 0 ? "" : ", ", shape[i]);
  return text + "]";
}

}  // namespace tinytorch::onnx
