#include "tinytorch/quantization/deployed/quantized_conv2d.h"

#include <algorithm>
#include <utility>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/code_limits.h"
#include "tinytorch/quantization/int8/image_sizes.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using kernels::ConvGeometry;

ConvGeometry without_image(const QuantizedConvShape& shape) {
  ConvGeometry sizes;
  sizes.in_channels = shape.in_channels;
  sizes.out_channels = shape.out_channels;
  sizes.kernel = shape.kernel;
  sizes.stride = shape.stride;
  sizes.dilation = shape.dilation;
  sizes.padding = shape.padding;
  sizes.groups = shape.groups;
  return sizes;
}

// The smallest image that a window of `kernel` values finds a place on.
std::int64_t least_size(std::int64_t kernel, std::int64_t dilation) {
  const auto reach = checked_product({std::max<std::int64_t>(kernel - 1, 0), dilation});
  return reach && *reach < kMaxInputFeatures ? std::max<std::int64_t>(*reach + 1, 1) : 1;
}

// Throws Error unless the parts describe one layer.
ConvGeometry checked(const QuantizedConvShape& shape, std::size_t weight, std::size_t scales,
                     std::size_t bias) {
  ConvGeometry sizes = without_image(shape);
  sizes.in_height = least_size(shape.kernel.height, shape.dilation.height);
  sizes.in_width = least_size(shape.kernel.width, shape.dilation.width);
  kernels::set_output_size(sizes);
  require_geometry("QuantizedConv2d", sizes);
  const std::int64_t window = window_count(sizes);
  if (window > kMaxInputFeatures) {
    throw Error(concat("QuantizedConv2d: a window of ", window,
                       " weights could overflow an int32 sum; at most ", kMaxInputFeatures,
                       " are safe"));
  }
  require_count("QuantizedConv2d", "weight", weight, sizes.out_channels * window);
  require_count("QuantizedConv2d", "weight_scales", scales, sizes.out_channels);
  require_count("QuantizedConv2d", "bias", bias, sizes.out_channels);
  return sizes;
}

// Sizes and codes are looked at before anything is computed from them.
ConvKernel make_kernel(const QuantizedConvShape& shape, std::span<const std::int8_t> weight,
                       std::size_t scales, std::span<const std::int32_t> bias, QParams input,
                       int weight_bits) {
  require_qparams("QuantizedConv2d: input", input);
  const ConvGeometry sizes = checked(shape, weight.size(), scales, bias.size());
  require_codes_fit("QuantizedConv2d", weight, weight_bits);
  require_bias_fits("QuantizedConv2d", bias);
  return {sizes, weight, fold_input_zero_point(weight, bias, input.zero_point), input.zero_point};
}

}  // namespace

QuantizedConv2d::QuantizedConv2d(const QuantizedConvShape& shape,
                                 std::span<const std::int8_t> weight,
                                 std::vector<float> weight_scales, std::vector<std::int32_t> bias,
                                 QParams input, int weight_bits, Activation activation)
    : shape_(shape),
      weight_(weight.begin(), weight.end()),
      bias_(std::move(bias)),
      weight_bits_(weight_bits),
      kernel_(make_kernel(shape, weight, weight_scales.size(), bias_, input, weight_bits)),
      stage_(input, std::move(weight_scales), activation) {}

void QuantizedConv2d::set_output(QParams output, QRange range, Dialect dialect) {
  stage_.set(output, range, dialect);
}

ImageSize QuantizedConv2d::output_size(const ImageSize& image) const {
  const ConvGeometry sizes = sizes_of(image);
  return {sizes.batch, sizes.out_height, sizes.out_width};
}

kernels::ConvGeometry QuantizedConv2d::sizes_of(const ImageSize& image) const {
  ConvGeometry sizes = without_image(shape_);
  sizes.batch = image.batch;
  sizes.in_height = image.height;
  sizes.in_width = image.width;
  kernels::set_output_size(sizes);
  return sizes;
}

void QuantizedConv2d::run(std::span<const std::int8_t> x, const ImageSize& image,
                          std::span<std::int32_t> acc, std::span<std::int8_t> y, Isa isa) const {
  const ConvGeometry sizes = sizes_of(image);
  require_counted_geometry("QuantizedConv2d", sizes);
  require_count("QuantizedConv2d", "x", x.size(), input_count(sizes));
  require_count("QuantizedConv2d", "the result", std::max(acc.size(), y.size()),
                place_count(sizes) * sizes.out_channels);
  const std::int64_t in = input_count(sizes) / sizes.batch;
  const std::int64_t out = place_count(sizes) / sizes.batch * sizes.out_channels;
  for (std::int64_t n = 0; n < sizes.batch; ++n) {
    kernel_.run({.x = x.data() + n * in,
                 .sizes = sizes,
                 .acc = acc.empty() ? nullptr : acc.data() + n * out,
                 .stage = &stage_,
                 .codes = y.data() + n * out,
                 .isa = isa});
  }
}

void QuantizedConv2d::accumulate(std::span<const std::int8_t> x, const ImageSize& image,
                                 std::span<std::int32_t> acc, Isa isa) const {
  run(x, image, acc, {}, isa);
}

std::vector<float> QuantizedConv2d::real_outputs(std::span<const std::int32_t> acc) const {
  return stage_.real_outputs(acc);
}

void QuantizedConv2d::requantize_outputs(std::span<const std::int32_t> acc,
                                         std::span<std::int8_t> y) const {
  stage_.require_set("QuantizedConv2d");
  stage_.requantize(acc, y, best_isa());
}

void QuantizedConv2d::forward(std::span<const std::int8_t> x, const ImageSize& image,
                              std::span<std::int8_t> y, Isa isa) const {
  stage_.require_set("QuantizedConv2d");
  run(x, image, {}, y, isa);
}

}  // namespace tinytorch::quantization
