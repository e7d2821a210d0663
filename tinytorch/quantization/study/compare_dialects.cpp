#include "tinytorch/quantization/study/compare_dialects.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

// Sums that reach from a little below the lowest code to a little above the highest.
std::vector<std::int32_t> draw_sums(const DialectSetting& setting, Rng& rng) {
  const auto reach = static_cast<std::int64_t>(140.0f / setting.multiplier);
  std::vector<std::int32_t> acc(static_cast<std::size_t>(setting.rows * setting.channels));
  for (std::int32_t& sum : acc) {
    const auto draw =
        static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(2 * reach + 1)));
    sum = static_cast<std::int32_t>(draw - reach);
  }
  return acc;
}

double rms(std::span<const float> values) {
  double sum = 0.0;
  for (const float value : values) sum += double{value} * double{value};
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double relative_error(std::span<const float> w, const GolfTensor& stored) {
  std::vector<float> error(w.size());
  golf_restore(stored, error);
  for (std::size_t i = 0; i < w.size(); ++i) error[i] -= w[i];
  return rms(error) / rms(w);
}

}  // namespace

DialectDifference compare_dialects(const DialectSetting& setting) {
  if (setting.rows <= 0 || setting.channels <= 0 || !(setting.multiplier >= 1e-6f) ||
      std::isinf(setting.multiplier)) {
    throw Error(concat("compare_dialects: ", setting.rows, " rows, ", setting.channels,
                       " channels, multiplier ", setting.multiplier, "; all must be positive, ",
                       "the multiplier finite and at least 1e-6"));
  }
  Rng rng(setting.seed);
  const float input_scale = setting.power_of_two ? 0.25f : rng.uniform(0.005f, 0.05f);
  const float output_scale = setting.power_of_two ? 0.5f : rng.uniform(0.01f, 0.1f);
  std::vector<float> weight_scales(static_cast<std::size_t>(setting.channels));
  for (float& scale : weight_scales) {
    const float spread = setting.power_of_two ? 1.0f : rng.uniform(0.7f, 1.4f);
    scale = setting.multiplier * output_scale / input_scale * spread;
  }
  const std::vector<std::int32_t> acc = draw_sums(setting, rng);
  const auto zero_point = static_cast<std::int32_t>(rng.below(21)) - 10;

  std::vector<std::int8_t> ort(acc.size());
  std::vector<std::int8_t> tflite(acc.size());
  requantize(acc, requantize_multipliers(input_scale, weight_scales, output_scale), zero_point,
             full_range(8), ort);
  requantize_tflite(acc, tflite_multipliers(input_scale, weight_scales, output_scale), zero_point,
                    full_range(8), tflite);
  DialectDifference found{.outputs = static_cast<std::int64_t>(acc.size())};
  for (std::size_t i = 0; i < acc.size(); ++i) {
    const std::int32_t apart = std::abs(std::int32_t{ort[i]} - std::int32_t{tflite[i]});
    if (apart != 0) ++found.differing;
    found.largest = std::max(found.largest, apart);
  }
  return found;
}

double golf_levels_used(const GolfTensor& stored) {
  if (stored.scales.empty()) return 0.0;
  const std::size_t columns = stored.codes.size() / stored.scales.size();
  double sum = 0.0;
  for (std::size_t r = 0; r < stored.scales.size(); ++r) {
    std::int32_t largest = 0;
    for (const std::int8_t code : std::span(stored.codes).subspan(r * columns, columns)) {
      largest = std::max(largest, std::abs(std::int32_t{code}));
    }
    sum += largest;
  }
  return sum / static_cast<double>(stored.scales.size());
}

namespace {

double share_differing(const GolfTensor& stored, std::span<const std::int8_t> codes) {
  std::int64_t differing = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) differing += stored.codes[i] != codes[i] ? 1 : 0;
  return static_cast<double>(differing) / static_cast<double>(codes.size());
}

}  // namespace

GolfComparison compare_golf_modes(std::int64_t rows, std::int64_t columns, float stddev, int bits,
                                  std::uint64_t seed) {
  if (rows < 1 || columns < 1 || !(stddev > 0.0f) || std::isinf(stddev)) {
    throw Error(concat("compare_golf_modes: ", rows, " rows of ", columns, " with deviation ",
                       stddev, "; all must be positive"));
  }
  Rng rng(seed);
  std::vector<float> w(static_cast<std::size_t>(rows * columns));
  for (float& value : w) value = rng.normal(0.0f, stddev);
  const GolfTensor faithful = golf_quantize_rows(w, rows, {bits, GolfMode::kFaithful});
  const GolfTensor fixed = golf_quantize_rows(w, rows, {bits, GolfMode::kFixed});
  std::vector<std::int8_t> ort(w.size());
  quantize_per_channel(w, channel_scales(w, rows, bits), bits, ort);
  return {golf_levels_used(faithful), golf_levels_used(fixed),        relative_error(w, faithful),
          relative_error(w, fixed),   share_differing(faithful, ort), share_differing(fixed, ort)};
}

}  // namespace tinytorch::quantization
