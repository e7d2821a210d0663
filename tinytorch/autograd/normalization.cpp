#include "tinytorch/autograd/normalization.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/batch_norm.h"
#include "tinytorch/kernels/layer_norm.h"
#include "tinytorch/kernels/norm_backward.h"

namespace tinytorch::ops {
namespace {

std::span<const float> values(const Tensor& x) {
  return x.defined() ? x.data() : std::span<const float>();
}

// A place for the gradient of x, or nothing where it needs none.
Tensor gradient_of(const Tensor& x) {
  return x.defined() && x.requires_grad() ? Tensor(x.shape()) : Tensor();
}

std::span<float> values(Tensor& x) { return x.defined() ? x.data() : std::span<float>(); }

void check_affine(const char* op, const Tensor& tensor, const Shape& shape) {
  if (tensor.defined() && !(tensor.shape() == shape)) {
    throw Error(concat(op, ": weight or bias of shape ", to_string(tensor.shape()), "; expected ",
                       to_string(shape)));
  }
}

bool ends_in(const Shape& shape, const Shape& end) {
  return shape.ndim() >= end.ndim() && end.ndim() > 0 &&
         std::equal(end.sizes().rbegin(), end.sizes().rend(), shape.sizes().rbegin());
}

// Normalizing nothing would divide by 0.
void check_not_empty(const char* op, const Tensor& x) {
  if (x.numel() == 0) throw Error(concat(op, ": ", to_string(x.shape()), " holds no values"));
}

// Everything a gradient rule of either kind needs, owned.
struct Saved {
  Tensor x, mean, inverse_std, weight, bias;

  template <typename Kernel>
  std::vector<Tensor> gradients(const Tensor& grad, Kernel kernel) const {
    Tensor grad_x = gradient_of(x);
    Tensor grad_weight = gradient_of(weight);
    Tensor grad_bias = gradient_of(bias);
    kernel(kernels::NormBackward{grad.data(), x.data(), mean.data(), inverse_std.data(),
                                 values(weight), values(grad_x), values(grad_weight),
                                 values(grad_bias)});
    return {grad_x, grad_weight, grad_bias};
  }
};

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, float epsilon) {
  if (!ends_in(x.shape(), normalized_shape)) {
    throw Error(concat("layer_norm: ", to_string(x.shape()),
                       " does not end in the normalized shape ", to_string(normalized_shape)));
  }
  check_not_empty("layer_norm", x);
  check_affine("layer_norm", weight, normalized_shape);
  check_affine("layer_norm", bias, normalized_shape);
  const std::int64_t size = normalized_shape.numel();
  Tensor mean(Shape{x.numel() / size});
  Tensor inverse_std(mean.shape());
  kernels::row_statistics(x.data(), size, epsilon, mean.data(), inverse_std.data());
  Tensor out(x.shape());
  kernels::layer_norm(x.data(), size, mean.data(), inverse_std.data(), values(weight), values(bias),
                      out.data());
  const Saved saved{x, mean, inverse_std, weight, bias};
  return autograd::record("layer_norm", out, {x, weight, bias}, [=](const Tensor& grad) {
    return saved.gradients(grad, [size](const kernels::NormBackward& args) {
      kernels::layer_norm_backward(args, size);
    });
  });
}

Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight,
                  const Tensor& bias, const BatchNormOptions& options) {
  if (x.ndim() < 2) {
    throw Error(concat("batch_norm: ", to_string(x.shape()), "; expected [N, C, …]"));
  }
  const Shape channels{x.size(1)};
  if (!(mean.shape() == channels) || !(variance.shape() == channels)) {
    throw Error(concat("batch_norm: ", to_string(x.shape()), " has ", x.size(1),
                       " channels, the statistics have ", mean.numel()));
  }
  check_not_empty("batch_norm", x);
  check_affine("batch_norm", weight, channels);
  check_affine("batch_norm", bias, channels);
  const kernels::Block block = kernels::block_around(x.shape(), 1);
  Tensor inverse_std(channels);
  for (std::size_t c = 0; c < inverse_std.data().size(); ++c) {
    inverse_std.data()[c] = 1.0f / std::sqrt(variance.data()[c] + options.epsilon);
  }
  Tensor out(x.shape());
  kernels::batch_norm(x.data(), block, mean.data(), inverse_std.data(), values(weight),
                      values(bias), out.data());
  // Running statistics change with the next batch: the rule keeps those of this one.
  const Saved saved{x, mean.clone(), inverse_std, weight, bias};
  return autograd::record("batch_norm", out, {x, weight, bias}, [=](const Tensor& grad) {
    return saved.gradients(grad, [&](const kernels::NormBackward& args) {
      kernels::batch_norm_backward(args, block, options.batch_statistics);
    });
  });
}

}  // namespace tinytorch::ops
