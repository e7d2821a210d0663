#include "tinytorch/losses/l1.h"

#include <cmath>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::losses {

// One operation, since the difference of two floats may be beyond float where the mean is not.
Tensor l1_loss(const Tensor& prediction, const Tensor& target) {
  if (prediction.shape() != target.shape()) {
    throw Error(concat("l1_loss: prediction ", to_string(prediction.shape()), " and target ",
                       to_string(target.shape()), " differ in shape"));
  }
  if (prediction.numel() == 0) throw Error("l1_loss: no elements to average over");
  const std::span<const float> p = prediction.data();
  const std::span<const float> t = target.data();
  const auto count = static_cast<double>(p.size());
  const double total = kernels::accumulate(p.size(), [p, t](std::size_t i) {
    return std::fabs(static_cast<double>(p[i]) - static_cast<double>(t[i]));
  });
  const auto rule = [prediction, target, count](const Tensor& grad) {
    const auto share = static_cast<float>(static_cast<double>(grad.item()) / count);
    const auto slope = [](const Tensor& x, const Tensor& y, float up) {
      if (!autograd::wants_gradient(x)) return Tensor();
      Tensor result(x.shape());
      kernels::map(x.data(), y.data(), result.data(),
                   [up](float a, float b) { return a > b ? up : (a < b ? -up : 0.0f); });
      return result;
    };
    return std::vector{slope(prediction, target, share), slope(target, prediction, share)};
  };
  return autograd::record("l1_loss", Tensor::scalar(static_cast<float>(total / count)),
                          {prediction, target}, rule);
}

}  // namespace tinytorch::losses
