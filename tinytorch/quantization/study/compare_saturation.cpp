#include "tinytorch/quantization/study/compare_saturation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/study/saturation.h"

namespace tinytorch::quantization {
namespace {

void require_setting(const SaturationSetting& s) {
  const bool sizes = s.rows > 0 && s.in > 0 && s.out > 0;
  const bool share = s.white >= 0.0f && s.white <= 1.0f;
  const QRange w = s.weights;
  if (sizes && share && w.qmin == -w.qmax && w.qmax >= 1 && w.qmax <= 127) return;
  throw Error(concat("compare_saturation: ", s.rows, " rows, ", s.in, " inputs, ", s.out,
                     " outputs, white ", s.white, ", weights ", w.qmin, " to ", w.qmax,
                     "; sizes must be positive, white 0 to 1, weights -q to q"));
}

struct Layer {
  std::vector<float> x;
  std::vector<float> weight;
  std::vector<std::int8_t> x_codes;
  std::vector<std::int8_t> weight_codes;
  QParams input;
  std::vector<float> scales;  // of the weight, [out]
};

Layer draw_layer(const SaturationSetting& s) {
  Rng rng(s.seed);
  Layer layer;
  layer.x.resize(static_cast<std::size_t>(s.rows * s.in));
  layer.weight.resize(static_cast<std::size_t>(s.out * s.in));
  for (float& value : layer.x) {
    const bool white = rng.uniform(0.0f, 1.0f) < s.white;
    value = white ? 1.0f : std::min(std::abs(rng.normal(0.0f, 1.0f)), 4.0f) / 4.0f;
  }
  for (float& value : layer.weight) value = rng.normal(0.0f, 0.05f);
  layer.x_codes.resize(layer.x.size());
  layer.weight_codes.resize(layer.weight.size());
  layer.input = {1.0f / 255.0f, -128};
  quantize(layer.x, layer.input, full_range(8), layer.x_codes);
  const auto in = static_cast<std::size_t>(s.in);
  for (std::size_t from = 0; from < layer.weight.size(); from += in) {
    const auto row = std::span<const float>(layer.weight).subspan(from, in);
    float largest = 0.0f;
    for (const float w : row) largest = std::max(largest, std::abs(w));
    layer.scales.push_back(largest / static_cast<float>(s.weights.qmax));
    quantize(row, {layer.scales.back(), 0}, s.weights,
             std::span<std::int8_t>(layer.weight_codes).subspan(from, in));
  }
  return layer;
}

// [rows, out], summed in double.
std::vector<float> float_outputs(const Layer& layer, std::size_t in) {
  std::vector<float> y;
  for (std::size_t n = 0; n < layer.x.size(); n += in) {
    for (std::size_t o = 0; o < layer.weight.size(); o += in) {
      double sum = 0.0;
      for (std::size_t k = 0; k < in; ++k) sum += double{layer.x[n + k]} * layer.weight[o + k];
      y.push_back(static_cast<float>(sum));
    }
  }
  return y;
}

std::vector<float> real_values(const Layer& layer, const std::vector<std::int32_t>& acc) {
  std::vector<float> y(acc.size());
  for (std::size_t i = 0; i < acc.size(); ++i) {
    y[i] = static_cast<float>(acc[i]) * (layer.input.scale * layer.scales[i % layer.scales.size()]);
  }
  return y;
}

}  // namespace

SaturationCost compare_saturation(const SaturationSetting& setting) {
  require_setting(setting);
  const Layer layer = draw_layer(setting);
  const std::vector<std::int32_t> none(layer.scales.size());
  const auto bias = fold_input_zero_point(layer.weight_codes, none, layer.input.zero_point);
  std::vector<std::int32_t> exact(static_cast<std::size_t>(setting.rows * setting.out));
  std::vector<std::int32_t> saturating(exact.size());
  linear_int32(layer.x_codes, layer.weight_codes, bias, exact);
  const SaturationCount count =
      saturating_linear_int32(layer.x_codes, layer.weight_codes, bias, saturating);
  SaturationCost cost{.pairs = count.pairs,
                      .saturated = count.saturated,
                      .sums = static_cast<std::int64_t>(exact.size())};
  for (std::size_t i = 0; i < exact.size(); ++i) cost.wrong += exact[i] != saturating[i];
  const std::vector<float> real = float_outputs(layer, static_cast<std::size_t>(setting.in));
  cost.exact_db = sqnr_db(real, real_values(layer, exact));
  cost.saturating_db = sqnr_db(real, real_values(layer, saturating));
  return cost;
}

}  // namespace tinytorch::quantization
