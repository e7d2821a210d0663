// Scales and shifts by constants: of a number, or of one number a channel.

#include "tinytorch/core/error.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/onnx/import/detail/fold.h"
#include "tinytorch/onnx/import/detail/lowering.h"

namespace tinytorch::onnx {
namespace {

constexpr std::int64_t kMostDiagonal = 4096;

// Images have their channels in dimension 1, features in the last one.
std::size_t channel_axis(const Sizes& shape) { return shape.size() == 4 ? 1 : shape.size() - 1; }

std::vector<float> as_floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

// weight[o] · scale[o], bias[o] · scale[o] + shift[o].
void scale_outputs(const Tensor& weight, const Tensor& bias, const Tensor& from_weight,
                   const Tensor& from_bias, const std::vector<double>& scale,
                   const std::vector<double>& shift) {
  std::vector<float> weights, biases;
  const auto from = from_weight.data();
  const std::size_t row = from.size() / scale.size();
  for (std::size_t i = 0; i < from.size(); ++i) {
    weights.push_back(static_cast<float>(from[i] * scale[i / row]));
  }
  for (std::size_t o = 0; o < scale.size(); ++o) {
    const double old = from_bias.defined() ? from_bias.data()[o] : 0.0;
    biases.push_back(static_cast<float>(old * scale[o] + shift[o]));
  }
  fill(weight, weights, "weight");
  fill(bias, biases, "bias");
}

// The layer with the line behind it inside, or null where it has no weights.
std::shared_ptr<nn::Module> with_line(const std::shared_ptr<nn::Module>& layer,
                                      const std::vector<double>& scale,
                                      const std::vector<double>& shift) {
  Rng rng(0);
  if (const auto linear = std::dynamic_pointer_cast<nn::Linear>(layer)) {
    auto made = std::make_shared<nn::Linear>(linear->in_features(), linear->out_features(), rng);
    scale_outputs(made->weight(), made->bias(), std::as_const(*linear).weight(), linear->bias(),
                  scale, shift);
    return made;
  }
  if (const auto conv = std::dynamic_pointer_cast<nn::Conv2d>(layer)) {
    nn::Conv2dOptions options = conv->options();
    options.bias = true;
    auto made = std::make_shared<nn::Conv2d>(conv->in_channels(), conv->out_channels(),
                                             conv->kernel(), options, rng);
    scale_outputs(made->weight(), made->bias(), conv->weight(), conv->bias(), scale, shift);
    return made;
  }
  return nullptr;
}

std::shared_ptr<nn::Module> diagonal(std::int64_t count, const std::vector<double>& scale,
                                     const std::vector<double>& shift) {
  if (count > kMostDiagonal) {
    throw Error(concat("scales ", count,
                       " features, each by its own number, which takes a matrix "
                       "here; up to ",
                       kMostDiagonal, " can be imported"));
  }
  Rng rng(0);
  auto layer = std::make_shared<nn::Linear>(count, count, rng);
  const auto size = static_cast<std::size_t>(count);
  std::vector<float> weight(size * size, 0.0f);
  for (std::size_t i = 0; i < size; ++i) weight[i * size + i] = static_cast<float>(scale[i]);
  fill(layer->weight(), weight, "scale");
  fill(layer->bias(), as_floats(shift), "shift");
  return layer;
}

std::shared_ptr<nn::Module> depthwise(std::int64_t count, const std::vector<double>& scale,
                                      const std::vector<double>& shift) {
  Rng rng(0);
  nn::Conv2dOptions options;
  options.groups = count;
  auto layer = std::make_shared<nn::Conv2d>(count, count, 1, options, rng);
  fill(layer->weight(), as_floats(scale), "scale");
  fill(layer->bias(), as_floats(shift), "shift");
  return layer;
}

}  // namespace

std::int64_t Lowering::channels(const View& view) const {
  const Sizes& shape = network_.shape(view);
  if (shape.size() < 2) throw Error(tinytorch::concat("its input is ", describe(shape)));
  return shape[channel_axis(shape)];
}

std::vector<double> Lowering::per_channel(const View& view, const SourceTensor& constant) const {
  if (!constant.is_float()) throw Error("its constant holds integers, its other input floats");
  const SourceTensor whole = expanded(constant, view.shape);
  const Sizes& own = network_.shape(view);
  const std::size_t axis = channel_axis(own);
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < own.size(); ++i) inner *= static_cast<std::size_t>(own[i]);
  const auto count = static_cast<std::size_t>(own[axis]);
  std::vector<double> values(count);
  std::vector<bool> known(count, false);
  const Sizes order = full_order(view);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t channel = static_cast<std::size_t>(order[i]) / inner % count;
    if (known[channel] && values[channel] != whole.floats()[i]) {
      if (view.shape.size() == 4) {  // perhaps an image with its channels last
        const SourceTensor moved = transposed({view.shape, order}, {0, 3, 1, 2});
        network_.ask_for_input({view.value, moved.shape, moved.integers()}, moved.shape);
      }
      throw Error(tinytorch::concat("its constant ", describe(constant.shape),
                                    " differs within a channel; it would need a layer that adds "
                                    "or multiplies by position"));
    }
    values[channel] = whole.floats()[i];
    known[channel] = true;
  }
  return values;
}

View Lowering::affine(const std::string& name, const ValuePtr& value,
                      const std::vector<double>& scale, const std::vector<double>& shift) {
  const View x = place(value);
  if (value->can_absorb && value->uses == 1 && x.value > 0) {
    if (auto layer = with_line(network_.layer(x.value), scale, shift)) {
      network_.replace(x.value, std::move(layer));
      return x;
    }
  }
  const std::int64_t count = channels(x);
  const View result = network_.add(name, {x.value},
                                   network_.shape(x).size() == 4 ? depthwise(count, scale, shift)
                                                                 : diagonal(count, scale, shift));
  network_.mark_elementwise(result.value);
  note(tinytorch::concat(name, ": a scale and a shift became a layer of its own, ",
                         network_.layer(result.value)->describe()));
  return {result.value, x.shape, x.order};
}

}  // namespace tinytorch::onnx
