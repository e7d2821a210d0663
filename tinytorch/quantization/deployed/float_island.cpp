#include "tinytorch/quantization/deployed/float_island.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/layer_norm.h"
#include "tinytorch/kernels/softmax.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/image_sizes.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::quantization {
namespace {

void require_finite(const char* what, std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw Error(concat("float island: ", what, " ", i, " is ", values[i], ", expected finite"));
  }
}

// Values along dimension `dim` and all behind it.
std::int64_t from_dim(const CodeExtent& extent, std::int64_t dim) {
  std::int64_t count = dim <= 1 ? extent.channels : 1;
  if (dim <= 2) count *= extent.height;
  return dim <= 3 ? count * extent.width : count;
}

std::vector<float> normalized(const IslandSettings& s, std::span<const float> x,
                              std::int64_t size) {
  const std::size_t rows = x.size() / static_cast<std::size_t>(size);
  std::vector<float> mean(rows);
  std::vector<float> inverse_std(rows);
  kernels::row_statistics(x, size, s.epsilon, mean, inverse_std);
  std::vector<float> out(x.size());
  kernels::layer_norm(x, size, mean, inverse_std, s.weight, s.bias, out);
  return out;
}

}  // namespace

FloatIsland::FloatIsland(IslandSettings settings, QParams input, QParams output, QRange range)
    : settings_(std::move(settings)), input_(input), output_(output), range_(range) {
  require_qparams("float island: the input", input);
  require_qparams("float island: the output", output);
  require_codes("float island", range);
  if (settings_.dim < 1 || settings_.dim > 3) {
    throw Error(concat("float island: dimension ", settings_.dim, "; expected 1 to 3"));
  }
  if (!std::isfinite(settings_.epsilon) || settings_.epsilon < 0.0f) {
    throw Error(concat("float island: epsilon ", settings_.epsilon));
  }
  require_finite("weight", settings_.weight);
  require_finite("bias", settings_.bias);
}

void FloatIsland::require_fits(const CodeExtent& extent) const {
  if (settings_.kind == IslandKind::kSoftmax) return;
  const auto size = static_cast<std::size_t>(from_dim(extent, settings_.dim));
  for (const std::vector<float>* values : {&settings_.weight, &settings_.bias}) {
    if (values->empty() || values->size() == size) continue;
    throw Error(
        concat("normalizes rows of ", size, " values; weight and bias have ", values->size()));
  }
}

void FloatIsland::forward(std::span<const std::int8_t> x, const CodeExtent& extent,
                          std::int64_t batch, std::span<std::int8_t> y) const {
  require_count("float island", "the input", x.size(), batch * extent.codes());
  require_count("float island", "the result", y.size(), batch * extent.codes());
  require_fits(extent);
  // In the float model's order, so that sums run as they do there.
  const std::int64_t places = extent.height * extent.width;
  const std::vector<std::int8_t> codes = to_channels_first<std::int8_t>(x, extent.channels, places);
  std::vector<float> values(codes.size());
  dequantize(codes, input_, values);
  if (settings_.kind == IslandKind::kLayerNorm) {
    values = normalized(settings_, values, from_dim(extent, settings_.dim));
  } else {
    const std::int64_t inner = from_dim(extent, settings_.dim + 1);
    const std::int64_t size = from_dim(extent, settings_.dim) / inner;
    kernels::softmax(
        values, {static_cast<std::int64_t>(values.size()) / (size * inner), size, inner}, values);
  }
  std::vector<std::int8_t> result(values.size());
  quantize(values, output_, range_, result);
  result = to_channels_last<std::int8_t>(result, extent.channels, places);
  std::copy(result.begin(), result.end(), y.begin());
}

}  // namespace tinytorch::quantization
