#pragma once
// Guards (see core/require.h) of a linear layer in integers. Given.
//
// Each throws Error naming `operation`, the condition and the values.

#include <cstdint>
#include <span>
#include <string_view>

namespace tinytorch::quantization {

// The numbers of elements of x [rows, in], weight [out, in], bias [out] and acc [rows, out] fit
// together; in and out are positive.
void require_linear_sizes(std::string_view operation, std::size_t x, std::size_t weight,
                          std::size_t bias, std::size_t acc);

// `weights` is out · in, both positive.
void require_weight_matrix(std::string_view operation, std::size_t weights, std::int64_t out,
                           std::int64_t in);

// `sums` are whole rows of `out` each, out >= 1; no row at all is fine.
void require_whole_rows(std::string_view operation, std::size_t sums, std::size_t out);

// What an int32 step of each channel is worth, float(input_scale · weight_scales[o]), is positive
// and finite: the product of two scales may underflow.
void require_steps(std::string_view operation, float input_scale,
                   std::span<const float> weight_scales);

// Each multiplier is finite and at least 0. One that underflowed to 0 is right: no int32 sum times
// it would round to another code than that of 0.0.
void require_multipliers(std::string_view operation, std::span<const float> multipliers);

}  // namespace tinytorch::quantization
