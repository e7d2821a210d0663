#include "tinytorch/onnx/import/detail/image_window.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/detail/fold.h"

namespace tinytorch::onnx {
namespace {

constexpr std::int64_t kMostSize = 1 << 16;

// One number a spatial dimension; a sequence's get a first one for the height.
Sizes two_of(const SourceNode& node, const char* name, std::size_t rank, std::int64_t otherwise,
             std::int64_t least) {
  Sizes values = node.integers(name, Sizes(rank, otherwise));
  if (values.size() != rank) {
    throw Error(concat(name, " has ", static_cast<std::int64_t>(values.size()),
                       " numbers; expected ", static_cast<std::int64_t>(rank)));
  }
  for (const std::int64_t value : values) {
    if (value < least || value > kMostSize) {
      throw Error(concat(name, " is ", describe(values), "; expected ", least, " to ", kMostSize));
    }
  }
  if (rank == 1) values.insert(values.begin(), otherwise);
  return values;
}

std::int64_t extent(const ImageWindow& window, std::size_t axis) {
  return (window.kernel[axis] - 1) * window.dilation[axis] + 1;
}

// As many places as strides fit into the line; what is missing for the last is padded, the odd one
// behind (SAME_UPPER) or before.
void pad_same(ImageWindow& window, const Sizes& size, bool upper) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t places = (size[axis] + window.stride[axis] - 1) / window.stride[axis];
    const std::int64_t missing = std::max<std::int64_t>(
        0, (places - 1) * window.stride[axis] + extent(window, axis) - size[axis]);
    window.before[axis] = upper ? missing / 2 : missing - missing / 2;
    window.after[axis] = missing - window.before[axis];
  }
}

// One place more where the last stride goes beyond the line, unless it would begin in the padding.
void round_up(ImageWindow& window, const Sizes& size) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t stride = window.stride[axis];
    const std::int64_t room =
        size[axis] + window.before[axis] + window.after[axis] - extent(window, axis);
    const std::int64_t rest = room % stride;
    if (room < 0 || rest == 0) continue;
    const std::int64_t start = room - rest + stride;
    if (start >= size[axis] + window.before[axis]) continue;
    window.after[axis] += stride - rest;
  }
}

void explicit_pads(ImageWindow& window, const SourceNode& node, std::size_t rank) {
  const Sizes pads = node.integers("pads", Sizes(2 * rank, 0));
  if (pads.size() != 2 * rank) {
    throw Error(concat("pads has ", static_cast<std::int64_t>(pads.size()), " numbers; expected ",
                       static_cast<std::int64_t>(2 * rank)));
  }
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t axis = 2 - rank + i;
    window.before[axis] = pads[i];
    window.after[axis] = pads[rank + i];
    if (std::min(pads[i], pads[rank + i]) < 0 || std::max(pads[i], pads[rank + i]) > kMostSize) {
      throw Error(concat("pads is ", describe(pads), "; expected 0 to ", kMostSize));
    }
  }
}

}  // namespace

ImageWindow window_of(const SourceNode& node, const Sizes& shape, const Sizes& kernel) {
  const std::size_t rank = shape.size() - 2;
  ImageWindow window;
  window.kernel = kernel;
  for (const std::int64_t size : kernel) {
    if (size < 1 || size > kMostSize) throw Error(concat("its kernel is ", describe(kernel)));
  }
  if (rank != kernel.size()) {
    throw Error(
        concat("its kernel ", describe(kernel), " does not fit its input ", describe(shape)));
  }
  if (node.has("kernel_shape") && node.integers("kernel_shape", {}) != kernel) {
    throw Error("kernel_shape is not the shape of its weight");
  }
  if (rank == 1) window.kernel.insert(window.kernel.begin(), 1);
  window.stride = two_of(node, "strides", rank, 1, 1);
  window.dilation = two_of(node, "dilations", rank, 1, 1);
  const Sizes size = rank == 1 ? Sizes{1, shape[2]} : Sizes{shape[2], shape[3]};
  const std::string padding = node.text("auto_pad", "NOTSET");
  if (padding == "SAME_UPPER" || padding == "SAME_LOWER") {
    pad_same(window, size, padding == "SAME_UPPER");
  } else if (padding == "NOTSET" || padding.empty()) {
    explicit_pads(window, node, rank);
  } else if (padding != "VALID") {
    throw Error(concat("auto_pad is ", padding));
  }
  if (node.integer("ceil_mode", 0) != 0) round_up(window, size);
  return window;
}

Sizes window_places(const ImageWindow& window, const Sizes& shape) {
  Sizes places;
  const Sizes size = shape.size() == 3 ? Sizes{1, shape[2]} : Sizes{shape[2], shape[3]};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t room =
        size[axis] + window.before[axis] + window.after[axis] - extent(window, axis);
    if (room < 0) {
      throw Error(concat("its window ", describe(window.kernel), " is larger than its input ",
                         describe(shape)));
    }
    places.push_back(room / window.stride[axis] + 1);
  }
  return places;
}

}  // namespace tinytorch::onnx
