#include "tinytorch/nn/prepacked_linear.h"

#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/move.h"

namespace tinytorch::nn {

PrepackedLinear::PrepackedLinear(const Linear& linear) {
  const std::int64_t in = linear.in_features();
  kernels::pack({linear.weight().data().data(), 1, in}, in, linear.out_features(), weight_);
  if (linear.bias().defined()) bias_ = register_buffer("bias", linear.bias().clone());
}

Tensor PrepackedLinear::forward(const Tensor& x) {
  if (x.ndim() < 1 || x.size(-1) != in_features()) {
    throw Error(concat("PrepackedLinear: input ", to_string(x.shape()), ", expected [..., ",
                       in_features(), "]"));
  }
  std::vector<std::int64_t> sizes = x.shape().sizes();
  sizes.back() = out_features();
  Tensor y{Shape(std::move(sizes))};
  // The bias goes in first and the product is added to it: no second pass over the result.
  const std::span<float> to = y.data();
  if (bias_.defined()) kernels::repeat_row(std::as_const(bias_).data(), to);
  kernels::gemm_prepacked({x.data().data(), in_features(), 1}, y.numel() / out_features(), weight_,
                          to, bias_.defined());
  // Silence would leave all that stands before this layer without a gradient.
  return autograd::record("prepacked_linear", y, {x}, [](const Tensor&) -> std::vector<Tensor> {
    throw Error("PrepackedLinear: no gradient; it is for inference, Linear is for training");
  });
}

std::string PrepackedLinear::describe() const {
  return concat("PrepackedLinear(", in_features(), ", ", out_features(),
                bias_.defined() ? ")" : ", bias=False)");
}

std::vector<std::string> prepack_linears(Module& model, const LinearFilter& chosen) {
  return replace_linears(model, chosen, [](const Linear& linear) {
    return std::make_shared<PrepackedLinear>(linear);
  });
}

}  // namespace tinytorch::nn
