#include "tinytorch/quantization/weight_only/weight_only_linear.h"

#include <algorithm>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/gemm/gemm.h"

namespace tinytorch::quantization {
namespace {

using kernels::Trans;

// Calls visit(first row, how many, their values) for the rows of a weight, kRows at a time.
template <typename Visit>
void for_each_block(const QuantizedTensor& weight, Visit visit) {
  const std::int64_t most = std::min(WeightOnlyLinear::kRows, weight.rows());
  std::vector<float> buffer(static_cast<std::size_t>(most * weight.columns()));
  for (std::int64_t first = 0; first < weight.rows(); first += most) {
    const std::int64_t count = std::min(most, weight.rows() - first);
    const auto values = std::span(buffer).first(static_cast<std::size_t>(count * weight.columns()));
    dequantize_rows(weight, first, count, values);
    visit(first, count, std::span<const float>(values));
  }
}

Shape with_last(const Shape& shape, std::int64_t size) {
  std::vector<std::int64_t> sizes = shape.sizes();
  sizes.back() = size;
  return Shape(std::move(sizes));
}

// y[n, first + j] = product[n, j] + bias[first + j]
void put_columns(std::span<const float> product, std::int64_t first, std::int64_t count,
                 const Tensor& bias, Tensor& y) {
  const std::int64_t out = y.size(-1);
  const std::span<float> to = y.data();
  const std::span<const float> add = bias.defined() ? bias.data() : std::span<const float>();
  for (std::int64_t n = 0; n < y.numel() / out; ++n) {
    for (std::int64_t j = 0; j < count; ++j) {
      const auto at = static_cast<std::size_t>(n * out + first + j);
      to[at] = product[static_cast<std::size_t>(n * count + j)];
      if (!add.empty()) to[at] += add[static_cast<std::size_t>(first + j)];
    }
  }
}

// grad [..., out] · Ŵ [out, in]
Tensor input_gradient(const Tensor& grad, const QuantizedTensor& weight) {
  const std::int64_t out = weight.rows();
  const std::int64_t n = grad.numel() / out;
  Tensor result(with_last(grad.shape(), weight.columns()));
  for_each_block(weight, [&](std::int64_t first, std::int64_t count, std::span<const float> rows) {
    std::vector<float> part(static_cast<std::size_t>(n * count));
    for (std::int64_t i = 0; i < n; ++i) {
      const auto from = grad.data().subspan(static_cast<std::size_t>(i * out + first),
                                            static_cast<std::size_t>(count));
      std::copy(from.begin(), from.end(), part.begin() + i * count);
    }
    kernels::gemm(Trans::kNo, Trans::kNo, n, weight.columns(), count, part, rows, result.data(),
                  true);
  });
  return result;
}

void add_stored_bytes(const nn::Module& module, std::int64_t& bytes) {
  if (const auto* layer = dynamic_cast<const WeightOnlyLinear*>(&module)) {
    bytes += layer->weight().bytes();
  }
  for (const auto& entry : module.children()) add_stored_bytes(*entry.second, bytes);
}

}  // namespace

WeightOnlyLinear::WeightOnlyLinear(QuantizedTensor weight, const Tensor& bias) {
  require_whole(weight);
  const bool fits = !bias.defined() || bias.shape() == Shape{weight.rows()};
  if (weight.shape.ndim() != 2 || !fits) {
    throw Error(concat("WeightOnlyLinear: weight ", to_string(weight.shape), " and bias ",
                       bias.defined() ? to_string(bias.shape()) : "none",
                       "; expected [out, in] and [out]"));
  }
  weight_ = std::make_shared<const QuantizedTensor>(std::move(weight));
  if (bias.defined()) bias_ = register_buffer("bias", bias.clone());
}

Tensor WeightOnlyLinear::forward(const Tensor& x) {
  if (x.ndim() < 1 || x.size(-1) != in_features()) {
    throw Error(concat("WeightOnlyLinear: input ", to_string(x.shape()), ", expected [..., ",
                       in_features(), "]"));
  }
  Tensor y(with_last(x.shape(), out_features()));
  const std::int64_t n = x.numel() / in_features();
  std::vector<float> product(static_cast<std::size_t>(n * std::min(kRows, out_features())));
  for_each_block(
      *weight_, [&](std::int64_t first, std::int64_t count, std::span<const float> rows) {
        const auto part = std::span(product).first(static_cast<std::size_t>(n * count));
        kernels::gemm(Trans::kNo, Trans::kYes, n, count, in_features(), x.data(), rows, part);
        put_columns(part, first, count, bias_, y);
      });
  return autograd::record(
      "weight_only_linear", y, {x},
      [weight = weight_](const Tensor& grad) { return std::vector{input_gradient(grad, *weight)}; },
      {});
}

std::string WeightOnlyLinear::describe() const {
  return concat("WeightOnlyLinear(", in_features(), ", ", out_features(), ", ",
                quantization::describe(weight_->scheme), bias_.defined() ? ")" : ", bias=False)");
}

std::vector<std::string> weight_only(nn::Module& model, const WeightScheme& scheme,
                                     const nn::LinearFilter& chosen) {
  return nn::replace_linears(model, chosen, [&](const nn::Linear& linear) {
    return std::make_shared<WeightOnlyLinear>(quantize_tensor(linear.weight(), scheme),
                                              linear.bias());
  });
}

std::int64_t stored_bytes(const nn::Module& model) {
  std::int64_t bytes = 0;
  for (const nn::NamedTensor& entry : model.state_dict()) bytes += 4 * entry.second.numel();
  add_stored_bytes(model, bytes);
  return bytes;
}

}  // namespace tinytorch::quantization
