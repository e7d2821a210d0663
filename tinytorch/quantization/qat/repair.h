#pragma once
// Repair after training: even out the weights before they are rounded, correct the shift
// afterwards. You write this part: repair.cpp (quantization module).
//
// Everything works on matrices, so that it serves linear layers and convolutions alike: a weight is
// [out, columns], an output [rows, out] (for a convolution one row a pixel).
// Source: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
// 2019.

#include <cstdint>
#include <span>
#include <vector>

namespace tinytorch::quantization {

// A layer as equalization sees it. Row o of `weight` makes output channel o = 0, …, bias.size()
// - 1.
//   Linear                  [out, in]           columns_per_input 1
//   Linear behind a Flatten [out, in · h · w]   columns_per_input h · w
//   Conv2d                  [out, in · kh · kw] columns_per_input kh · kw
//   depthwise Conv2d        [out, kh · kw]      depthwise: row c reads input channel c alone
struct LayerView {
  std::span<float> weight;
  std::span<float> bias;
  std::int64_t columns_per_input = 1;  // not read when depthwise
  bool depthwise = false;
};

// What stands between two layers. ReLU(s·x) = s·ReLU(x) for s > 0; ReLU6 has no such law.
enum class Between { kNothing, kRelu, kRelu6 };

// Task: The largest magnitude in each row: [out]. The bias does not count.
std::vector<float> output_ranges(const LayerView& layer);

// Task: The largest magnitude among all weights that read input channel c, over every row:
//     r[c] = max_{o, k} |weight[o, c · columns_per_input + k]|        [in]
// A depthwise layer's are its output_ranges. Both throw Error (given) unless there is a bias for
// each row, columns_per_input divides a row, and weights are finite.
std::vector<float> input_ranges(const LayerView& layer);

// Task: s[c] = √(r1[c] · r2[c]) / r2[c], in double, rounded once to float; 1 where r1[c] or
// r2[c] is 0, since there is nothing to even out.
// Example: r1 = 8, r2 = 0.5 → √4 / 0.5 = 4. Throws Error (given) unless the sizes are equal, ranges
// finite and not negative, and r1[c] / r2[c] (neither 0) from kMinApart to kMaxApart: beyond, s is
// not a normal float.
inline constexpr double kMinApart = 1e-75;
inline constexpr double kMaxApart = 1e75;
std::vector<float> equalizing_scales(std::span<const float> r1, std::span<const float> r2);

// Task: Moves size from one layer to the next until channel c has the same range in both: with s
// from equalizing_scales, r1 the output_ranges of `first` and r2 the input_ranges of `second`,
//     first.weight[c, :] /= s[c],  first.bias[c] /= s[c],  second's weights that read c *= s[c]
// and r1[c] = r2[c] = √(r1·r2) afterwards. In real numbers the network computes what it did before.
// Returns s. Throws Error, with nothing changed, for kRelu6 (min(x, 6) does not scale; Nagel et al.
// put a ReLU in its place first), when a bias divided by s is not finite (require_quotients()), and
// what equalizing_scales throws.
std::vector<float> equalize_pair(const LayerView& first, const LayerView& second, Between between);

// Task: Rounded weights shift the mean output of a layer, and every later layer receives that
// shift. So correct it where it arises, in place:
//     bias[c] += mean over n of reference[n, c] - mean over n of quantized[n, c]
// with both [n, bias.size()], outputs of the float and of the quantized layer before the activation
// (for a convolution one row a pixel), the means in double. Throws Error, with nothing changed,
// when a new bias is not finite (require_finite()). Throws Error (given) unless both outputs hold
// as many whole rows, at least one.
void correct_bias(std::span<float> bias, std::span<const float> reference,
                  std::span<const float> quantized);

}  // namespace tinytorch::quantization
