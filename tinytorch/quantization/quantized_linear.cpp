#include "tinytorch/quantization/quantized_linear.h"

#include <algorithm>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/integer_linear.h"
#include "tinytorch/quantization/weight_layout.h"

namespace tinytorch::quantization {

QuantizedLinear::QuantizedLinear(std::span<const std::int8_t> weight,
                                 std::vector<float> weight_scales, std::vector<std::int32_t> bias,
                                 QParams input, int weight_bits, bool relu)
    : weight_scales_(std::move(weight_scales)),
      bias_(std::move(bias)),
      input_(input),
      weight_bits_(weight_bits),
      relu_(relu) {
  const std::size_t out = weight_scales_.size();
  if (out == 0 || weight.size() % out != 0 || bias_.size() != out) {
    throw Error(concat("QuantizedLinear: ", weight.size(), " weights, ", out, " scales and ",
                       bias_.size(), " biases do not describe one layer"));
  }
  const auto in = static_cast<std::int64_t>(weight.size() / out);
  if (in > kMaxInputFeatures) {
    throw Error(concat("QuantizedLinear: ", in,
                       " input features could overflow an int32 sum; at most ", kMaxInputFeatures,
                       " are safe"));
  }
  weight_ = pack_groups(weight, static_cast<std::int64_t>(out), in);
  folded_bias_ = fold_input_zero_point(weight, bias_, input_.zero_point);
}

void QuantizedLinear::set_output(QParams output, QRange range) {
  output_ = output;
  output_range_ = range;
  if (relu_) output_range_.qmin = std::max(range.qmin, output.zero_point);
  multipliers_ = requantize_multipliers(input_.scale, weight_scales_, output_.scale);
  has_output_ = true;
}

void QuantizedLinear::accumulate(std::span<const std::int8_t> x, std::span<std::int32_t> acc,
                                 Isa isa) const {
  int8_gemm(x, weight_, folded_bias_, acc, isa);
}

std::vector<float> QuantizedLinear::real_outputs(std::span<const std::int32_t> acc) const {
  std::vector<float> real(acc.size());
  const std::size_t out = weight_scales_.size();
  const float least = relu_ ? 0.0f : -std::numeric_limits<float>::infinity();
  for (std::size_t row = 0; row < acc.size(); row += out) {
    for (std::size_t o = 0; o < out; ++o) {
      const float step = input_.scale * weight_scales_[o];
      const float value = static_cast<float>(acc[row + o]) * step;
      real[row + o] = value < least ? least : value;
    }
  }
  return real;
}

void QuantizedLinear::require_output() const {
  if (!has_output_) {
    throw Error("QuantizedLinear: the output has no scale yet; calibrate, then call set_output");
  }
}

void QuantizedLinear::requantize_outputs(std::span<const std::int32_t> acc,
                                         std::span<std::int8_t> y) const {
  require_output();
  requantize(acc, multipliers_, output_.zero_point, output_range_, y);
}

void QuantizedLinear::forward(std::span<const std::int8_t> x, std::span<std::int8_t> y,
                              Isa isa) const {
  require_output();
  int8_gemm_requantized(x, weight_, folded_bias_, {multipliers_, output_.zero_point, output_range_},
                        y, isa);
}

std::vector<std::int8_t> QuantizedLinear::weight_codes() const {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(weight_.out * weight_.in));
  unpack_groups(weight_, codes);
  return codes;
}

}  // namespace tinytorch::quantization
