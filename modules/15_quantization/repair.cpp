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
  throw tinytorch::not_implemented("15.30");
}

std::vector<float> input_ranges(const LayerView& layer) {
  // The same maximum, taken over columns: which input channel does weight i read?
  // Try it by hand first: rows {1, -8} and {0.5, 0.25} → {1, 8}; with columns_per_input 2 → {8}.
  require_layer("input_ranges", layer);
  throw tinytorch::not_implemented("15.30");
}

std::vector<float> equalizing_scales(std::span<const float> r1, std::span<const float> r2) {
  // √(r1 · r2) / r2 in double, and 1 where either is 0.
  // Try it by hand first: r1 = 8, r2 = 0.5 → 4. Then 8 / 4 = 2 and 0.5 · 4 = 2: they meet.
  require_ranges("equalizing_scales", r1, r2);
  throw tinytorch::not_implemented("15.30");
}

// TASK 15.31
std::vector<float> equalize_pair(const LayerView& first, const LayerView& second, Between between) {
  // kRelu6 is an Error. require_quotients() finds a bias that would overflow: call it before you
  // change anything. Then three loops: weights and biases of `first` are divided, the weights of
  // `second` multiplied.
  // Try it by hand first: y = 0.5 · relu(8·x + 4), s = 4 → y = 2 · relu(2·x + 1).
  throw tinytorch::not_implemented("15.31");
}

// TASK 15.32
void correct_bias(std::span<float> bias, std::span<const float> reference,
                  std::span<const float> quantized) {
  // One sum for each channel, in double, of reference minus quantized; value i belongs to channel
  // i % bias.size(). Make all the new biases, require_finite() them, and only then store them.
  // Try it by hand first: outputs 1.0, 1.2 became 0.8, 0.8: the mean fell by 0.3, the bias rises
  // by 0.3.
  require_outputs("correct_bias", reference, quantized, bias.size());
  throw tinytorch::not_implemented("15.32");
}

}  // namespace tinytorch::quantization
