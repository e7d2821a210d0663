#include "tinytorch/autograd/arithmetic.h"

#include <cmath>

#include "tinytorch/autograd/arithmetic_rules.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/kernels/elementwise.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch {
namespace ops {
namespace {

using Rule = std::vector<Tensor> (*)(const Tensor& grad, const Tensor& a, const Tensor& b);

// Whether a rule reads a and b.
struct Reads {
  bool a = false;
  bool b = false;
};

Tensor binary(const char* name, kernels::Binary op, const Tensor& a, const Tensor& b, Rule rule,
              Reads reads) {
  Tensor out(kernels::broadcast_shapes(name, a.shape(), b.shape()));
  kernels::binary(op, a.data(), a.shape(), b.data(), b.shape(), out.data());
  return autograd::record(name, out, {a, b}, [=](const Tensor& grad) { return rule(grad, a, b); },
                          {autograd::read_if(reads.a, a), autograd::read_if(reads.b, b)});
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  return binary("add", kernels::Binary::kAdd, a, b, autograd::add_backward, {});
}

Tensor sub(const Tensor& a, const Tensor& b) {
  return binary("sub", kernels::Binary::kSubtract, a, b, autograd::sub_backward, {});
}

Tensor mul(const Tensor& a, const Tensor& b) {
  return binary("mul", kernels::Binary::kMultiply, a, b, autograd::mul_backward,
                {.a = b.requires_grad(), .b = a.requires_grad()});
}

Tensor div(const Tensor& a, const Tensor& b) {
  return binary("div", kernels::Binary::kDivide, a, b, autograd::div_backward,
                {.a = b.requires_grad(), .b = true});
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return binary("maximum", kernels::Binary::kMaximum, a, b, autograd::maximum_backward,
                {.a = true, .b = true});
}

Tensor add(const Tensor& x, float value) {
  Tensor out(x.shape());
  kernels::map(x.data(), out.data(), [value](float v) { return v + value; });
  return autograd::record("add", out, {x}, [](const Tensor& grad) { return std::vector{grad}; },
                          {});
}

Tensor mul(const Tensor& x, float value) {
  Tensor out(x.shape());
  kernels::map(x.data(), out.data(), [value](float v) { return v * value; });
  return autograd::record(
      "mul", out, {x}, [value](const Tensor& grad) { return std::vector{mul(grad, value)}; }, {});
}

Tensor neg(const Tensor& x) { return mul(x, -1.0f); }

Tensor pow(const Tensor& x, float exponent) {
  Tensor out(x.shape());
  kernels::map(x.data(), out.data(), [exponent](float v) { return std::pow(v, exponent); });
  return autograd::record("pow", out, {x}, [x, exponent](const Tensor& grad) {
    // Exponent 0 apart: 0 · 0^(−1) would be NaN where the derivative is 0.
    if (exponent == 0.0f) return std::vector{Tensor::zeros(x.shape())};
    Tensor grad_x(x.shape());
    // In double: the power may leave the range of float where its product with g does not.
    const double power = static_cast<double>(exponent) - 1.0;
    kernels::map(x.data(), grad.data(), grad_x.data(), [exponent, power](float v, float g) {
      const double slope = static_cast<double>(exponent) * std::pow(static_cast<double>(v), power);
      return static_cast<float>(static_cast<double>(g) * slope);
    });
    return std::vector{grad_x};
  });
}

}  // namespace ops

Tensor operator+(const Tensor& a, const Tensor& b) { return ops::add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return ops::sub(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return ops::mul(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return ops::div(a, b); }
Tensor operator-(const Tensor& x) { return ops::neg(x); }
Tensor operator+(const Tensor& x, float value) { return ops::add(x, value); }
Tensor operator-(const Tensor& x, float value) { return ops::add(x, -value); }
Tensor operator*(const Tensor& x, float value) { return ops::mul(x, value); }
// Not x · (1/value): the reciprocal rounds once more.
Tensor operator/(const Tensor& x, float value) { return ops::div(x, Tensor::scalar(value)); }
Tensor operator+(float value, const Tensor& x) { return ops::add(x, value); }
Tensor operator-(float value, const Tensor& x) { return ops::sub(Tensor::scalar(value), x); }
Tensor operator*(float value, const Tensor& x) { return ops::mul(x, value); }
Tensor operator/(float value, const Tensor& x) { return ops::div(Tensor::scalar(value), x); }

}  // namespace tinytorch
