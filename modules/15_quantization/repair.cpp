// Part 9 of module 15: even out the weights, take off the shift.
#include "tinytorch/quantization/qat/repair.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

// TASK 15.30
std::vector<float> output_ranges(const LayerView& layer) {
  // Row o is the run of weight.size() / bias.size() values that starts at o times that length.
  // Try it by hand first: {1, -8, 0.5, 0.25} with two biases → {8, 0.5}.
  throw tinytorch::not_implemented("15.30");
}

std::vector<float> input_ranges(const LayerView& layer) {
  // The same maximum, taken over columns: which input channel does weight i read?
  // Try it by hand first: rows {1, -8} and {0.5, 0.25} → {1, 8}; with columns_per_input 2 → {8}.
  throw tinytorch::not_implemented("15.30");
}

std::vector<float> equalizing_scales(std::span<const float> r1, std::span<const float> r2) {
  // Try it by hand first: r1 = 8, r2 = 0.5 → 4. Then 8 / 4 = 2 and 0.5 · 4 = 2: they meet.
  throw tinytorch::not_implemented("15.30");
}

// TASK 15.31
std::vector<float> equalize_pair(const LayerView& first, const LayerView& second, Between between) {
  // Refuse first: kRelu6, other numbers of channels (equalizing_scales compares them), a bias that
  // the division takes out of float. Then three loops: weights and biases of `first` are divided,
  // the weights of `second` multiplied.
  // Try it by hand first: y = 0.5 · relu(8·x + 4), s = 4 → y = 2 · relu(2·x + 1).
  throw tinytorch::not_implemented("15.31");
}

// TASK 15.32
void correct_bias(std::span<float> bias, std::span<const float> reference,
                  std::span<const float> quantized) {
  // One sum for each channel, in double, of reference minus quantized; value i belongs to channel
  // i % bias.size(). Make all the new biases before you store the first.
  // Try it by hand first: outputs 1.0, 1.2 became 0.8, 0.8: the mean fell by 0.3, the bias rises
  // by 0.3.
  throw tinytorch::not_implemented("15.32");
}

}  // namespace tinytorch::quantization
