// The linear layer. The contract is tinytorch/nn/linear.h.
#include "tinytorch/nn/linear.h"

#include <cmath>

#include "tinytorch/autograd/matmul.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 03.1 Parameters and their start values ---

// 1. Throw Error "linear: 0 inputs and 5 outputs; both must be at least 1" where a size is below 1.
// 2. bound = 1/√in. A sum of `in` products then has about the same spread for any `in`.
// 3. weight_: Tensor::uniform of shape [out, in] in (−bound, bound), handed to
//    register_parameter("weight", …), which marks it as trainable and lists it by name.
// 4. With options.bias: bias_ of shape [out] from the same range, after the weight, so that a seed
// always
//    gives the same layer.
//   Linear(4, 2, {}, rng): bound 0.5, weight [2, 4], bias [2].
Linear::Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options,
               Rng& rng) {
  throw tinytorch::not_implemented("03.1");
}

// --- 03.2 Forward ---

// y = x·Wᵀ + b: ops::linear checks the shapes, multiplies and records the gradient.
//   x = {1, 2}, W = {3, 4, 5, 6} [2, 2], b = {10, 20} → {1·3 + 2·4 + 10, 1·5 + 2·6 + 20} = {21,
//   37}.
Tensor Linear::forward(const Tensor& x) {
  throw tinytorch::not_implemented("03.2");
}

}  // namespace tinytorch::nn
