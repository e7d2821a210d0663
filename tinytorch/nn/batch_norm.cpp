#include "tinytorch/nn/batch_norm.h"

#include "tinytorch/autograd/normalization.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/batch_norm.h"

namespace tinytorch::nn {

BatchNorm2d::BatchNorm2d(std::int64_t channels, float epsilon, float momentum)
    : epsilon_(epsilon), momentum_(momentum) {
  if (channels < 1) throw Error(concat("batch_norm: ", channels, " channels; expected 1 or more"));
  weight_ = register_parameter("weight", Tensor::ones({channels}));
  bias_ = register_parameter("bias", Tensor::zeros({channels}));
  running_mean_ = register_buffer("running_mean", Tensor::zeros({channels}));
  running_var_ = register_buffer("running_var", Tensor::ones({channels}));
}

Tensor BatchNorm2d::forward(const Tensor& x) {
  if (x.ndim() != 4 || x.size(1) != weight_.size(0)) {
    throw Error(concat("batch_norm: input ", to_string(x.shape()), "; expected [N, ",
                       weight_.size(0), ", H, W]"));
  }
  if (!training()) {
    return ops::batch_norm(x, running_mean_, running_var_, weight_, bias_,
                           {.epsilon = epsilon_, .batch_statistics = false});
  }
  const kernels::Block block = kernels::block_around(x.shape(), 1);
  const std::int64_t count = block.outer * block.inner;
  if (count < 2) {
    throw Error(concat("batch_norm: input ", to_string(x.shape()), " has ", count,
                       " values per channel; training needs 2 or more to have a variance"));
  }
  Tensor mean(weight_.shape());
  Tensor variance(weight_.shape());
  kernels::channel_statistics(x.data(), block, mean.data(), variance.data());
  update_running(mean, variance, count);
  return ops::batch_norm(x, mean, variance, weight_, bias_,
                         {.epsilon = epsilon_, .batch_statistics = true});
}

void BatchNorm2d::update_running(const Tensor& mean, const Tensor& variance, std::int64_t count) {
  const float unbiased = static_cast<float>(count) / static_cast<float>(count - 1);
  for (std::size_t c = 0; c < mean.data().size(); ++c) {
    float& running_mean = running_mean_.data()[c];
    float& running_var = running_var_.data()[c];
    running_mean = (1.0f - momentum_) * running_mean + momentum_ * mean.data()[c];
    running_var = (1.0f - momentum_) * running_var + momentum_ * variance.data()[c] * unbiased;
  }
}

std::string BatchNorm2d::describe() const { return concat("BatchNorm2d(", weight_.size(0), ")"); }

}  // namespace tinytorch::nn
