#pragma once
// A deployed linear layer: int8 weights, int32 bias, and nothing else it needs to run. Given; it
// holds what the parts of the quantization module compute and calls them in order.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/int8_gemm.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/output_stage.h"

namespace tinytorch::quantization {

class QuantizedLinear {
 public:
  // Everything but the output's parameters. weight [out, in] codes within symmetric_range(bits),
  // one scale per output; bias [out] in units of input.scale · weight_scales[o].
  // Throws Error when sizes do not fit, in > kMaxInputFeatures, the input's parameters are
  // refused by require_qparams() (qtypes.h), a scale is not positive and finite, or a code is
  // beyond what code_limits.h allows: no sum of a layer that exists can wrap around.
  QuantizedLinear(std::span<const std::int8_t> weight, std::vector<float> weight_scales,
                  std::vector<std::int32_t> bias, QParams input, int weight_bits,
                  Activation activation);
  // The same with a ReLU or with nothing behind it.
  QuantizedLinear(std::span<const std::int8_t> weight, std::vector<float> weight_scales,
                  std::vector<std::int32_t> bias, QParams input, int weight_bits, bool relu)
      : QuantizedLinear(weight, std::move(weight_scales), std::move(bias), input, weight_bits,
                        relu ? Activation::kRelu : Activation::kNone) {}

  // Fixes how sums become output codes; the activation narrows `range`. Until then forward() and
  // requantize_outputs() throw Error. Throws Error, with the output left as it was, as
  // OutputStage::set() does.
  void set_output(QParams output, QRange range, Dialect dialect = Dialect::kOrt);

  // x [n, in] → sums [n, out], bias and zero-point included.
  void accumulate(std::span<const std::int8_t> x, std::span<std::int32_t> acc,
                  Isa isa = best_isa()) const;
  // The real numbers the sums stand for, after the activation:
  // float(acc[n, o]) · float(input.scale · weight_scales[o]).
  std::vector<float> real_outputs(std::span<const std::int32_t> acc) const;
  // Sums [n, out] → codes [n, out].
  void requantize_outputs(std::span<const std::int32_t> acc, std::span<std::int8_t> y) const;
  // x [n, in] → y [n, out]: accumulate, then requantize_outputs.
  void forward(std::span<const std::int8_t> x, std::span<std::int8_t> y,
               Isa isa = best_isa()) const;
  // forward() on codes that are uint8 and 128 higher, in and out: the same values, in the form that
  // the fastest kernel multiplies without a pass over its inputs. Dialect ort only, else Error.
  void forward_u8(std::span<const std::uint8_t> x, std::span<std::uint8_t> y,
                  Isa isa = best_isa()) const;

  std::int64_t in_features() const { return weight_.in; }
  std::int64_t out_features() const { return weight_.out; }
  int weight_bits() const { return weight_bits_; }
  Activation activation() const { return stage_.activation(); }
  bool relu() const { return activation() == Activation::kRelu; }
  Dialect dialect() const { return stage_.dialect(); }
  QParams input() const { return stage_.input(); }
  QParams output() const { return stage_.output(); }
  // Codes a sum may become: activation_range() of what set_output was given.
  QRange output_range() const { return stage_.range(); }
  std::span<const float> weight_scales() const { return stage_.weight_scales(); }
  // Dialect ort's float multipliers, dialect tflite's fixed-point ones; the other is empty.
  std::span<const float> multipliers() const { return stage_.multipliers(); }
  std::span<const FixedPoint> fixed_multipliers() const { return stage_.fixed_multipliers(); }
  std::span<const std::int32_t> bias() const { return bias_; }  // before folding
  std::vector<std::int8_t> weight_codes() const;                // [out, in]

 private:
  PackedWeights weight_;
  std::vector<std::int32_t> bias_;
  std::vector<std::int32_t> folded_bias_;
  std::vector<std::int32_t> folded_bias_u8_;  // the same for inputs 128 higher
  int weight_bits_;
  OutputStage stage_;
};

}  // namespace tinytorch::quantization
