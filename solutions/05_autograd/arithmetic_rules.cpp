// Gradient rules of arithmetic. The contract is tinytorch/autograd/arithmetic_rules.h.
#include "tinytorch/autograd/arithmetic_rules.h"

#include <utility>

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/elementwise.h"
#include "tinytorch/kernels/map.h"
#include "tinytorch/kernels/reduce.h"

namespace tinytorch::autograd {

// --- 05.3 Undoing a broadcast ---

// Sum over every dimension where `shape` has size 1 (or no dimension at all) and grad has more.
//   1. Equal shapes: return grad itself; nothing was repeated.
//   2. For each dimension of grad, counted from the end: where the size in `shape` is 1 or missing
//      and grad's is not 1, replace the values by their kernels::sum_dim along it (block_around
//      tells the block), with size 1 left in its place.
//   3. view() the result as `shape`, which drops the leading ones.
//   grad [2, 3] = {1, 2, 3, 4, 5, 6}: to [3] → {5, 7, 9}; to [2, 1] → {6, 15}; to [] → 21.
Tensor sum_to_shape(const Tensor& grad, const Shape& shape) {
  // BEGIN SOLUTION 05.3
  if (grad.shape() == shape) return grad;
  Tensor total = grad;
  for (std::int64_t back = 1; back <= grad.ndim(); ++back) {
    const std::int64_t wanted = back <= shape.ndim() ? shape[-back] : 1;
    if (wanted != 1 || total.size(-back) == 1) continue;
    std::vector<std::int64_t> sizes = total.shape().sizes();
    const std::int64_t dim = grad.ndim() - back;
    sizes[static_cast<std::size_t>(dim)] = 1;
    Tensor sum{Shape(std::move(sizes))};
    kernels::sum_dim(std::as_const(total).data(), kernels::block_around(total.shape(), dim),
                     sum.data());
    total = sum;
  }
  return total.view(shape);
  // END SOLUTION 05.3
}

// --- 05.4 Sum, difference, product, quotient ---
// BEGIN SOLUTION 05.4 helper
namespace {

// x repeated to fill `shape`, which it broadcasts to.
Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  Tensor result(shape);  // zeros
  kernels::binary(kernels::Binary::kAdd, result.data(), shape, x.data(), x.shape(), result.data());
  return result;
}

// −g·a/b², element by element.
Tensor quotient_slope(const Tensor& grad, const Tensor& a, const Tensor& b) {
  Tensor slope = broadcast_to(a, grad.shape());
  const Tensor divisor = broadcast_to(b, grad.shape());
  const std::span<float> values = slope.data();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double d = divisor.data()[i];
    const double product = static_cast<double>(grad.data()[i]) * static_cast<double>(values[i]);
    values[i] = static_cast<float>(-product / (d * d));
  }
  return slope;
}

}  // namespace
// END SOLUTION 05.4

// For each input that requires_grad(): its derivative times grad, summed back to the input's shape
// with sum_to_shape; Tensor() for one that does not. The quotient needs −g·a/b² in double: in float
// the square of 1e-23 is 0 and that of 1e20 infinite, where the result is neither.
//   a [2, 1] = {10, 20}, b [3] = {1, 2, 3}, grad of a·b all ones [2, 3]:
//   grad of a = {6, 6}, grad of b = {30, 30, 30}.
std::vector<Tensor> add_backward(const Tensor& grad, const Tensor& a, const Tensor& b) {
  // BEGIN SOLUTION 05.4
  return {a.requires_grad() ? sum_to_shape(grad, a.shape()) : Tensor(),
          b.requires_grad() ? sum_to_shape(grad, b.shape()) : Tensor()};
  // END SOLUTION 05.4
}

std::vector<Tensor> sub_backward(const Tensor& grad, const Tensor& a, const Tensor& b) {
  // BEGIN SOLUTION 05.4
  return {a.requires_grad() ? sum_to_shape(grad, a.shape()) : Tensor(),
          b.requires_grad() ? sum_to_shape(-grad, b.shape()) : Tensor()};
  // END SOLUTION 05.4
}

std::vector<Tensor> mul_backward(const Tensor& grad, const Tensor& a, const Tensor& b) {
  // BEGIN SOLUTION 05.4
  return {a.requires_grad() ? sum_to_shape(grad * b, a.shape()) : Tensor(),
          b.requires_grad() ? sum_to_shape(grad * a, b.shape()) : Tensor()};
  // END SOLUTION 05.4
}

std::vector<Tensor> div_backward(const Tensor& grad, const Tensor& a, const Tensor& b) {
  // BEGIN SOLUTION 05.4
  return {a.requires_grad() ? sum_to_shape(grad / b, a.shape()) : Tensor(),
          b.requires_grad() ? sum_to_shape(quotient_slope(grad, a, b), b.shape()) : Tensor()};
  // END SOLUTION 05.4
}

// --- 05.5 Who was larger ---
// BEGIN SOLUTION 05.5 helper
namespace {

// grad · share, and 0 where the share is, whatever the gradient.
Tensor part_of(const Tensor& grad, const Tensor& share) {
  Tensor part(grad.shape());
  kernels::map(grad.data(), share.data(), part.data(),
               [](float g, float s) { return s == 0.0f ? 0.0f : g * s; });
  return part;
}

}  // namespace
// END SOLUTION 05.5

// The share of a is 1 where a > b, 1/2 where a == b, 0 where a < b; the share of b is 1 minus that.
//   1. Compute d = a − b, which broadcasts for you, and the share of a from its sign.
//   2. grad times the share, summed back to the input's shape; 0 where the share is 0, also of an
//      infinite gradient.
//   a = {1, 5, 2}, b = {3, 5, 1}, grad {1, 1, 1}: grad of a = {0, 0.5, 1}, of b = {1, 0.5, 0}.
std::vector<Tensor> maximum_backward(const Tensor& grad, const Tensor& a, const Tensor& b) {
  // BEGIN SOLUTION 05.5
  Tensor share_a(grad.shape());
  kernels::binary(kernels::Binary::kSubtract, a.data(), a.shape(), b.data(), b.shape(),
                  share_a.data());
  kernels::map(share_a.data(), share_a.data(),
               [](float d) { return d > 0.0f ? 1.0f : (d < 0.0f ? 0.0f : 0.5f); });
  return {a.requires_grad() ? sum_to_shape(part_of(grad, share_a), a.shape()) : Tensor(),
          b.requires_grad() ? sum_to_shape(part_of(grad, 1.0f - share_a), b.shape()) : Tensor()};
  // END SOLUTION 05.5
}

}  // namespace tinytorch::autograd
