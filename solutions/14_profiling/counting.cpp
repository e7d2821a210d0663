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
  // BEGIN SOLUTION 14.1
  const std::int64_t biases = bias ? 1 : 0;
  const std::int64_t values = rows * in + in * out + biases * out + rows * out;
  return {rows * out * (2 * in + biases), kFloatBytes * values};
  // END SOLUTION 14.1
}

// TASK 14.2
Cost conv2d_cost(const kernels::ConvSizes& sizes, bool bias) {
  require_conv_sizes("conv2d_cost", sizes);
  // Two counts, output values and taps an output value, and everything else follows from them.
  // `sizes` holds the output's height and width already.
  // Try it by hand first: [1, 3, 4, 4], 2 filters of 3 × 3, padding 1: 32 outputs of 27 taps.
  // BEGIN SOLUTION 14.2
  const std::int64_t inputs = sizes.batch * sizes.in_channels * sizes.in_height * sizes.in_width;
  const std::int64_t outputs =
      sizes.batch * sizes.out_channels * sizes.out_height * sizes.out_width;
  const std::int64_t taps =
      sizes.in_channels / sizes.groups * sizes.kernel_height * sizes.kernel_width;
  const std::int64_t biases = bias ? 1 : 0;
  const std::int64_t weights = sizes.out_channels * (taps + biases);
  return {outputs * (2 * taps + biases), kFloatBytes * (inputs + weights + outputs)};
  // END SOLUTION 14.2
}

// TASK 14.3
Cost pointwise_cost(std::int64_t values, std::int64_t flops_per_value, std::int64_t parameters) {
  require_counts("pointwise_cost", 0,
                 {{"values", values}, {"FLOPs", flops_per_value}, {"parameters", parameters}});
  (void)checked_count("pointwise_cost", {parameters});
  (void)checked_count("pointwise_cost", {values, std::max<std::int64_t>(flops_per_value, 1)});
  // Every value is read, every result written: that is two for each value.
  // Try it by hand first: a ReLU on 10 values: 10 FLOPs, 80 bytes.
  // BEGIN SOLUTION 14.3
  return {values * flops_per_value, kFloatBytes * (2 * values + parameters)};
  // END SOLUTION 14.3
}

Cost pool_cost(std::int64_t inputs, std::int64_t outputs, std::int64_t window, PoolKind kind) {
  require_counts("pool_cost", 1, {{"inputs", inputs}, {"outputs", outputs}, {"window", window}});
  (void)checked_count("pool_cost", {inputs});
  (void)checked_count("pool_cost", {outputs, window});
  // How many comparisons does it take to find the largest of four values?
  // Try it by hand first: 16 values, windows of 4, side by side: largest 4·3 FLOPs, average 4·4.
  // BEGIN SOLUTION 14.3
  const std::int64_t each = kind == PoolKind::kMax ? window - 1 : window;
  return {outputs * each, kFloatBytes * (inputs + outputs)};
  // END SOLUTION 14.3
}

// BEGIN SOLUTION 14.4 helper
namespace {

// Appends the layers of `module`; `shape` goes in as its input's and comes out as its output's.
void walk_into(nn::Module& module, const std::string& name, Shape& shape,
               std::vector<Layer>& layers) {
  if (dynamic_cast<nn::Sequential*>(&module) == nullptr) {
    layers.push_back(leaf_layer(module, name, shape));
    shape = layers.back().output;
    return;
  }
  for (const auto& [child_name, child] : module.children()) {
    walk_into(*child, name.empty() ? child_name : name + "." + child_name, shape, layers);
  }
}

}  // namespace
// END SOLUTION 14.4

// TASK 14.4
std::vector<Layer> walk_model(nn::Module& model, const Shape& input) {
  // A function that calls itself: on a Sequential it visits the children in order, on anything else
  // it asks leaf_layer(). What has to travel along is the name so far and the shape so far.
  // dynamic_cast<nn::Sequential*>(&module) is null for what is no Sequential; children() gives
  // pairs of a name and a shared_ptr.
  // Try it by hand first: Sequential(Linear, Sequential(ReLU, Linear)): layers "0", "1.0", "1.1".
  // BEGIN SOLUTION 14.4
  std::vector<Layer> layers;
  Shape shape = input;
  walk_into(model, "", shape, layers);
  return layers;
  // END SOLUTION 14.4
}

}  // namespace tinytorch::profiling
