// Other ways to make a tensor, all on top of its two constructors and view().

#include <algorithm>
#include <numeric>

#include "tinytorch/core/tensor.h"

namespace tinytorch {

Tensor Tensor::zeros(Shape shape) { return Tensor(std::move(shape)); }

Tensor Tensor::ones(Shape shape) { return full(std::move(shape), 1.0f); }

Tensor Tensor::full(Shape shape, float value) {
  const auto count = static_cast<std::size_t>(shape.numel());
  return {std::move(shape), std::vector<float>(count, value)};
}

Tensor Tensor::scalar(float value) { return full(Shape{}, value); }

Tensor Tensor::arange(std::int64_t count) {
  Tensor result(Shape{count});
  const std::span<float> values = result.data();
  std::iota(values.begin(), values.end(), 0.0f);
  return result;
}

Tensor Tensor::uniform(Shape shape, float low, float high, Rng& rng) {
  Tensor result(std::move(shape));
  for (float& value : result.data()) value = rng.uniform(low, high);
  return result;
}

Tensor Tensor::randn(Shape shape, Rng& rng) {
  Tensor result(std::move(shape));
  for (float& value : result.data()) value = rng.normal();
  return result;
}

Tensor Tensor::view(std::initializer_list<std::int64_t> sizes) const {
  return view(infer_shape("view", sizes, numel()));
}

}  // namespace tinytorch
