#include "tinytorch/autograd/normalization.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"
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

struct Centred {
  Tensor x;
  Tensor mean;
};

// Where a mean is large beside the spread, its rounding to float shifts every result: at 1e5 by up
// to 0.004 standard deviations. Such groups of values (channel c of the block) have it taken off
// first, which rounds nothing between neighbours, and are left with a small mean of their own.
Centred centred(const Tensor& x, const Tensor& mean, const Tensor& inverse_std,
                const kernels::Block& block) {
  constexpr float kLargeMean = 8.0f;  // standard deviations: then the shift is below 2.4e-7 of one
  const auto inner = static_cast<std::size_t>(block.inner);
  const auto groups = static_cast<std::size_t>(block.size);
  Centred result{x, mean.clone()};
  std::span<float> values;
  for (std::size_t c = 0; c < groups; ++c) {
    const float taken = mean.data()[c];
    if (!(std::fabs(taken) * inverse_std.data()[c] > kLargeMean)) continue;
    if (values.empty()) {
      result.x = x.clone();
      values = result.x.data();
    }
    double total = 0.0;
    for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
      const std::span<float> line = values.subspan((o * groups + c) * inner, inner);
      for (float& value : line) value -= taken;
      total += kernels::accumulate(inner, [line](std::size_t i) { return line[i]; });
    }
    const auto count = static_cast<double>(block.outer * block.inner);
    result.mean.data()[c] = static_cast<float>(total / count);
  }
  return result;
}

// The mean squared distance of x's channel c from `mean`, where a float does not hold it.
double channel_variance(const Tensor& x, const kernels::Block& block, std::size_t c, float mean) {
  const auto inner = static_cast<std::size_t>(block.inner);
  double squares = 0.0;
  for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
    const std::size_t first = (o * static_cast<std::size_t>(block.size) + c) * inner;
    const std::span<const float> line = x.data().subspan(first, inner);
    squares += kernels::accumulate(inner, [line, mean](std::size_t i) {
      const double distance = static_cast<double>(line[i]) - static_cast<double>(mean);
      return distance * distance;
    });
  }
  return squares / static_cast<double>(block.outer * block.inner);
}

// Everything a gradient rule of either kind needs, owned.
struct Saved {
  Tensor x;
  Centred centred;
  Tensor inverse_std, weight, bias;

  std::vector<Tensor> reads() const {
    using autograd::wants_gradient;
    return {autograd::read_if(wants_gradient(x) || wants_gradient(weight), centred.x),
            autograd::read_if(wants_gradient(x), weight)};
  }

  template <typename Kernel>
  std::vector<Tensor> gradients(const Tensor& grad, Kernel kernel) const {
    Tensor grad_x = gradient_of(x);
    Tensor grad_weight = gradient_of(weight);
    Tensor grad_bias = gradient_of(bias);
    kernel(kernels::NormBackward{grad.data(), centred.x.data(), centred.mean.data(),
                                 inverse_std.data(), values(weight), values(grad_x),
                                 values(grad_weight), values(grad_bias)});
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
  const Centred from = centred(x, mean, inverse_std, {.size = mean.numel(), .inner = size});
  kernels::layer_norm(from.x.data(), size, from.mean.data(), inverse_std.data(), values(weight),
                      values(bias), out.data());
  const Saved saved{x, from, inverse_std, weight, bias};
  return autograd::record(
      "layer_norm", out, {x, weight, bias},
      [=](const Tensor& grad) {
        return saved.gradients(grad, [size](const kernels::NormBackward& args) {
          kernels::layer_norm_backward(args, size);
        });
      },
      saved.reads());
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
  const std::span<float> inverse = inverse_std.data();
  for (std::size_t c = 0; c < inverse.size(); ++c) {
    inverse[c] = 1.0f / std::sqrt(variance.data()[c] + options.epsilon);
    if (!options.batch_statistics || std::isnormal(variance.data()[c])) continue;
    const double own = channel_variance(x, block, c, mean.data()[c]);
    inverse[c] = static_cast<float>(1.0 / std::sqrt(own + static_cast<double>(options.epsilon)));
  }
  Tensor out(x.shape());
  // Running statistics change with the next batch: the rule keeps those of this one.
  const Centred from =
      options.batch_statistics ? centred(x, mean, inverse_std, block) : Centred{x, mean.clone()};
  kernels::batch_norm(from.x.data(), block, from.mean.data(), inverse_std.data(), values(weight),
                      values(bias), out.data());
  const Saved saved{x, from, inverse_std, weight, bias};
  return autograd::record(
      "batch_norm", out, {x, weight, bias},
      [=](const Tensor& grad) {
        return saved.gradients(grad, [&](const kernels::NormBackward& args) {
          kernels::batch_norm_backward(args, block, options.batch_statistics);
        });
      },
      saved.reads());
}

}  // namespace tinytorch::ops
