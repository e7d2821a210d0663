#include "tinytorch/quantization/deployed/dynamic_linear.h"

#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/dynamic_qparams.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/int8/weight_layout.h"

namespace tinytorch::quantization {

DynamicLinear::DynamicLinear(const Tensor& weight, const Tensor& bias, int weight_bits)
    : weight_bits_(weight_bits) {
  if (weight.ndim() != 2 || (bias.defined() && !(bias.shape() == Shape{weight.size(0)}))) {
    throw Error(concat("DynamicLinear: weight ", to_string(weight.shape()), " and bias ",
                       bias.defined() ? to_string(bias.shape()) : "none",
                       "; expected [out, in] and [out]"));
  }
  const std::int64_t out = weight.size(0);
  const std::int64_t in = weight.size(1);
  if (in > kMaxInputFeatures) {
    throw Error(concat("DynamicLinear: sums over ", in, " inputs could overflow int32; at most ",
                       kMaxInputFeatures, " are safe"));
  }
  weight_scales_ = channel_scales(weight.data(), out, weight_bits);
  std::vector<std::int8_t> codes(weight.data().size());
  quantize_per_channel(weight.data(), weight_scales_, weight_bits, codes);
  weight_ = pack_weights(codes, out, in);
  if (!bias.defined()) return;
  for (std::int64_t o = 0; o < out; ++o) {
    if (std::isfinite(bias.at({o}))) continue;
    throw Error(
        concat("DynamicLinear: bias ", o, " is ", bias.at({o}), "; look where training blew up"));
  }
  bias_ = register_buffer("bias", bias.clone());
}

Tensor DynamicLinear::forward(const Tensor& x, Isa isa) const {
  if (x.ndim() < 1 || x.size(-1) != in_features()) {
    throw Error(concat("DynamicLinear: input ", to_string(x.shape()), ", expected [..., ",
                       in_features(), "]"));
  }
  const QParams input = choose_qparams_dynamic(x.data());
  std::vector<std::int8_t> codes(x.data().size());
  quantize(x.data(), input, full_range(8), codes);

  std::vector<std::int32_t> folded(weight_.sums);
  for (std::int32_t& sum : folded) sum *= -input.zero_point;
  std::vector<std::int64_t> sizes = x.shape().sizes();
  sizes.back() = out_features();
  Tensor y{Shape(std::move(sizes))};
  std::vector<std::int32_t> acc(static_cast<std::size_t>(y.numel()));
  int8_gemm(codes, weight_, folded, acc, isa);

  std::vector<float> steps(weight_scales_);
  for (std::size_t o = 0; o < steps.size(); ++o) {
    steps[o] *= input.scale;
    if (!std::isfinite(steps[o])) {
      throw Error(concat("DynamicLinear: input scale ", input.scale, " times weight scale ",
                         weight_scales_[o], " of output ", o,
                         " leaves the range of float; scale the inputs or the weights down"));
    }
  }
  std::vector<float> add(steps.size(), 0.0f);
  if (bias_.defined()) {
    const std::span<const float> bias = std::as_const(bias_).data();
    add.assign(bias.begin(), bias.end());
  }
  const std::span<float> to = y.data();
  for (std::size_t row = 0; row < acc.size(); row += steps.size()) {
    for (std::size_t o = 0; o < steps.size(); ++o) {
      to[row + o] = static_cast<float>(acc[row + o]) * steps[o] + add[o];
    }
  }
  // Silence would leave all that stands before this layer without a gradient.
  return autograd::record("dynamic_linear", y, {x}, [](const Tensor&) -> std::vector<Tensor> {
    throw Error("DynamicLinear: no gradient; it is for inference, qat.h trains in integers");
  });
}

std::string DynamicLinear::describe() const {
  return concat("DynamicLinear(", in_features(), ", ", out_features(), ", W", weight_bits_,
                bias_.defined() ? ")" : ", bias=False)");
}

std::vector<std::int8_t> DynamicLinear::weight_codes() const {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(weight_.out * weight_.in));
  unpack_weights(weight_, codes);
  return codes;
}

std::vector<std::string> dynamic(nn::Module& model, const DynamicOptions& options) {
  return nn::replace_linears(model, options.chosen, [&](const nn::Linear& linear) {
    return std::make_shared<DynamicLinear>(linear.weight(), linear.bias(), options.weight_bits);
  });
}

}  // namespace tinytorch::quantization
