// Part 6 of module 15: train the integers you deploy.
#include "tinytorch/quantization/qat/qat.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/reduce.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/qat/qat_ops.h"

namespace tinytorch::quantization {

// TASK 15.19
QuantizedLinear quantize_linear(const Tensor& weight, const Tensor& bias, QParams input,
                                int weight_bits, bool relu) {
  // Scales, then codes: you wrote every call this needs. weight.data() and bias.data() are spans;
  // weight.size(0) is the number of outputs.
  // Between the two, look after channels without weights (scale_zero_rows in qat_ops.h) and those
  // whose bias would not fit (step 2 in the header). An undefined bias: with_bias() (qat_ops.h)
  // puts zeros in its place.
  throw tinytorch::not_implemented("15.19");
}

// TASK 15.20
Tensor qat_linear(const Tensor& x, const QatLayer& layer, QParams input, const QConfig& config,
                  bool observe) {
  // Forward: the four steps in the header, all with functions you have. Backward: the result of
  // the forward pass is a staircase, so use the gradients of the linear layer it approximates,
  // with the weights that were really used, and no gradient where a code was clipped.
  // kernels::gemm multiplies float matrices in place; n·out, out·in and n·in are its sizes here.
  // kernels::sum_dim adds up the rows of a gradient without losing digits.
  throw tinytorch::not_implemented("15.20");
}

// TASK 15.21
std::shared_ptr<QatNetwork> prepare_qat(const nn::Sequential& model, const QConfig& config) {
  require_plain("prepare_qat", config);
  // Walk model.layers() with an index. std::dynamic_pointer_cast<nn::Linear>(layer) is null for
  // any other kind. A ReLU belongs to the Linear before it; describe() names what you refuse.
  throw tinytorch::not_implemented("15.21");
}

// TASK 15.22
QuantizedNetwork convert(const QatNetwork& net) {
  require_plain("convert", net.config());
  require_chain("convert", net);
  // One quantize_linear per node. The first reads the network's input parameters, each later one
  // the output parameters of the node before it. A QuantizedNode is {path, inputs, layer}.
  throw tinytorch::not_implemented("15.22");
}

}  // namespace tinytorch::quantization
