#pragma once
// How the int32 sums of a layer become codes, or the real numbers they stand for. Given; the one
// output stage that QuantizedLinear and QuantizedConv2d share.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/detail/dialects_simd.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace tinytorch::quantization {

class OutputStage {
 public:
  // Sums of channel o count in steps of input.scale · weight_scales[o]. Throws Error without a
  // channel, on parameters that require_qparams() refuses, and naming the channel whose scale is
  // not positive and finite.
  OutputStage(QParams input, std::vector<float> weight_scales, Activation activation);

  // Fixes the output's parameters. `range` is narrowed by the activation. Throws Error, and leaves
  // everything as it was, on parameters or a range that require_qparams() and require_codes()
  // (qtypes.h) refuse, and when a multiplier cannot be represented in the dialect. One too small
  // for any int32 sum to show is 0 in both.
  void set(QParams output, QRange range, Dialect dialect);
  // Throws Error naming `layer` before set().
  void require_set(std::string_view layer) const;

  // acc [n, out] → codes [n, out], by requantize() or requantize_tflite(), bit for bit the same on
  // every instruction set.
  void requantize(std::span<const std::int32_t> acc, std::span<std::int8_t> codes, Isa isa) const;
  // What int8_gemm_requantized() takes. Dialect ort only.
  Requantization fused() const { return {multipliers_, output_.zero_point, range_}; }
  // float(acc[n, o]) · float(input.scale · weight_scales[o]), then the activation. Throws Error
  // unless acc is whole rows.
  std::vector<float> real_outputs(std::span<const std::int32_t> acc) const;

  QParams input() const { return input_; }
  QParams output() const { return output_; }
  Activation activation() const { return activation_; }
  Dialect dialect() const { return dialect_; }
  // Codes a sum may become: activation_range() of what set() was given.
  QRange range() const { return range_; }
  std::span<const float> weight_scales() const { return weight_scales_; }
  // Dialect ort's multipliers, dialect tflite's; the other is empty, and both before set().
  std::span<const float> multipliers() const { return multipliers_; }
  std::span<const FixedPoint> fixed_multipliers() const { return fixed_multipliers_; }

 private:
  QParams input_;
  std::vector<float> weight_scales_;
  Activation activation_;
  bool is_set_ = false;
  QParams output_;
  QRange range_;
  Dialect dialect_ = Dialect::kOrt;
  std::vector<float> multipliers_;
  std::vector<float> wide_multipliers_;  // the same, several times over
  std::vector<FixedPoint> fixed_multipliers_;
  FixedPointLanes lanes_;  // several times over
};

}  // namespace tinytorch::quantization
