#pragma once
// A deployed convolution: codes in, int32 sums, codes out. Given; the fast equal of what
// integer_conv.h says in plain loops, as QuantizedLinear is of integer_linear.h.
//
// One group runs as windows in rows (im2col) times packed weights; groups = in_channels =
// out_channels runs depthwise, many channels at a time; other group counts run group by group.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/extent.h"
#include "tinytorch/kernels/conv_geometry.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/conv_kernel.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/output_stage.h"

namespace tinytorch::quantization {

// The geometry that does not depend on the image.
struct QuantizedConvShape {
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
  Extent2 kernel = 1;
  Extent2 stride = 1;
  Padding4 padding = 0;
  std::int64_t groups = 1;
  Extent2 dilation = 1;
};

// A batch of channels-last images.
struct ImageSize {
  std::int64_t batch = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
};

class QuantizedConv2d {
 public:
  // weight [out, kernel.height, kernel.width, in/groups] codes within symmetric_range(bits), one
  // scale per output channel; bias [out] in units of input.scale · weight_scales[o]. Throws Error
  // when sizes do not fit, a window has more than kMaxInputFeatures weights, the input's
  // parameters are refused by require_qparams() (qtypes.h), a scale is not positive and finite, or
  // a code is beyond what code_limits.h allows: no sum of a layer that exists can wrap around.
  QuantizedConv2d(const QuantizedConvShape& shape, std::span<const std::int8_t> weight,
                  std::vector<float> weight_scales, std::vector<std::int32_t> bias, QParams input,
                  int weight_bits, Activation activation);

  // Fixes how sums become output codes; the activation narrows `range`. Until then forward() and
  // requantize_outputs() throw Error. Throws Error, with the output left as it was, as
  // OutputStage::set() does.
  void set_output(QParams output, QRange range, Dialect dialect);

  // All that take an image throw Error when it is smaller than the kernel or a span does not fit.
  ImageSize output_size(const ImageSize& image) const;
  // Everything about the convolution of these images but the values.
  kernels::ConvGeometry sizes_of(const ImageSize& image) const;
  // x [N, H, W, in] → sums [N, H', W', out], bias and zero-point included.
  void accumulate(std::span<const std::int8_t> x, const ImageSize& image,
                  std::span<std::int32_t> acc, Isa isa = best_isa()) const;
  // The real numbers the sums stand for, after the activation:
  // float(acc) · float(input.scale · weight_scales[o]).
  std::vector<float> real_outputs(std::span<const std::int32_t> acc) const;
  void requantize_outputs(std::span<const std::int32_t> acc, std::span<std::int8_t> y) const;
  // x [N, H, W, in] → y [N, H', W', out]: accumulate, then requantize_outputs.
  void forward(std::span<const std::int8_t> x, const ImageSize& image, std::span<std::int8_t> y,
               Isa isa = best_isa()) const;

  const QuantizedConvShape& shape() const { return shape_; }
  int weight_bits() const { return weight_bits_; }
  Activation activation() const { return stage_.activation(); }
  Dialect dialect() const { return stage_.dialect(); }
  QParams input() const { return stage_.input(); }
  QParams output() const { return stage_.output(); }
  // Codes a sum may become: activation_range() of what set_output was given.
  QRange output_range() const { return stage_.range(); }
  std::span<const float> weight_scales() const { return stage_.weight_scales(); }
  // Dialect ort's float multipliers, dialect tflite's fixed-point ones; the other is empty.
  std::span<const float> multipliers() const { return stage_.multipliers(); }
  std::span<const FixedPoint> fixed_multipliers() const { return stage_.fixed_multipliers(); }
  std::span<const std::int32_t> bias() const { return bias_; }           // before folding
  std::span<const std::int8_t> weight_codes() const { return weight_; }  // as given

 private:
  // Sums into acc, or codes into y where acc is empty.
  void run(std::span<const std::int8_t> x, const ImageSize& image, std::span<std::int32_t> acc,
           std::span<std::int8_t> y, Isa isa) const;

  QuantizedConvShape shape_;
  std::vector<std::int8_t> weight_;
  std::vector<std::int32_t> bias_;
  int weight_bits_;
  ConvKernel kernel_;
  OutputStage stage_;
};

}  // namespace tinytorch::quantization
