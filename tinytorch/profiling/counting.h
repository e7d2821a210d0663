#pragma once
// What a layer costs, counted from its sizes before anything runs.
// You write this part: counting.cpp (profiling module).
//
// FLOPs are floating-point operations: a multiplication is one, an addition is one, so a
// multiply-add is two, and a comparison, a division or a call of exp counts as one. Bytes are the
// traffic no implementation can avoid: every value the layer needs is read once, every value it
// makes is written once, four bytes each. A real layer moves more (it re-reads what left the
// cache), so FLOPs / bytes is the best intensity it could have.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/kernels/convolution.h"
#include "tinytorch/profiling/layers.h"

namespace tinytorch::profiling {

// One forward pass in eval mode.
struct Cost {
  std::int64_t flops = 0;
  std::int64_t bytes = 0;
  bool operator==(const Cost&) const = default;
};

inline constexpr std::int64_t kFloatBytes = 4;

// More than any machine counts in a lifetime, and so few that a handful of such products, four
// bytes each, still fits in 64 bits.
inline constexpr std::int64_t kMaxCount = std::int64_t{1} << 58;

// Given. The product of `factors`. Throws Error naming `op` and all of them when it is above
// kMaxCount or leaves int64 on the way: sizes were mixed up, and a count that wrapped around would
// pass for a small one.
std::int64_t checked_count(const char* op, std::initializer_list<std::int64_t> factors);

struct NamedCount {
  const char* name;
  std::int64_t value;
};
// Given (counting_guards.cpp). Throws Error naming the first that is below `low`: "linear_cost:
// rows must be at least 1, got 0".
void require_counts(std::string_view op, std::int64_t low,
                    std::initializer_list<NamedCount> counts);

// Given. Throws Error unless every size is at least 1, the groups divide the channels, and the
// counts of conv2d_cost() can be made (checked_count()).
void require_conv_sizes(const char* op, const kernels::ConvSizes& sizes);

// Task: x [rows, in] through a weight [out, in] and, with `bias`, a bias [out].
//   flops = rows · out · (2 · in + (bias ? 1 : 0))
//   bytes = 4 · (rows · in  +  in · out  +  (bias ? out : 0)  +  rows · out)
// Example: 2 rows, 3 → 5, bias: flops 2·5·7 = 70, bytes 4·(6 + 15 + 5 + 10) = 144.
// Given lines refuse sizes below 1, and what checked_count() refuses.
Cost linear_cost(std::int64_t rows, std::int64_t in, std::int64_t out, bool bias);

// Task: A convolution. An output value sees in_channels/groups channels of its group:
//   outputs = batch · out_channels · out_height · out_width
//   taps    = in_channels/groups · kernel_height · kernel_width
//   flops   = outputs · (2 · taps + (bias ? 1 : 0))
//   bytes   = 4 · (input values  +  out_channels · taps  +  (bias ? out_channels : 0)  +  outputs)
// Taps on padding count: the usual kernels multiply those zeros too. Padding is not read, though:
// the input counts in_height · in_width per channel.
// A given line refuses what require_conv_sizes() refuses.
Cost conv2d_cost(const kernels::ConvSizes& sizes, bool bias);

// Task: A layer that makes one value of each value: activations, normalization.
//   flops = values · flops_per_value        bytes = 4 · (2 · values + parameters)
// `parameters` is how many values besides the input it reads: 4 a channel for BatchNorm2d.
// Given lines refuse negative counts, and what checked_count() refuses.
Cost pointwise_cost(std::int64_t values, std::int64_t flops_per_value, std::int64_t parameters);

enum class PoolKind { kMax, kAverage };

// Task: A pooling layer whose windows hold `window` values each.
//   flops = outputs · (window - 1)      largest: the first value is compared with nothing
//   flops = outputs · window            average: window - 1 additions and a division
//   bytes = 4 · (inputs + outputs)
// Given lines refuse counts below 1, and what checked_count() refuses.
Cost pool_cost(std::int64_t inputs, std::int64_t outputs, std::int64_t window, PoolKind kind);

// Task: The layers of a model in the order in which data meets them, for an input of shape
// `input`. A Sequential is not a layer: its children are, at any depth. Each layer's input is the
// output of the one before. Names are those of state_dict() without the parameter's: "0", "2.1";
// a model that is itself one layer has the name "".
// Throws the Error of leaf_layer() for what is neither a Sequential nor a known layer.
std::vector<Layer> walk_model(nn::Module& model, const Shape& input);

// Given. The cost of one layer of walk_model(): calls the functions above. A view costs nothing.
// Throws Error naming a layer whose module is not of the kind it says, or that has none.
Cost layer_cost(const Layer& layer);
// Given. The sum over all layers. Throws Error when it does not fit in 64 bits.
Cost model_cost(const std::vector<Layer>& layers);

}  // namespace tinytorch::profiling
