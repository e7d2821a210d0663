#include "tinytorch/quantization/deployed/float_island.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tinytorch/autograd/convolution.h"
#include "tinytorch/autograd/matmul.h"
#include "tinytorch/autograd/no_grad.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/conv_geometry.h"
#include "tinytorch/kernels/layer_norm.h"
#include "tinytorch/kernels/softmax.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/image_sizes.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::quantization {
namespace {

void require_finite(const char* what, std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw Error(concat("float island: ", what, " ", i, " is ", values[i], ", expected finite"));
  }
}

// Values along dimension `dim` and all behind it.
std::int64_t from_dim(const CodeExtent& extent, std::int64_t dim) {
  std::int64_t count = dim <= 1 ? extent.channels : 1;
  if (dim <= 2) count *= extent.height;
  return dim <= 3 ? count * extent.width : count;
}

std::vector<float> normalized(const IslandSettings& s, std::span<const float> x,
                              std::int64_t size) {
  const std::size_t rows = x.size() / static_cast<std::size_t>(size);
  std::vector<float> mean(rows);
  std::vector<float> inverse_std(rows);
  kernels::row_statistics(x, size, s.epsilon, mean, inverse_std);
  std::vector<float> out(x.size());
  kernels::layer_norm(x, size, mean, inverse_std, s.weight, s.bias, out);
  return out;
}

// Throws Error unless weight and bias have the sizes of the layer.
void require_layer(const IslandSettings& settings) {
  const QuantizedConvShape& s = settings.layer;
  const std::int64_t inner = s.in_channels / std::max<std::int64_t>(s.groups, 1) * s.kernel.area();
  if (s.groups < 1 || s.in_channels % s.groups != 0 || s.out_channels < 1 ||
      s.out_channels % s.groups != 0 ||
      settings.weight.size() != static_cast<std::size_t>(s.out_channels * inner)) {
    throw Error(concat("float island: ", settings.weight.size(), " weights for ", s.in_channels,
                       " channels in, ", s.out_channels, " out in ", s.groups,
                       " groups and a kernel of ", to_string(s.kernel)));
  }
  if (!settings.bias.empty() && settings.bias.size() != static_cast<std::size_t>(s.out_channels)) {
    throw Error(concat("float island: a bias of ", settings.bias.size(), " values for ",
                       s.out_channels, " outputs"));
  }
  const bool linear = settings.kind == IslandKind::kLinear;
  if (linear && (s.kernel != 1 || s.groups != 1 || settings.flattened_channels < 1 ||
                 s.in_channels % settings.flattened_channels != 0)) {
    throw Error(concat("float island: a linear layer of ", s.in_channels, " features with ",
                       s.groups, " groups, a kernel of ", to_string(s.kernel), " and ",
                       settings.flattened_channels, " flattened channels"));
  }
}

// What a linear layer or a convolution makes of one sample.
CodeExtent layer_result(const IslandSettings& settings, const CodeExtent& in) {
  const QuantizedConvShape& s = settings.layer;
  if (in.channels != s.in_channels) {
    throw Error(
        concat("takes ", s.in_channels, " channels or features; it is given ", in.channels));
  }
  if (settings.kind == IslandKind::kLinear) return {1, 1, s.out_channels};
  kernels::ConvGeometry sizes;
  sizes.batch = 1;
  sizes.in_channels = s.in_channels;
  sizes.out_channels = s.out_channels;
  sizes.groups = s.groups;
  sizes.in_height = in.height;
  sizes.in_width = in.width;
  sizes.kernel = s.kernel;
  sizes.stride = s.stride;
  sizes.padding = s.padding;
  sizes.dilation = s.dilation;
  kernels::set_output_size(sizes);
  return {sizes.out_height, sizes.out_width, s.out_channels};
}

}  // namespace

FloatIsland::FloatIsland(IslandSettings settings, QParams input, QParams output, QRange range)
    : settings_(std::move(settings)), input_(input), output_(output), range_(range) {
  require_qparams("float island: the input", input);
  require_qparams("float island: the output", output);
  require_codes("float island", range);
  if (settings_.dim < 1 || settings_.dim > 3) {
    throw Error(concat("float island: dimension ", settings_.dim, "; expected 1 to 3"));
  }
  if (!std::isfinite(settings_.epsilon) || settings_.epsilon < 0.0f) {
    throw Error(concat("float island: epsilon ", settings_.epsilon));
  }
  require_finite("weight", settings_.weight);
  require_finite("bias", settings_.bias);
  if (!settings_.is_layer()) return;
  require_layer(settings_);
  const QuantizedConvShape& s = settings_.layer;
  const bool linear = settings_.kind == IslandKind::kLinear;
  weight_ = Tensor(
      linear ? Shape{s.out_channels, s.in_channels}
             : Shape{s.out_channels, s.in_channels / s.groups, s.kernel.height, s.kernel.width},
      settings_.weight);
  if (!settings_.bias.empty()) bias_ = Tensor(Shape{s.out_channels}, settings_.bias);
}

CodeExtent FloatIsland::result(const CodeExtent& extent) const {
  if (settings_.kind == IslandKind::kSoftmax) return extent;
  if (settings_.is_layer()) return layer_result(settings_, extent);
  const auto size = static_cast<std::size_t>(from_dim(extent, settings_.dim));
  for (const std::vector<float>* values : {&settings_.weight, &settings_.bias}) {
    if (values->empty() || values->size() == size) continue;
    throw Error(
        concat("normalizes rows of ", size, " values; weight and bias have ", values->size()));
  }
  return extent;
}

std::vector<float> FloatIsland::layer_output(std::vector<float> x, const CodeExtent& extent) const {
  const autograd::NoGradGuard no_grad;
  const QuantizedConvShape& s = settings_.layer;
  const std::int64_t batch = static_cast<std::int64_t>(x.size()) / extent.codes();
  const Tensor y =
      settings_.kind == IslandKind::kLinear
          ? ops::linear(Tensor(Shape{batch, s.in_channels}, std::move(x)), weight_, bias_)
          : ops::conv2d(
                Tensor(Shape{batch, s.in_channels, extent.height, extent.width}, std::move(x)),
                weight_, bias_, {s.stride, s.padding, s.groups, s.dilation});
  std::vector<float> values(y.data().begin(), y.data().end());
  if (settings_.activation == Activation::kNone) return values;
  const float most =
      settings_.activation == Activation::kRelu6 ? 6.0f : std::numeric_limits<float>::infinity();
  for (float& value : values) value = std::clamp(value, 0.0f, most);
  return values;
}

void FloatIsland::forward(std::span<const std::int8_t> x, const CodeExtent& extent,
                          std::int64_t batch, std::span<std::int8_t> y) const {
  require_count("float island", "the input", x.size(), batch * extent.codes());
  const CodeExtent out = result(extent);
  require_count("float island", "the result", y.size(), batch * out.codes());
  // In the float model's order, so that sums run as they do there.
  const std::int64_t channels =
      settings_.kind == IslandKind::kLinear ? settings_.flattened_channels : extent.channels;
  const std::vector<std::int8_t> codes =
      to_channels_first<std::int8_t>(x, channels, extent.codes() / channels);
  std::vector<float> values(codes.size());
  dequantize(codes, input_, values);
  if (settings_.kind == IslandKind::kLayerNorm) {
    values = normalized(settings_, values, from_dim(extent, settings_.dim));
  } else if (settings_.is_layer()) {
    values = layer_output(std::move(values), extent);
  } else {
    const std::int64_t inner = from_dim(extent, settings_.dim + 1);
    const std::int64_t size = from_dim(extent, settings_.dim) / inner;
    kernels::softmax(
        values, {static_cast<std::int64_t>(values.size()) / (size * inner), size, inner}, values);
  }
  std::vector<std::int8_t> result(values.size());
  quantize(values, output_, range_, result);
  result = to_channels_last<std::int8_t>(result, out.channels, out.height * out.width);
  std::copy(result.begin(), result.end(), y.begin());
}

}  // namespace tinytorch::quantization
