// Part 14 of module 15: where quantization hurts.
#include "tinytorch/quantization/study/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch::quantization {

// TASK 15.46
Diagnosis diagnose(std::span<const float> x, QParams params, QRange range) {
  // quantize, dequantize and ste_mask do the quantizing; what is left is to compare and to count.
  // Try it by hand first: the header's example.
  throw tinytorch::not_implemented("15.46");
}

// TASK 15.47
std::vector<std::vector<double>> leave_one_out(std::size_t layers, std::span<const int> widths,
                                               const LossAt& loss) {
  // One run with every layer at widths[0] is what all others are compared with. Put a layer back
  // before you narrow the next one.
  throw tinytorch::not_implemented("15.47");
}

// TASK 15.48
std::vector<int> allocate_bits(const std::vector<std::vector<double>>& cost,
                               std::span<const std::int64_t> sizes, std::span<const int> widths,
                               std::int64_t budget) {
  // Layer after layer, keep a list of choices: bits, cost, and how to find the widths again. Drop
  // what can no longer stay within the budget and what another entry beats, or it doubles and
  // doubles. At the end walk back from the cheapest entry.
  // Try it by hand first: the header's example.
  throw tinytorch::not_implemented("15.48");
}

// TASK 15.49
std::optional<Divergence> first_divergence(std::span<const LayerTrace> layers) {
  // Two nested loops and the first pair that differs. Why it differs is decided in the header's
  // order: a wrapped sum explains everything after it, and on two grids no position can be shared.
  // Try it by hand first: sum 25, multiplier 0.1, zero-point 0, codes 2 and 3: position 2.5, a tie.
  throw tinytorch::not_implemented("15.49");
}

}  // namespace tinytorch::quantization
