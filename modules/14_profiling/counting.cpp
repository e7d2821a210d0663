// Part 1 of module 14: what a layer costs, counted from its sizes.
#include "tinytorch/profiling/counting.h"

#include <algorithm>

#include "tinytorch/nn/sequential.h"

namespace tinytorch::profiling {

// TASK 14.1
Cost linear_cost(std::int64_t rows, std::int64_t in, std::int64_t out, bool bias) {
  require_counts("linear_cost", 1, {{"rows", rows}, {"inputs", in}, {"outputs", out}});
  (void)checked_count("linear_cost", {rows, in, out});
  // Count one output value: `in` products, `in` additions, and one more with a bias. The weight is
  // read once, however many rows there are.
  // Try it by hand first: 2 rows, 3 → 5 with bias: 10 outputs of 7 FLOPs; 36 values of 4 bytes.
  throw tinytorch::not_implemented("14.1");
}

// TASK 14.2
Cost conv2d_cost(const kernels::ConvSizes& sizes, bool bias) {
  require_conv_sizes("conv2d_cost", sizes);
  // Two counts, output values and taps an output value, and everything else follows from them.
  // `sizes` holds the output's height and width already.
  // Try it by hand first: [1, 3, 4, 4], 2 filters of 3 × 3, padding 1: 32 outputs of 27 taps.
  throw tinytorch::not_implemented("14.2");
}

// TASK 14.3
Cost pointwise_cost(std::int64_t values, std::int64_t flops_per_value, std::int64_t parameters) {
  require_counts("pointwise_cost", 0,
                 {{"values", values}, {"FLOPs", flops_per_value}, {"parameters", parameters}});
  (void)checked_count("pointwise_cost", {parameters});
  (void)checked_count("pointwise_cost", {values, std::max<std::int64_t>(flops_per_value, 1)});
  // Every value is read, every result written: that is two for each value.
  // Try it by hand first: a ReLU on 10 values: 10 FLOPs, 80 bytes.
  throw tinytorch::not_implemented("14.3");
}

Cost pool_cost(std::int64_t inputs, std::int64_t outputs, std::int64_t window, PoolKind kind) {
  require_counts("pool_cost", 1, {{"inputs", inputs}, {"outputs", outputs}, {"window", window}});
  (void)checked_count("pool_cost", {inputs});
  (void)checked_count("pool_cost", {outputs, window});
  // How many comparisons does it take to find the largest of four values?
  // Try it by hand first: 16 values, windows of 4, side by side: largest 4·3 FLOPs, average 4·4.
  throw tinytorch::not_implemented("14.3");
}

// TASK 14.4
std::vector<Layer> walk_model(nn::Module& model, const Shape& input) {
  // A function that calls itself: on a Sequential it visits the children in order, on anything else
  // it asks leaf_layer(). What has to travel along is the name so far and the shape so far.
  // dynamic_cast<nn::Sequential*>(&module) is null for what is no Sequential; children() gives
  // pairs of a name and a shared_ptr.
  // Try it by hand first: Sequential(Linear, Sequential(ReLU, Linear)): layers "0", "1.0", "1.1".
  throw tinytorch::not_implemented("14.4");
}

}  // namespace tinytorch::profiling
