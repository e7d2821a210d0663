#include "tinytorch/quantization/int8/output_stage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/integer_conv.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {

namespace {

// activation_range(), with the plain ReLU spelt out: the layers of parts 6 and 7 have one before
// part 11 is written.
QRange narrowed(Activation activation, QParams output, QRange range) {
  switch (activation) {
    case Activation::kNone:
      return range;
    case Activation::kRelu:
      return {std::max(range.qmin, output.zero_point), range.qmax};
    case Activation::kRelu6:
      break;
  }
  return activation_range(activation, output, range);
}

// Vector loops over a row want many channels, so that layers with few are given several rows for
// one: channel i of the result is channel i % values.size().
template <typename T>
std::vector<T> repeated(const std::vector<T>& values) {
  constexpr std::size_t kEnough = 256;
  std::vector<T> wide;
  while (!values.empty() && wide.size() < kEnough) {
    wide.insert(wide.end(), values.begin(), values.end());
  }
  return wide;
}

}  // namespace

OutputStage::OutputStage(QParams input, std::vector<float> weight_scales, Activation activation)
    : input_(input), weight_scales_(std::move(weight_scales)), activation_(activation) {
  require_qparams("input of a layer", input);
  if (weight_scales_.empty()) throw Error("OutputStage: 0 channels; a layer has at least one");
  for (std::size_t o = 0; o < weight_scales_.size(); ++o) {
    if (std::isfinite(weight_scales_[o]) && weight_scales_[o] > 0.0f) continue;
    throw Error(concat("weight scale of channel ", o, " must be positive and finite, got ",
                       weight_scales_[o], "; channel_scales() gives such scales"));
  }
}

void OutputStage::set(QParams output, QRange range, Dialect dialect) {
  require_qparams("output of a layer", output);
  require_codes("set_output", range);
  std::vector<float> multipliers;
  std::vector<FixedPoint> fixed;
  if (dialect == Dialect::kOrt) {
    multipliers = requantize_multipliers(input_.scale, weight_scales_, output.scale);
  } else {
    fixed = tflite_multipliers(input_.scale, weight_scales_, output.scale);
  }
  range_ = narrowed(activation_, output, range);
  output_ = output;
  dialect_ = dialect;
  lanes_ = FixedPointLanes(repeated(fixed));
  wide_multipliers_ = repeated(multipliers);
  multipliers_ = std::move(multipliers);
  fixed_multipliers_ = std::move(fixed);
  is_set_ = true;
}

void OutputStage::require_set(std::string_view layer) const {
  if (is_set_) return;
  throw Error(concat(layer, ": the output has no scale yet; calibrate, then call set_output"));
}

void OutputStage::requantize(std::span<const std::int32_t> acc, std::span<std::int8_t> codes,
                             Isa isa) const {
  require_set("requantize_outputs");
  if (acc.size() % weight_scales_.size() != 0 || codes.size() != acc.size()) {
    throw Error(concat("requantize_outputs: ", acc.size(), " sums of ", weight_scales_.size(),
                       " channels, room for ", codes.size(), " codes"));
  }
  if (dialect_ == Dialect::kOrt) {
    const std::size_t many = acc.size() / wide_multipliers_.size() * wide_multipliers_.size();
    quantization::requantize(acc.first(many), wide_multipliers_, output_.zero_point, range_,
                             codes.first(many));
    quantization::requantize(acc.subspan(many), multipliers_, output_.zero_point, range_,
                             codes.subspan(many));
  } else if (isa == Isa::kScalar) {
    requantize_tflite(acc, fixed_multipliers_, output_.zero_point, range_, codes);
  } else {
    requantize_tflite_lanes(acc, lanes_, output_.zero_point, range_, codes, isa);
  }
}

std::vector<float> OutputStage::real_outputs(std::span<const std::int32_t> acc) const {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float least = activation_ == Activation::kNone ? -kInfinity : 0.0f;
  const float most = activation_ == Activation::kRelu6 ? 6.0f : kInfinity;
  std::vector<float> real(acc.size());
  const std::size_t out = weight_scales_.size();
  if (acc.size() % out != 0) {
    throw Error(concat("real_outputs: ", acc.size(), " sums are not rows of ", out, " channels"));
  }
  for (std::size_t row = 0; row < acc.size(); row += out) {
    for (std::size_t o = 0; o < out; ++o) {
      const float step = input_.scale * weight_scales_[o];
      const float value = static_cast<float>(acc[row + o]) * step;
      const float above = value < least ? least : value;
      real[row + o] = above > most ? most : above;
    }
  }
  return real;
}

}  // namespace tinytorch::quantization
