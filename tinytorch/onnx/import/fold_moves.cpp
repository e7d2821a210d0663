// Folding of what moves values and leaves them as they are.

#include <algorithm>
#include <numeric>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/detail/fold.h"

namespace tinytorch::onnx {
namespace {

using Inputs = std::span<const SourceTensor* const>;

SourceTensor with_shape(const SourceTensor& x, Sizes shape) { return {std::move(shape), x.values}; }

// Element i of the result is element places[i] of x.
SourceTensor picked(const SourceTensor& x, Sizes shape, const std::vector<std::size_t>& places) {
  SourceTensor result{std::move(shape), {}};
  std::visit(
      [&](const auto& from) {
        std::remove_cvref_t<decltype(from)> values;
        values.reserve(places.size());
        for (const std::size_t place : places) values.push_back(from[place]);
        result.values = std::move(values);
      },
      x.values);
  return result;
}

// One range of indices a dimension → the places of all their combinations, in row-major order.
std::vector<std::size_t> places_of(const Sizes& shape, const std::vector<Sizes>& indices) {
  std::vector<std::size_t> places{0};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::vector<std::size_t> next;
    if (!indices[i].empty() &&
        places.size() > static_cast<std::size_t>(kMostFolded) / indices[i].size()) {
      throw Error(concat("more than ", kMostFolded, " elements"));
    }
    next.reserve(places.size() * indices[i].size());
    for (const std::size_t place : places) {
      for (const std::int64_t index : indices[i]) {
        next.push_back(place * static_cast<std::size_t>(shape[i]) +
                       static_cast<std::size_t>(index));
      }
    }
    places = std::move(next);
  }
  return places;
}

std::vector<Sizes> all_indices(const Sizes& shape) {
  std::vector<Sizes> indices;
  for (const std::int64_t size : shape) {
    Sizes& line = indices.emplace_back(static_cast<std::size_t>(size));
    std::iota(line.begin(), line.end(), 0);
  }
  return indices;
}

SourceTensor transpose(const SourceNode& node, const SourceTensor& x) {
  Sizes order(x.shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  return transposed(x, node.integers("perm", order));
}

SourceTensor gather(const SourceNode& node, const SourceTensor& x, const SourceTensor& indices) {
  const std::size_t axis = checked_axis(node.integer("axis", 0), x.shape.size());
  if (indices.is_float()) throw Error("its indices are floats");
  const std::int64_t size = x.shape[axis];
  std::vector<Sizes> lines = all_indices(x.shape);
  lines[axis].clear();
  for (std::int64_t index : indices.integers()) {
    if (index < -size || index >= size) {
      throw Error(concat("index ", index, " of ", size, " values"));
    }
    lines[axis].push_back(index < 0 ? index + size : index);
  }
  Sizes shape(x.shape.begin(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end());
  return picked(x, std::move(shape), places_of(x.shape, lines));
}

// The indices that start:end:step picks of `size` values, as Python does.
Sizes slice_line(std::int64_t size, std::int64_t start, std::int64_t end, std::int64_t step) {
  if (step == 0) throw Error("a step of 0");
  const auto clamp = [&](std::int64_t at, std::int64_t low, std::int64_t high) {
    return std::clamp(at < 0 && at >= -size ? at + size : at, low, high);
  };
  Sizes line;
  if (step > 0) {
    start = clamp(start, 0, size);
    end = clamp(end, 0, size);
    for (std::int64_t at = start; at < end; at += std::min(step, size)) line.push_back(at);
  } else {
    start = clamp(start, -1, size - 1);
    end = clamp(end, -1, size - 1);
    for (std::int64_t at = start; at > end; at += std::max(step, -size)) line.push_back(at);
  }
  return line;
}

SourceTensor slice(const SourceNode& node, Inputs inputs) {
  const SourceTensor& x = *inputs[0];
  const Sizes starts = integers_of(node, inputs, 1, "starts");
  const Sizes ends = integers_of(node, inputs, 2, "ends");
  Sizes axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (has_integers(node, inputs, 3, "axes")) axes = integers_of(node, inputs, 3, "axes");
  Sizes steps(starts.size(), 1);
  if (has_integers(node, inputs, 4, "")) steps = integers_of(node, inputs, 4, "");
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size()) {
    throw Error("starts, ends, axes and steps are not equally many");
  }
  std::vector<Sizes> lines = all_indices(x.shape);
  Sizes shape = x.shape;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = checked_axis(axes[i], shape.size());
    lines[axis] = slice_line(x.shape[axis], starts[i], ends[i], steps[i]);
    shape[axis] = static_cast<std::int64_t>(lines[axis].size());
  }
  return picked(x, std::move(shape), places_of(x.shape, lines));
}

template <typename T>
SourceTensor concatenated(Inputs inputs, std::size_t axis) {
  Sizes shape = inputs[0]->shape;
  shape[axis] = 0;
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
  for (const SourceTensor* input : inputs) {
    if (input == nullptr || input->is_float() != inputs[0]->is_float()) {
      throw Error("its inputs are not of one type");
    }
    Sizes other = input->shape;
    if (other.size() != shape.size()) throw Error("its inputs have different ranks");
    shape[axis] += other[axis];
    other[axis] = shape[axis];
    if (other != shape) throw Error("the shapes of its inputs do not fit");
  }
  std::vector<T> values;
  values.reserve(static_cast<std::size_t>(checked_count(shape)));
  for (std::int64_t at = 0; at < outer; ++at) {
    for (const SourceTensor* input : inputs) {
      const auto& from = std::get<std::vector<T>>(input->values);
      const auto run = static_cast<std::ptrdiff_t>(from.size()) / outer;
      values.insert(values.end(), from.begin() + at * run, from.begin() + (at + 1) * run);
    }
  }
  return {std::move(shape), std::move(values)};
}

SourceTensor concat_inputs(const SourceNode& node, Inputs inputs) {
  const std::size_t axis = checked_axis(node.integer("axis", 0), inputs[0]->shape.size());
  return inputs[0]->is_float() ? concatenated<float>(inputs, axis)
                               : concatenated<std::int64_t>(inputs, axis);
}

Sizes unsqueezed(const Sizes& shape, const Sizes& axes) {
  const std::size_t rank = shape.size() + axes.size();
  std::vector<bool> added(rank, false);
  for (const std::int64_t axis : axes) added[checked_axis(axis, rank)] = true;
  if (static_cast<std::size_t>(std::count(added.begin(), added.end(), true)) != axes.size()) {
    throw Error(concat("axes ", describe(axes), " name one twice"));
  }
  Sizes result;
  for (std::size_t i = 0, from = 0; i < rank; ++i) result.push_back(added[i] ? 1 : shape[from++]);
  return result;
}

Sizes squeezed(const Sizes& shape, const Sizes* axes) {
  std::vector<bool> gone(shape.size(), false);
  for (std::size_t i = 0; i < shape.size(); ++i) gone[i] = axes == nullptr && shape[i] == 1;
  if (axes != nullptr) {
    for (const std::int64_t axis : *axes) gone[checked_axis(axis, shape.size())] = true;
  }
  Sizes result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (gone[i] && shape[i] != 1) throw Error(concat("squeezes a size of ", shape[i]));
    if (!gone[i]) result.push_back(shape[i]);
  }
  return result;
}

SourceTensor range(Inputs inputs) {
  for (const SourceTensor* input : inputs) {
    if (input == nullptr || input->is_float() || input->count() != 1) {
      throw Error("its ends are not integers");
    }
  }
  const std::int64_t start = inputs[0]->integers()[0], limit = inputs[1]->integers()[0],
                     step = inputs[2]->integers()[0];
  Sizes values;
  if (step == 0) throw Error("a step of 0");
  const auto far = [](std::int64_t value) { return value > kMostFolded || value < -kMostFolded; };
  if (far(start) || far(limit) || far(step)) throw Error("its ends are too large");
  for (std::int64_t at = start; step > 0 ? at < limit : at > limit; at += step) {
    values.push_back(at);
  }
  const auto count = static_cast<std::int64_t>(values.size());
  return {{count}, std::move(values)};
}

}  // namespace

SourceTensor transposed(const SourceTensor& x, const Sizes& order) {
  Sizes sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted.size() != x.shape.size() || sorted[i] != static_cast<std::int64_t>(i)) {
      throw Error(concat("perm ", describe(order), " of a shape ", describe(x.shape)));
    }
  }
  if (order.size() != x.shape.size()) throw Error(concat("perm ", describe(order)));
  Sizes steps(x.shape.size(), 1);
  for (std::size_t i = x.shape.size(); i-- > 1;) steps[i - 1] = steps[i] * x.shape[i];
  Sizes shape;
  for (const std::int64_t from : order) shape.push_back(x.shape[static_cast<std::size_t>(from)]);
  std::vector<std::size_t> places(x.count());
  for (std::size_t at = 0; at < places.size(); ++at) {
    auto rest = static_cast<std::int64_t>(at);
    for (std::size_t i = shape.size(); i-- > 0;) {
      places[at] +=
          static_cast<std::size_t>(rest % shape[i] * steps[static_cast<std::size_t>(order[i])]);
      rest /= shape[i];
    }
  }
  return picked(x, std::move(shape), places);
}

SourceTensor fold_shape(const SourceNode& node, const Sizes& shape) {
  if (node.op == "Size") return {{}, Sizes{checked_count(shape, std::int64_t{1} << 40)}};
  const auto rank = static_cast<std::int64_t>(shape.size());
  Sizes sizes;
  for (const std::int64_t i :
       slice_line(rank, node.integer("start", 0), node.integer("end", rank), 1)) {
    sizes.push_back(shape[static_cast<std::size_t>(i)]);
  }
  const auto count = static_cast<std::int64_t>(sizes.size());
  return {{count}, std::move(sizes)};
}

std::optional<SourceTensor> fold_moves(const SourceNode& node, Inputs inputs) {
  const SourceTensor& x = *inputs[0];
  const bool two = inputs.size() > 1 && inputs[1] != nullptr;
  if (node.op == "Shape" || node.op == "Size") return fold_shape(node, x.shape);
  if (node.op == "Reshape") {
    return with_shape(x, reshaped(x.shape, integers_of(node, inputs, 1, "shape"),
                                  node.integer("allowzero", 0) != 0));
  }
  if (node.op == "Flatten") {
    const std::int64_t axis = node.integer("axis", 1);
    std::int64_t rows = 1;
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    if (axis < -rank || axis > rank) throw Error(concat("axis ", axis));
    for (std::int64_t i = 0; i < (axis < 0 ? axis + rank : axis); ++i) {
      rows *= x.shape[static_cast<std::size_t>(i)];
    }
    return with_shape(x, reshaped(x.shape, {rows, rows == 0 ? 0 : -1}, true));
  }
  if (node.op == "Transpose") return transpose(node, x);
  if (node.op == "Gather" && two) return gather(node, x, *inputs[1]);
  if (node.op == "Slice") return slice(node, inputs);
  if (node.op == "Concat" && !x.shape.empty()) return concat_inputs(node, inputs);
  if (node.op == "Unsqueeze") {
    return with_shape(x, unsqueezed(x.shape, integers_of(node, inputs, 1, "axes")));
  }
  if (node.op == "Squeeze") {
    if (!has_integers(node, inputs, 1, "axes")) return with_shape(x, squeezed(x.shape, nullptr));
    const Sizes axes = integers_of(node, inputs, 1, "axes");
    return with_shape(x, squeezed(x.shape, &axes));
  }
  if (node.op == "Range" && inputs.size() == 3) return range(inputs);
  return std::nullopt;
}

}  // namespace tinytorch::onnx
