#include "tinytorch/quantization/qat/qat_ops.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/calibration.h"
#include "tinytorch/quantization/arithmetic/per_channel.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/detail/straight_through.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch::quantization {
namespace {

// Channel o of a tensor [out, …] that has `out` of them.
template <typename Values>
auto channel(Values values, std::size_t o, std::size_t out) {
  const std::size_t length = values.size() / out;
  return values.subspan(o * length, length);
}

Tensor rounded_to(const Tensor& weight, const std::vector<float>& scales, int bits) {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(weight.numel()));
  quantize_per_channel(weight.data(), scales, bits, codes);
  Tensor result(weight.shape());
  dequantize_per_channel(codes, scales, result.data());
  return result;
}

// `grad` where the weight was rounded, 0 where it was clipped.
Tensor unclipped(const Tensor& grad, const Tensor& weight, const std::vector<float>& scales,
                 int bits) {
  Tensor passed(grad.shape());
  const std::size_t out = scales.size();
  for (std::size_t o = 0; o < out; ++o) {
    const std::vector<std::uint8_t> mask =
        ste_mask(channel(weight.data(), o, out), {scales[o], 0}, symmetric_range(bits));
    const std::span<const float> from = channel(grad.data(), o, out);
    const std::span<float> to = channel(passed.data(), o, out);
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = mask[i] != 0 ? from[i] : 0.0f;
  }
  return passed;
}

std::vector<std::int8_t> codes_of(const Tensor& x, QParams grid, int bits) {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), grid, full_range(bits), codes);
  return codes;
}

}  // namespace

WeightAndBias with_bias(const Tensor& weight, const Tensor& bias) {
  return {weight, bias.defined() ? bias : Tensor::zeros({weight.size(0)})};
}

void require_one_scale_per_output(Granularity granularity) {
  if (granularity != Granularity::kPerGroup) return;
  throw Error(
      "scales per group: an integer sum runs over all groups of a row and takes one scale; choose "
      "kPerTensor or kPerChannel, or store weights alone with weight_only");
}

Tensor activated(const Tensor& x, Activation activation) {
  if (activation == Activation::kRelu) return ops::relu(x);
  return activation == Activation::kRelu6 ? ops::clamp(x, 0.0f, 6.0f) : x;
}

std::unique_ptr<Observer> make_observer(ObserverKind kind, float momentum, QRange codes) {
  switch (kind) {
    case ObserverKind::kMinMax:
      return std::make_unique<MinMaxObserver>();
    case ObserverKind::kMovingAverage:
      return std::make_unique<MovingAverageObserver>(momentum);
    case ObserverKind::kPercentile:
      return std::make_unique<PercentileObserver>();
    case ObserverKind::kHistogram:
      return std::make_unique<HistogramObserver>(codes);
    case ObserverKind::kEntropy:
      return std::make_unique<EntropyObserver>(codes);
  }
  throw Error("make_observer: unknown kind");
}

std::vector<float> max_scales(const Tensor& weight, Granularity granularity, int bits) {
  require_one_scale_per_output(granularity);
  const std::int64_t out = weight.size(0);
  if (granularity == Granularity::kPerChannel) return channel_scales(weight.data(), out, bits);
  const float scale = channel_scales(weight.data(), 1, bits).front();
  return std::vector<float>(static_cast<std::size_t>(out), scale);
}

std::vector<float> lsq_scales(const Tensor& weight, Granularity granularity, int bits) {
  require_one_scale_per_output(granularity);
  const auto groups =
      static_cast<std::size_t>(granularity == Granularity::kPerChannel ? weight.size(0) : 1);
  std::vector<float> scales(groups);
  for (std::size_t g = 0; g < groups; ++g) {
    const std::span<const float> values = channel(std::as_const(weight).data(), g, groups);
    double sum = 0.0;
    for (const float w : values) sum += std::abs(w);
    const double mean = sum / static_cast<double>(values.size());
    const auto scale = static_cast<float>(2.0 * mean / std::sqrt(symmetric_range(bits).qmax));
    scales[g] = sum == 0.0 ? 1.0f : std::max(scale, kMinScale);
  }
  return scales;
}

void scale_zero_rows(std::span<float> scales, const Tensor& weight, const Tensor& bias,
                     float input_scale) {
  const std::span<const float> weights = weight.data();
  const std::span<const float> biases = bias.data();
  for (std::size_t o = 0; o < scales.size(); ++o) {
    const float magnitude = std::abs(biases[o]);
    if (!(magnitude > 0.0f)) continue;
    const std::span<const float> row = channel(weights, o, scales.size());
    const bool zeros = std::all_of(row.begin(), row.end(), [](float w) { return w == 0.0f; });
    if (zeros) scales[o] = magnitude / input_scale / (static_cast<float>(kMaxBiasCode) / 2.0f);
  }
}

void make_room_for_bias(std::span<float> scales, const Tensor& bias, float input_scale) {
  constexpr auto kMost = static_cast<float>(kMaxBiasCode);
  require_scale("make_room_for_bias", input_scale);
  if (bias.numel() != static_cast<std::int64_t>(scales.size())) {
    throw Error(concat("make_room_for_bias: a bias ", to_string(bias.shape()), " for ",
                       scales.size(), " scales"));
  }
  for (std::size_t o = 0; o < scales.size(); ++o) {
    require_scale("make_room_for_bias", scales[o]);
    const float size = std::abs(bias.data()[o]);
    if (!std::isfinite(size)) {
      throw Error(concat("make_room_for_bias: bias ", o, " is ", bias.data()[o],
                         "; look where training blew up"));
    }
    scales[o] = std::max(scales[o], kMinScale / input_scale);
    const float steps = size / (input_scale * scales[o]);
    if (!(steps <= kMost)) scales[o] = size / (input_scale * (kMost / 2.0f));
  }
}

Tensor quantize_weight(const Tensor& weight, const std::vector<float>& scales, int bits,
                       ClipGradient clip_gradient) {
  return autograd::record(
      "quantize_weight", rounded_to(weight, scales, bits), {weight},
      [=](const Tensor& grad) {
        const bool passed = clip_gradient == ClipGradient::kPassed;
        return std::vector<Tensor>{passed ? grad : unclipped(grad, weight, scales, bits)};
      },
      {autograd::read_if(clip_gradient != ClipGradient::kPassed, weight)});
}

Tensor quantize_weight_lsq(const Tensor& weight, const Tensor& learned,
                           const std::vector<float>& scales, int bits) {
  return autograd::record("quantize_weight_lsq", rounded_to(weight, scales, bits),
                          {weight, learned},
                          [=](const Tensor& grad) {
                            Tensor pull(learned.shape());
                            const auto groups = static_cast<std::size_t>(learned.numel());
                            for (std::size_t g = 0; g < groups; ++g) {
                              pull.data()[g] = lsq_scale_gradient(channel(weight.data(), g, groups),
                                                                  channel(grad.data(), g, groups),
                                                                  scales[g], symmetric_range(bits));
                            }
                            return std::vector<Tensor>{unclipped(grad, weight, scales, bits), pull};
                          },
                          {weight});
}

QuantizedConv2d deploy_conv2d(const WeightAndBias& layer, const std::vector<float>& scales,
                              QParams input, const ConvSpec& spec) {
  const Tensor& weight = layer.weight;
  const QuantizedConvShape shape{.in_channels = weight.size(1) * spec.options.groups,
                                 .out_channels = weight.size(0),
                                 .kernel = {weight.size(2), weight.size(3)},
                                 .stride = spec.options.stride,
                                 .padding = spec.options.padding,
                                 .groups = spec.options.groups,
                                 .dilation = spec.options.dilation};
  std::vector<std::int8_t> codes(static_cast<std::size_t>(weight.numel()));
  quantize_per_channel(weight.data(), scales, spec.weight_bits, codes);
  codes = to_channels_last<std::int8_t>(codes, weight.size(1), weight.size(2) * weight.size(3));
  return {shape,          codes,
          scales,         quantize_bias(layer.bias.data(), input.scale, scales),
          input,          spec.weight_bits,
          spec.activation};
}

QuantizedLinear deploy_linear(const WeightAndBias& layer, const std::vector<float>& scales,
                              QParams input, const ConvSpec& spec) {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(layer.weight.numel()));
  quantize_per_channel(layer.weight.data(), scales, spec.weight_bits, codes);
  return {codes, scales,           quantize_bias(layer.bias.data(), input.scale, scales),
          input, spec.weight_bits, spec.activation};
}

Tensor qat_add(const Tensor& a, const Tensor& b, const AddGrids& grids, const ConvSpec& spec) {
  const Tensor smooth = activated(ops::add(a, b), spec.activation);
  const auto a_codes = codes_of(a, grids.a, spec.activation_bits);
  const auto b_codes = codes_of(b, grids.b, spec.activation_bits);
  std::vector<std::int8_t> sums(a_codes.size());
  const QuantizedAdd deployed(grids, full_range(spec.activation_bits), spec.dialect,
                              spec.activation);
  deployed.forward(a_codes, b_codes, sums);
  return straight_through("qat_add", smooth, sums, grids.output, spec);
}

Tensor qat_average_pool(const Tensor& x, QParams grid, const ops::PoolOptions& pool,
                        const ConvSpec& spec) {
  const Tensor smooth =
      pool.kernel == 0 ? ops::adaptive_avg_pool2d(x, 1, 1) : ops::avg_pool2d(x, pool);
  const std::int64_t channels = x.size(1);
  const kernels::ConvGeometry sizes = pool_sizes(
      {PoolKind::kAverage, pool.kernel, pool.stride, pool.padding, pool.count_include_pad},
      channels, {x.size(0), x.size(2), x.size(3)});
  const auto codes = to_channels_last<std::int8_t>(codes_of(x, grid, spec.activation_bits),
                                                   channels, x.size(2) * x.size(3));
  std::vector<std::int8_t> means(static_cast<std::size_t>(smooth.numel()));
  average_pool(codes, grid.zero_point, full_range(spec.activation_bits), sizes, spec.dialect, means,
               best_isa(), pool.count_include_pad);
  const auto ordered =
      to_channels_first<std::int8_t>(means, channels, sizes.out_height * sizes.out_width);
  return straight_through("qat_average_pool", smooth, ordered, grid, spec);
}

}  // namespace tinytorch::quantization
