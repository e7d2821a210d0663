#include "tinytorch/quantization/dynamic_linear.h"

#include <span>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/affine.h"
#include "tinytorch/quantization/dynamic_qparams.h"
#include "tinytorch/quantization/integer_linear.h"

namespace tinytorch::quantization {

DynamicLinear::DynamicLinear(const Tensor& weight, const Tensor& bias, int weight_bits) {
  if (weight.ndim() != 2 || bias.ndim() != 1 || weight.size(0) != bias.size(0)) {
    throw Error(concat("DynamicLinear: weight ", to_string(weight.shape()), " and bias ",
                       to_string(bias.shape()), "; expected [out, in] and [out]"));
  }
  const std::int64_t out = weight.size(0);
  const std::int64_t in = weight.size(1);
  if (in > kMaxInputFeatures) {
    throw Error(concat("DynamicLinear: sums over ", in, " inputs could overflow int32; at most ",
                       kMaxInputFeatures, " are safe"));
  }
  weight_scales_ = channel_scales(weight.data(), out, weight_bits);
  weight_codes_.resize(weight.data().size());
  quantize_per_channel(weight.data(), weight_scales_, weight_bits, weight_codes_);
  weight_ = pack_weights(weight_codes_, out, in);
  bias_.assign(bias.data().begin(), bias.data().end());
}

Tensor DynamicLinear::forward(const Tensor& x, Isa isa) const {
  if (x.ndim() != 2 || x.size(1) != in_features()) {
    throw Error(concat("DynamicLinear: input ", to_string(x.shape()), ", expected [n, ",
                       in_features(), "]"));
  }
  const QParams input = choose_qparams_dynamic(x.data());
  std::vector<std::int8_t> codes(x.data().size());
  quantize(x.data(), input, full_range(8), codes);

  std::vector<std::int32_t> folded(weight_.sums);
  for (std::int32_t& sum : folded) sum *= -input.zero_point;
  std::vector<std::int32_t> acc(static_cast<std::size_t>(x.size(0) * out_features()));
  int8_gemm(codes, weight_, folded, acc, isa);

  std::vector<float> steps(weight_scales_);
  for (float& step : steps) step *= input.scale;
  Tensor y(Shape{x.size(0), out_features()});
  const std::span<float> to = y.data();
  for (std::size_t row = 0; row < acc.size(); row += steps.size()) {
    for (std::size_t o = 0; o < steps.size(); ++o) {
      to[row + o] = static_cast<float>(acc[row + o]) * steps[o] + bias_[o];
    }
  }
  return y;
}

}  // namespace tinytorch::quantization
