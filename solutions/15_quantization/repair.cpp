// Part 9 of module 15: even out the weights, take off the shift.
#include "tinytorch/quantization/qat/repair.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/qat/detail/repair_guards.h"

namespace tinytorch::quantization {

// TASK 15.30
std::vector<float> output_ranges(const LayerView& layer) {
  // Row o is the run of weight.size() / bias.size() values that starts at o times that length.
  // Try it by hand first: {1, -8, 0.5, 0.25} with two biases → {8, 0.5}.
  require_layer("output_ranges", layer);
  // BEGIN SOLUTION 15.30
  const std::size_t length = layer.weight.size() / layer.bias.size();
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
  require_layer("input_ranges", layer);
  // BEGIN SOLUTION 15.30
  if (layer.depthwise) return output_ranges(layer);
  const std::size_t length = layer.weight.size() / layer.bias.size();
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
  // √(r1 · r2) / r2 in double, and 1 where either is 0.
  // Try it by hand first: r1 = 8, r2 = 0.5 → 4. Then 8 / 4 = 2 and 0.5 · 4 = 2: they meet.
  require_ranges("equalizing_scales", r1, r2);
  // BEGIN SOLUTION 15.30
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
  // kRelu6 is an Error. require_quotients() finds a bias that would overflow: call it before you
  // change anything. Then three loops: weights and biases of `first` are divided, the weights of
  // `second` multiplied.
  // Try it by hand first: y = 0.5 · relu(8·x + 4), s = 4 → y = 2 · relu(2·x + 1).
  // BEGIN SOLUTION 15.31
  if (between == Between::kRelu6) {
    throw Error(
        "equalize_pair: relu6 stands between the layers, and min(x, 6) does not scale; put "
        "a relu in its place or leave the pair alone");
  }
  const std::vector<float> scales = equalizing_scales(output_ranges(first), input_ranges(second));
  require_quotients("equalize_pair", first.bias, scales);
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
  // i % bias.size(). Make all the new biases, require_finite() them, and only then store them.
  // Try it by hand first: outputs 1.0, 1.2 became 0.8, 0.8: the mean fell by 0.3, the bias rises
  // by 0.3.
  require_outputs("correct_bias", reference, quantized, bias.size());
  // BEGIN SOLUTION 15.32
  std::vector<double> shift(bias.size());
  for (std::size_t i = 0; i < reference.size(); ++i) {
    shift[i % bias.size()] += double{reference[i]} - double{quantized[i]};
  }
  const std::size_t rows = reference.size() / bias.size();
  std::vector<float> corrected(bias.size());
  for (std::size_t c = 0; c < bias.size(); ++c) {
    corrected[c] = static_cast<float>(double{bias[c]} + shift[c] / static_cast<double>(rows));
  }
  require_finite("correct_bias", "bias", corrected);
  std::copy(corrected.begin(), corrected.end(), bias.begin());
  // END SOLUTION 15.32
}

}  // namespace tinytorch::quantization
