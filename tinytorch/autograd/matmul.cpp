#include "tinytorch/autograd/matmul.h"

#include "tinytorch/autograd/matmul_rules.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/move.h"

namespace tinytorch::ops {
namespace {

using kernels::Trans;

struct Plan {
  kernels::BatchedSizes sizes;
  Shape result;
};

Shape leading(const Shape& shape) {
  return Shape(std::vector<std::int64_t>(shape.sizes().begin(), shape.sizes().end() - 2));
}

std::string product_text(const Tensor& a, const Tensor& b, Trans trans_a, Trans trans_b) {
  return concat("matmul: ", to_string(a.shape()), trans_a == Trans::kYes ? "ᵀ" : "", " × ",
                to_string(b.shape()), trans_b == Trans::kYes ? "ᵀ" : "", ": ");
}

Plan plan_matmul(const Tensor& a, const Tensor& b, Trans trans_a, Trans trans_b) {
  const auto fail = [&](const auto&... why) {
    return Error(product_text(a, b, trans_a, trans_b) + concat(why...));
  };
  if (a.ndim() < 2 || b.ndim() < 2) {
    throw fail("both need at least 2 dimensions; reshape a vector to [1, n] or [n, 1]");
  }
  const std::int64_t m = a.size(trans_a == Trans::kYes ? -1 : -2);
  const std::int64_t k = a.size(trans_a == Trans::kYes ? -2 : -1);
  const std::int64_t inner = b.size(trans_b == Trans::kYes ? -1 : -2);
  const std::int64_t n = b.size(trans_b == Trans::kYes ? -2 : -1);
  if (k != inner) throw fail("inner sizes ", k, " and ", inner, " differ");
  const Shape batch_a = leading(a.shape());
  const Shape batch_b = leading(b.shape());
  if (a.ndim() > 2 && b.ndim() > 2 && !(batch_a == batch_b)) {
    throw fail("batch sizes ", to_string(batch_a), " and ", to_string(batch_b), " differ");
  }
  const Shape& batch = a.ndim() > 2 ? batch_a : batch_b;
  std::vector<std::int64_t> sizes = batch.sizes();
  sizes.insert(sizes.end(), {m, n});
  return {{batch.numel(), m, n, k}, Shape(std::move(sizes))};
}

void check_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (x.ndim() < 1 || weight.ndim() != 2) {
    throw Error(concat("linear: ", to_string(x.shape()), " × ", to_string(weight.shape()),
                       "ᵀ: the input needs a last dimension, the weight exactly [out, in]"));
  }
  if (x.size(-1) != weight.size(1)) {
    throw Error(concat("linear: ", to_string(x.shape()), " × ", to_string(weight.shape()),
                       "ᵀ: inner sizes ", x.size(-1), " and ", weight.size(1), " differ"));
  }
  if (bias.defined() && !(bias.shape() == Shape{weight.size(0)})) {
    throw Error(concat("linear: bias ", to_string(bias.shape()), " for a weight ",
                       to_string(weight.shape()), "; it needs one value per output"));
  }
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, Trans trans_a, Trans trans_b) {
  Plan plan = plan_matmul(a, b, trans_a, trans_b);
  // A stack of matrices times one matrix is one tall matrix times it.
  if (b.ndim() == 2 && trans_a == Trans::kNo) {
    plan.sizes.m *= plan.sizes.batch;
    plan.sizes.batch = 1;
  }
  Tensor out(plan.result);
  kernels::batched_gemm(trans_a, trans_b, plan.sizes, a.data(), b.data(), out.data());
  return autograd::record(
      "matmul", out, {a, b},
      [=, sizes = plan.sizes](const Tensor& grad) {
        return autograd::matmul_backward(grad, a, b, trans_a, trans_b, sizes);
      },
      {autograd::read_if(b.requires_grad(), a), autograd::read_if(a.requires_grad(), b)});
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_linear(x, weight, bias);
  const std::int64_t out_features = weight.size(0);
  const std::int64_t in_features = weight.size(1);
  std::vector<std::int64_t> sizes = x.shape().sizes();
  sizes.back() = out_features;
  Tensor out{Shape(std::move(sizes))};
  const std::int64_t rows = out_features == 0 ? 0 : out.numel() / out_features;
  // The bias goes in first and the product is added to it: no second pass over the result.
  const std::span<float> result = out.data();
  if (bias.defined()) kernels::repeat_row(bias.data(), result);
  kernels::gemm(Trans::kNo, Trans::kYes, rows, out_features, in_features, x.data(), weight.data(),
                result, bias.defined());
  return autograd::record(
      "linear", out, {x, weight, bias},
      [=](const Tensor& grad) { return autograd::linear_backward(grad, x, weight, bias); },
      {autograd::read_if(weight.requires_grad(), x), autograd::read_if(x.requires_grad(), weight)});
}

}  // namespace tinytorch::ops
