// Tensor's members for training: flags and the gradient's place. The walk that fills gradients is
// autograd/engine.h.

#include <algorithm>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/core/tensor_impl.h"

namespace tinytorch {
namespace {

void check_gradient_shape(const Shape& expected, const Tensor& grad) {
  if (!(grad.shape() == expected)) {
    throw Error(concat("grad: a gradient of shape ", to_string(grad.shape()),
                       " for a tensor of shape ", to_string(expected)));
  }
}

}  // namespace

Tensor::Impl& Tensor::state() const {
  if (impl_ == nullptr) {
    throw Error("tensor: used before it was given a shape and values; check defined() first");
  }
  return *impl_;
}

const Tensor::Impl& Tensor::impl() const { return state(); }

Tensor::Impl& Tensor::impl() {
  Impl& self = state();
  self.storage->count_a_write();
  return self;
}

std::uint64_t Tensor::version() const { return state().storage->version(); }

Tensor& Tensor::set_requires_grad(bool on) {
  if (state().node != nullptr) {
    throw Error(
        "set_requires_grad: this tensor is the result of an operation; only tensors made directly "
        "can be parameters, use detach() first");
  }
  state().requires_grad = on;
  return *this;
}

bool Tensor::requires_grad() const { return state().requires_grad || state().node != nullptr; }

const Tensor& Tensor::grad() const { return state().grad; }

void Tensor::set_grad(Tensor grad) {
  if (grad.defined()) check_gradient_shape(shape(), grad);
  state().grad = std::move(grad);
}

void Tensor::accumulate_grad(Tensor grad) {
  check_gradient_shape(shape(), grad);
  Tensor& total = state().grad;
  if (total.defined()) {
    const std::span<float> sum = total.data();
    const std::span<const float> terms = std::as_const(grad).data();
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += terms[i];
    return;
  }
  // Later sums are made in place, so the gradient must not share values with any other tensor.
  const bool sole_owner = grad.impl_.use_count() == 1 && grad.impl_->storage.use_count() == 1;
  total = sole_owner ? std::move(grad) : grad.clone();
}

void Tensor::zero_grad() { state().grad = Tensor(); }

const std::shared_ptr<autograd::Node>& Tensor::node() const { return state().node; }

void Tensor::set_node(std::shared_ptr<autograd::Node> node) { state().node = std::move(node); }

}  // namespace tinytorch
