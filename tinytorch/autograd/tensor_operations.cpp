// Tensor declares these operations; the room that records gradients defines them.

#include "tinytorch/autograd/activation.h"
#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/math.h"
#include "tinytorch/autograd/matmul.h"
#include "tinytorch/autograd/reduction.h"
#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch {

Tensor Tensor::sum() const { return ops::sum(*this); }
Tensor Tensor::mean() const { return ops::mean(*this); }
Tensor Tensor::max() const { return ops::max(*this); }
Tensor Tensor::sum(std::int64_t dim, const ReduceOptions& options) const {
  return ops::sum(*this, dim, options);
}
Tensor Tensor::mean(std::int64_t dim, const ReduceOptions& options) const {
  return ops::mean(*this, dim, options);
}
Tensor Tensor::max(std::int64_t dim, const ReduceOptions& options) const {
  return ops::max(*this, dim, options);
}
std::vector<std::int64_t> Tensor::argmax(std::int64_t dim) const { return ops::argmax(*this, dim); }

Tensor Tensor::exp() const { return ops::exp(*this); }
Tensor Tensor::log() const { return ops::log(*this); }
Tensor Tensor::sqrt() const { return ops::sqrt(*this); }
Tensor Tensor::abs() const { return ops::abs(*this); }
Tensor Tensor::pow(float exponent) const { return ops::pow(*this, exponent); }
Tensor Tensor::clamp(float low, float high) const { return ops::clamp(*this, low, high); }

Tensor Tensor::relu() const { return ops::relu(*this); }
Tensor Tensor::sigmoid() const { return ops::sigmoid(*this); }
Tensor Tensor::tanh() const { return ops::tanh(*this); }
Tensor Tensor::gelu() const { return ops::gelu(*this); }
Tensor Tensor::softmax(std::int64_t dim) const { return ops::softmax(*this, dim); }
Tensor Tensor::log_softmax(std::int64_t dim) const { return ops::log_softmax(*this, dim); }

Tensor Tensor::matmul(const Tensor& other) const { return ops::matmul(*this, other); }
Tensor Tensor::reshape(const Shape& shape) const { return ops::reshape(*this, shape); }
Tensor Tensor::reshape(std::initializer_list<std::int64_t> sizes) const {
  return ops::reshape(*this, sizes);
}
Tensor Tensor::flatten(std::int64_t start_dim) const { return ops::flatten(*this, start_dim); }
Tensor Tensor::transpose(std::int64_t dim0, std::int64_t dim1) const {
  return ops::transpose(*this, dim0, dim1);
}
Tensor Tensor::narrow(std::int64_t dim, std::int64_t start, std::int64_t length) const {
  return ops::narrow(*this, dim, start, length);
}

}  // namespace tinytorch
