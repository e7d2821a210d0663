// Train the integers you deploy. The contract is tinytorch/quantization/qat/qat.h.
#include "tinytorch/quantization/qat/qat.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/qat/linear_gradients.h"
#include "tinytorch/quantization/qat/qat_ops.h"

namespace tinytorch::quantization {

// TASK 15.19
QuantizedLinear quantize_linear(const Tensor& weight, const Tensor& bias, QParams input,
                                int weight_bits, bool relu) {
  if (bias.defined()) require_finite("quantize_linear", "bias", bias.data());
  // Scales, then codes: you wrote every call this needs. with_bias() and scale_zero_rows()
  // (qat_ops.h) take care of an undefined bias and of rows of zeros; the header says how a scale is
  // adjusted to its bias. weight.data() is a span, weight.size(0) the number of outputs.
  // Try it by hand first: input scale 0.5, weights {1.27, -0.5}, bias 3 → weight scale 0.01, codes
  // 127 and -50, bias code 600.
  throw tinytorch::not_implemented("15.19");
}

// TASK 15.20
Tensor qat_linear(const Tensor& x, const QatLayer& layer, QParams input, const QConfig& config,
                  bool observe) {
  const Tensor weight = layer.linear->weight();
  const Tensor bias = layer.linear->bias();
  // Forward: the four steps in the header, all with functions you have. Backward: the result is a
  // staircase, so use the gradients of the linear layer it approximates (linear_gradients.h), with
  // the weights that were really used, and no gradient where a code was clipped.
  // Try it by hand first: sum 300, multiplier 0.5 → code 150, clipped to 127: no gradient passes.
  throw tinytorch::not_implemented("15.20");
}

// TASK 15.21
std::shared_ptr<QatNetwork> prepare_qat(const nn::Sequential& model, const QConfig& config) {
  require_plain("prepare_qat", config);
  // Walk model.layers() with an index. std::dynamic_pointer_cast<nn::Linear>(layer) is null for any
  // other kind. A ReLU belongs to the Linear before it. Throw an Error that names the index and the
  // describe() of a layer that has no integer form.
  // Try it by hand first: Linear, ReLU, Linear → node "0" with kRelu reads value 0, node "2" reads
  // value 1.
  throw tinytorch::not_implemented("15.21");
}

// TASK 15.22
QuantizedNetwork convert(const QatNetwork& net) {
  require_plain("convert", net.config());
  require_chain("convert", net);
  // One quantize_linear per node. The first reads codes with the network's input parameters, each
  // later one codes with the output parameters of the node before it. A QuantizedNode is {path,
  // inputs, layer}.
  throw tinytorch::not_implemented("15.22");
}

}  // namespace tinytorch::quantization
