#pragma once
// A deployed linear layer: int8 weights, int32 bias, and nothing else it needs to run. Given; it
// holds what the parts of module 15 compute and calls them in order.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/int8_gemm.h"
#include "tinytorch/quantization/int8_gemm_simd.h"
#include "tinytorch/quantization/qtypes.h"

namespace tinytorch::quantization {

class QuantizedLinear {
 public:
  // Everything but the output's parameters. weight [out, in] codes within symmetric_range(bits),
  // one scale per output; bias [out] in units of input.scale · weight_scales[o].
  // Throws Error when sizes do not fit or in > kMaxInputFeatures.
  QuantizedLinear(std::span<const std::int8_t> weight, std::vector<float> weight_scales,
                  std::vector<std::int32_t> bias, QParams input, int weight_bits, bool relu);

  // Fixes how sums become output codes. Until then forward() throws Error.
  void set_output(QParams output, QRange range);

  // Moves the weights to where a kernel with few rows reads them fastest. Worth its copies for a
  // layer that will run often; changes no result.
  void settle();

  // x [n, in] → sums [n, out], bias and zero-point included.
  void accumulate(std::span<const std::int8_t> x, std::span<std::int32_t> acc,
                  Isa isa = best_isa()) const;
  // The real numbers the sums stand for, after the ReLU if there is one:
  // float(acc[n, o]) · float(input.scale · weight_scales[o]).
  std::vector<float> real_outputs(std::span<const std::int32_t> acc) const;
  // Sums [n, out] → codes [n, out].
  void requantize_outputs(std::span<const std::int32_t> acc, std::span<std::int8_t> y) const;
  // x [n, in] → y [n, out]: accumulate, then requantize_outputs.
  void forward(std::span<const std::int8_t> x, std::span<std::int8_t> y,
               Isa isa = best_isa()) const;
  // forward() on codes that are uint8 and 128 higher, in and out: the same values, in the form that
  // the fastest kernel multiplies without a pass over its inputs.
  void forward_u8(std::span<const std::uint8_t> x, std::span<std::uint8_t> y,
                  Isa isa = best_isa()) const;

  std::int64_t in_features() const { return weight_.in; }
  std::int64_t out_features() const { return weight_.out; }
  int weight_bits() const { return weight_bits_; }
  bool relu() const { return relu_; }
  QParams input() const { return input_; }
  QParams output() const { return output_; }
  // Codes a sum may become: `range`, its lower end raised to the zero-point by a ReLU.
  QRange output_range() const { return output_range_; }
  std::span<const float> weight_scales() const { return weight_scales_; }
  std::span<const float> multipliers() const { return multipliers_; }
  std::span<const std::int32_t> bias() const { return bias_; }  // before folding
  std::vector<std::int8_t> weight_codes() const;                // [out, in]

 private:
  void require_output() const;

  PackedWeights weight_;
  std::vector<float> weight_scales_;
  std::vector<std::int32_t> bias_;
  std::vector<std::int32_t> folded_bias_;
  std::vector<std::int32_t> folded_bias_u8_;  // the same for inputs 128 higher
  QParams input_;
  int weight_bits_;
  bool relu_;
  bool has_output_ = false;
  QParams output_;
  QRange output_range_;
  std::vector<float> multipliers_;
};

}  // namespace tinytorch::quantization
