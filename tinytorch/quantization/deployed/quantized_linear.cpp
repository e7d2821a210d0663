#include "tinytorch/quantization/deployed/quantized_linear.h"

#include <algorithm>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/code_limits.h"
#include "tinytorch/quantization/int8/int8_gemm_chain.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/int8/weight_layout.h"

namespace tinytorch::quantization {

QuantizedLinear::QuantizedLinear(std::span<const std::int8_t> weight,
                                 std::vector<float> weight_scales, std::vector<std::int32_t> bias,
                                 QParams input, int weight_bits, Activation activation)
    : bias_(std::move(bias)),
      weight_bits_(weight_bits),
      stage_(input, std::move(weight_scales), activation) {
  require_qparams("QuantizedLinear: input", input);
  const std::size_t out = stage_.weight_scales().size();
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
  require_codes_fit("QuantizedLinear", weight, weight_bits);
  require_bias_fits("QuantizedLinear", bias_);
  weight_ = pack_weights(weight, static_cast<std::int64_t>(out), in);
  folded_bias_ = fold_input_zero_point(weight, bias_, input.zero_point);
  // A zero-point 128 higher takes 128 more of each row's sum; training builds this at every step.
  folded_bias_u8_ = folded_bias_;
  for (std::size_t o = 0; o < out; ++o) folded_bias_u8_[o] -= 128 * weight_.sums[o];
}

void QuantizedLinear::set_output(QParams output, QRange range, Dialect dialect) {
  stage_.set(output, range, dialect);
}

void QuantizedLinear::accumulate(std::span<const std::int8_t> x, std::span<std::int32_t> acc,
                                 Isa isa) const {
  int8_gemm(x, weight_, folded_bias_, acc, isa);
}

std::vector<float> QuantizedLinear::real_outputs(std::span<const std::int32_t> acc) const {
  return stage_.real_outputs(acc);
}

void QuantizedLinear::requantize_outputs(std::span<const std::int32_t> acc,
                                         std::span<std::int8_t> y) const {
  stage_.require_set("QuantizedLinear");
  stage_.requantize(acc, y, best_isa());
}

void QuantizedLinear::forward(std::span<const std::int8_t> x, std::span<std::int8_t> y,
                              Isa isa) const {
  stage_.require_set("QuantizedLinear");
  if (dialect() == Dialect::kOrt) {
    return int8_gemm_requantized(x, weight_, folded_bias_, stage_.fused(), y, isa);
  }
  thread_local std::vector<std::int32_t> acc;
  acc.resize(y.size());
  accumulate(x, acc, isa);
  stage_.requantize(acc, y, isa);
}

void QuantizedLinear::forward_u8(std::span<const std::uint8_t> x, std::span<std::uint8_t> y,
                                 Isa isa) const {
  stage_.require_set("QuantizedLinear");
  if (dialect() != Dialect::kOrt) throw Error("QuantizedLinear: only dialect ort runs on uint8");
  const auto& [multipliers, zero_point, range] = stage_.fused();
  int8_gemm_chain(x, weight_, folded_bias_u8_,
                  {multipliers, zero_point + 128, {range.qmin + 128, range.qmax + 128}}, y, isa);
}

std::vector<std::int8_t> QuantizedLinear::weight_codes() const {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(weight_.out * weight_.in));
  unpack_weights(weight_, codes);
  return codes;
}

}  // namespace tinytorch::quantization
