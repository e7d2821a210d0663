// Part 9 of module 15: even out the weights, take off the shift.
#include "tinytorch/quantization/qat/repair.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

// BEGIN SOLUTION 15.30 helper
namespace {

// Columns a row has. Refuses what is no layer.
std::size_t row_length(const LayerView& layer) {
  const std::size_t out = layer.bias.size();
  if (out == 0 || layer.weight.size() % out != 0) {
    throw Error(concat("equalization: ", layer.weight.size(), " weights do not divide into ", out,
                       " rows, one for each bias"));
  }
  const std::size_t length = layer.weight.size() / out;
  const auto columns = static_cast<std::size_t>(std::max(layer.columns_per_input, std::int64_t{0}));
  if (!layer.depthwise && (columns == 0 || length % columns != 0)) {
    throw Error(concat("equalization: rows of ", length, " weights do not divide into ",
                       layer.columns_per_input, " columns for each input"));
  }
  for (std::size_t i = 0; i < layer.weight.size(); ++i) {
    if (!std::isfinite(layer.weight[i])) {
      throw Error(concat("equalization: weight ", i, " is ", layer.weight[i]));
    }
  }
  return length;
}

// Zeros aside, what equalizes two ranges must be a normal float.
void check_ranges(std::span<const float> r1, std::span<const float> r2) {
  for (std::size_t c = 0; c < r1.size(); ++c) {
    for (const float range : {r1[c], r2[c]}) {
      if (!(range >= 0.0f) || !std::isfinite(range)) {
        throw Error(concat("equalizing_scales: channel ", c, " has the range ", range));
      }
    }
    const double apart = double{r1[c]} / double{r2[c]};
    if (double{r1[c]} * double{r2[c]} > 0.0 && !(apart >= kMinApart && apart <= kMaxApart)) {
      throw Error(concat("equalizing_scales: channel ", c, " ranges to ", r1[c], " before and ",
                         r2[c], " behind, too far apart; set the smaller weights to 0"));
    }
  }
}

}  // namespace
// END SOLUTION 15.30

// TASK 15.30
std::vector<float> output_ranges(const LayerView& layer) {
  // Row o is the run of weight.size() / bias.size() values that starts at o times that length.
  // Try it by hand first: {1, -8, 0.5, 0.25} with two biases → {8, 0.5}.
  // BEGIN SOLUTION 15.30
  const std::size_t length = row_length(layer);
  std::vector<float> ranges(layer.bias.size());
  for (std::size_t i = 0; i < layer.weight.size(); ++i) {
    ranges[i / length] = std::max(ranges[i / length], std::abs(layer.weight[i]));
  }
  return ranges;
  // END SOLUTION 15.30
}

std::vector<float> input_ranges(const LayerView& layer) {
  // The same maximum, taken over columns: which input channel does weight i read?
  // Try it by hand first: rows {1, -8} and {0.5, 0.25} → {1, 8}; with columns_per_input 2 → {8}.
  // BEGIN SOLUTION 15.30
  const std::size_t length = row_length(layer);
  if (layer.depthwise) return output_ranges(layer);
  const auto columns = static_cast<std::size_t>(layer.columns_per_input);
  std::vector<float> ranges(length / columns);
  for (std::size_t i = 0; i < layer.weight.size(); ++i) {
    float& range = ranges[i % length / columns];
    range = std::max(range, std::abs(layer.weight[i]));
  }
  return ranges;
  // END SOLUTION 15.30
}

std::vector<float> equalizing_scales(std::span<const float> r1, std::span<const float> r2) {
  // Try it by hand first: r1 = 8, r2 = 0.5 → 4. Then 8 / 4 = 2 and 0.5 · 4 = 2: they meet.
  // BEGIN SOLUTION 15.30
  if (r1.size() != r2.size()) {
    throw Error(
        concat("equalizing_scales: ", r1.size(), " channels come out, ", r2.size(), " go in"));
  }
  check_ranges(r1, r2);
  std::vector<float> scales(r1.size(), 1.0f);
  for (std::size_t c = 0; c < scales.size(); ++c) {
    if (r1[c] == 0.0f || r2[c] == 0.0f) continue;
    const double out = r1[c];
    const double in = r2[c];
    scales[c] = static_cast<float>(std::sqrt(out * in) / in);
  }
  return scales;
  // END SOLUTION 15.30
}

// TASK 15.31
std::vector<float> equalize_pair(const LayerView& first, const LayerView& second, Between between) {
  // Refuse first: kRelu6, other numbers of channels (equalizing_scales compares them), a bias that
  // the division takes out of float. Then three loops: weights and biases of `first` are divided,
  // the weights of `second` multiplied.
  // Try it by hand first: y = 0.5 · relu(8·x + 4), s = 4 → y = 2 · relu(2·x + 1).
  // BEGIN SOLUTION 15.31
  if (between == Between::kRelu6) {
    throw Error(
        "equalize_pair: relu6 stands between the layers, and min(x, 6) does not scale; put "
        "a relu in its place or leave the pair alone");
  }
  const std::vector<float> scales = equalizing_scales(output_ranges(first), input_ranges(second));
  for (std::size_t c = 0; c < scales.size(); ++c) {
    if (!std::isfinite(first.bias[c] / scales[c])) {
      throw Error(concat("equalize_pair: bias ", first.bias[c], " of channel ", c, " divided by ",
                         scales[c], " leaves the range of float"));
    }
  }
  const std::size_t row = first.weight.size() / first.bias.size();
  for (std::size_t i = 0; i < first.weight.size(); ++i) first.weight[i] /= scales[i / row];
  for (std::size_t c = 0; c < scales.size(); ++c) first.bias[c] /= scales[c];
  const std::size_t length = second.weight.size() / second.bias.size();
  const auto columns = static_cast<std::size_t>(second.columns_per_input);
  for (std::size_t i = 0; i < second.weight.size(); ++i) {
    second.weight[i] *= scales[second.depthwise ? i / length : i % length / columns];
  }
  return scales;
  // END SOLUTION 15.31
}

// TASK 15.32
void correct_bias(std::span<float> bias, std::span<const float> reference,
                  std::span<const float> quantized) {
  // One sum for each channel, in double, of reference minus quantized; value i belongs to channel
  // i % bias.size(). Make all the new biases before you store the first.
  // Try it by hand first: outputs 1.0, 1.2 became 0.8, 0.8: the mean fell by 0.3, the bias rises
  // by 0.3.
  // BEGIN SOLUTION 15.32
  if (bias.empty() || reference.empty() || reference.size() != quantized.size() ||
      reference.size() % bias.size() != 0) {
    throw Error(concat("correct_bias: ", reference.size(), " reference and ", quantized.size(),
                       " quantized outputs are not rows of ", bias.size()));
  }
  std::vector<double> shift(bias.size());
  for (std::size_t i = 0; i < reference.size(); ++i) {
    shift[i % bias.size()] += double{reference[i]} - double{quantized[i]};
  }
  const std::size_t rows = reference.size() / bias.size();
  std::vector<float> corrected(bias.size());
  for (std::size_t c = 0; c < bias.size(); ++c) {
    corrected[c] = static_cast<float>(double{bias[c]} + shift[c] / static_cast<double>(rows));
    if (!std::isfinite(corrected[c])) {
      throw Error(concat("correct_bias: channel ", c, " would get the bias ", corrected[c],
                         "; look for NaN or infinity in the outputs"));
    }
  }
  std::copy(corrected.begin(), corrected.end(), bias.begin());
  // END SOLUTION 15.32
}

}  // namespace tinytorch::quantization
