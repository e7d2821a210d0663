// Convolutions and pooling.

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/import/detail/fold.h"
#include "tinytorch/onnx/import/detail/image_layers.h"
#include "tinytorch/onnx/import/detail/lowering.h"

namespace tinytorch::onnx {
namespace {

// Before any memory is taken for a result: padding and channels of a few bytes may ask for a lot.
void require_size(const Sizes& shape, const ImageWindow& window, std::int64_t channels) {
  const Sizes places = window_places(window, shape);
  checked_count({shape[0], channels, places[0], places[1]}, kMostValues);
  // What im2col lays out for one sample.
  checked_count({shape[1], window.kernel[0], window.kernel[1], places[0], places[1]}, kMostValues);
}

// ONNX's shape of an image [N, C, H, W] that came of a sequence is [N, C, W].
View as_input_was(View result, const Sizes& input) {
  if (input.size() == 3) result.shape = {result.shape[0], result.shape[1], result.shape[3]};
  return result;
}

}  // namespace

void Lowering::conv(const SourceNode& node) {
  const SourceTensor& weight = constant(node, 1, "weight");
  const View x = network_.as_image(placed(node, 0));
  if (!weight.is_float() || weight.shape.size() != x.shape.size() || weight.count() == 0) {
    throw Error(tinytorch::concat("its weight is ", describe(weight.shape), ", its input ",
                                  describe(x.shape),
                                  "; convolutions of images and of sequences "
                                  "can be imported"));
  }
  const std::int64_t groups = node.integer("group", 1);
  const std::int64_t out = weight.shape[0];
  if (groups < 1 || x.shape[1] % groups != 0 || out % groups != 0 ||
      weight.shape[1] != x.shape[1] / groups) {
    throw Error(tinytorch::concat("its weight ", describe(weight.shape), " in ", groups,
                                  " groups does not fit its input ", describe(x.shape)));
  }
  const ImageWindow window =
      window_of(node, x.shape, Sizes(weight.shape.begin() + 2, weight.shape.end()));
  require_size(x.shape, window, out);
  auto layer = conv_layer(x.shape[1], out, window, groups, node.has_input(2));
  fill(layer->weight(), weight.floats(), "weight");
  if (node.has_input(2)) {
    const SourceTensor& bias = constant(node, 2, "bias");
    if (!bias.is_float()) throw Error("its bias holds integers");
    fill(layer->bias(), bias.floats(), "bias");
  }
  const View result = network_.add(node.name, {x.value}, std::move(layer), node.outputs[0]);
  define(node, as_input_was(result, x.shape), true);
}

void Lowering::max_pool(const SourceNode& node) {
  const View x = network_.as_image(placed(node, 0));
  const ImageWindow window = window_of(node, x.shape, node.integers("kernel_shape", {}));
  require_size(x.shape, window, x.shape[1]);
  const View result = network_.add(node.name, {x.value}, max_pool_layer(window), node.outputs[0]);
  define(node, as_input_was(result, x.shape));
}

void Lowering::average_pool(const SourceNode& node) {
  const View x = network_.as_image(placed(node, 0));
  const ImageWindow window = window_of(node, x.shape, node.integers("kernel_shape", {}));
  require_size(x.shape, window, x.shape[1]);
  const bool count_padding = node.integer("count_include_pad", 0) != 0;
  if (count_padding && node.integer("ceil_mode", 0) != 0) {
    SourceNode floor = node;
    floor.attributes["ceil_mode"] = std::int64_t{0};
    if (window_of(floor, x.shape, node.integers("kernel_shape", {})).after != window.after) {
      throw Error(
          "ceil_mode adds a window that reaches beyond the padding, and count_include_pad "
          "is 1; no layer here counts it as ONNX does");
    }
  }
  const View result = network_.add(node.name, {x.value}, average_pool_layer(window, count_padding),
                                   node.outputs[0]);
  define(node, as_input_was(result, x.shape));
}

void Lowering::global_average_pool(const SourceNode& node) {
  const View x = network_.as_image(placed(node, 0));
  const View result = network_.add(node.name, {x.value}, std::make_shared<nn::AdaptiveAvgPool2d>(),
                                   node.outputs[0]);
  define(node, as_input_was(result, x.shape));
}

// Over all of an image: what ONNX averages must be the planes of the channels, wherever a Transpose
// has put them.
void Lowering::reduce_mean(const SourceNode& node) {
  const View x = placed(node, 0);
  if (!node.has("axes")) throw Error("averages over everything, the batch too");
  std::vector<bool> reduced(x.shape.size(), false);
  for (const std::int64_t axis : node.integers("axes", {})) {
    reduced[checked_axis(axis, x.shape.size())] = true;
  }
  Sizes kept, shape;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    kept.push_back(reduced[i] ? 1 : x.shape[i]);
    if (!reduced[i]) shape.push_back(x.shape[i]);
  }
  if (node.integer("keepdims", 1) != 0) shape = kept;
  const Sizes own = network_.shape(x);
  if (own.size() == 3 && x.shape.size() == 3)
    network_.ask_for_input(x, {own[0], own[1], 1, own[2]});
  if (own.size() != 4) {
    throw Error(tinytorch::concat("averages over axes of ", describe(x.shape),
                                  "; an image's height and width can be averaged over"));
  }
  // The result's element that each element of x goes into, and the channel it lies in here.
  const auto results = static_cast<std::size_t>(checked_count(kept));
  if (static_cast<std::int64_t>(results) != own[0] * own[1]) {
    throw Error("averages over other axes than an image's height and width");
  }
  const Sizes target = expanded({kept, full_order(View{0, kept, {}})}, x.shape).integers();
  const Sizes order = full_order(x);
  Sizes channel(results, -1);
  for (std::size_t i = 0; i < target.size(); ++i) {
    std::int64_t& known = channel[static_cast<std::size_t>(target[i])];
    const std::int64_t here = order[i] / (own[2] * own[3]);
    if (known != -1 && known != here) {
      throw Error("averages over other axes than an image's height and width");
    }
    known = here;
  }
  View result = network_.add(node.name, {x.value}, std::make_shared<nn::AdaptiveAvgPool2d>(),
                             node.outputs[0]);
  result.shape = shape;
  result.order = short_order(channel);
  define(node, result);
}

void Lowering::concat(const SourceNode& node) {
  std::vector<View> views;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) views.push_back(placed(node, i));
  const bool flat = std::all_of(views.begin(), views.end(),
                                [](const View& view) { return view.shape.size() == 2; });
  if (flat) {
    for (View& view : views) view = network_.as_features(view, node.name);
  }
  // Where each value of each input stands in the network's result, which joins along the channels.
  Sizes own = network_.shape(views[0]);
  std::int64_t channels = 0;
  std::int64_t inner = 1;
  for (std::size_t i = 2; i < own.size(); ++i) inner *= own[i];
  for (const View& view : views) {
    Sizes other = network_.shape(view);
    if (other.size() != own.size() || other.size() < 2) throw Error("its inputs do not fit");
    channels += other[1];
    other[1] = own[1];
    if (other != own) throw Error("its inputs do not fit");
  }
  std::vector<SourceTensor> places;
  std::vector<std::size_t> values;
  std::int64_t before = 0;
  for (const View& view : views) {
    const std::int64_t mine = network_.shape(view)[1];
    Sizes order = full_order(view);
    for (std::int64_t& place : order) {
      const std::int64_t sample = place / (mine * inner);
      place = sample * channels * inner + before * inner + place % (mine * inner);
    }
    places.push_back({view.shape, std::move(order)});
    values.push_back(view.value);
    before += mine;
  }
  std::vector<const SourceTensor*> inputs;
  for (const SourceTensor& place : places) inputs.push_back(&place);
  const auto joined = fold(node, inputs);
  if (!joined || joined->shape.empty() || joined->shape[0] != own[0]) {
    throw Error("joins along the batch");
  }
  View result = network_.add(node.name, values, std::make_shared<nn::Concat>(1), node.outputs[0]);
  result.shape = joined->shape;
  result.order = short_order(joined->integers());
  define(node, result);
}

}  // namespace tinytorch::onnx
