// Part 11 of module 15: convolutions, sums and pooling in integers.
#include "tinytorch/quantization/int8/integer_conv.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/detail/integer_conv_guards.h"
#include "tinytorch/quantization/int8/image_sizes.h"

namespace tinytorch::quantization {

using kernels::ConvSizes;

namespace {

// Given: a place of the input. Its row and column may lie outside of the image.
struct Place {
  std::int64_t image;
  std::int64_t row;
  std::int64_t column;
  std::int64_t channel;
};

// Given: where the k-th output stands, of [batch, out_height, out_width, out_channels].
[[maybe_unused]] Place output_place(std::size_t k, const ConvSizes& sizes) {
  auto rest = static_cast<std::int64_t>(k);
  Place at{};
  at.channel = rest % sizes.out_channels;
  rest /= sizes.out_channels;
  at.column = rest % sizes.out_width;
  rest /= sizes.out_width;
  at.row = rest % sizes.out_height;
  at.image = rest / sizes.out_height;
  return at;
}

// TASK 15.36
[[maybe_unused]] std::int8_t code_at(std::span<const std::int8_t> x, std::int32_t outside,
                                     const ConvSizes& sizes, Place at) {
  // The code at a place of [N, in_height, in_width, in_channels], or `outside` beyond its borders.
  // Try it by hand first: images of 2 x 2 places and 3 channels; image 1, row 0, column 1,
  // channel 2 → ((1 · 2 + 0) · 2 + 1) · 3 + 2 = 17.
  // BEGIN SOLUTION 15.36
  const bool above_or_below = at.row < 0 || at.row >= sizes.in_height;
  const bool beside = at.column < 0 || at.column >= sizes.in_width;
  if (above_or_below || beside) return static_cast<std::int8_t>(outside);
  const std::int64_t row = at.image * sizes.in_height + at.row;
  const std::int64_t place = row * sizes.in_width + at.column;
  return x[static_cast<std::size_t>(place * sizes.in_channels + at.channel)];
  // END SOLUTION 15.36
}

[[maybe_unused]] std::int32_t window_sum(std::span<const std::int8_t> x, std::int32_t outside,
                                         std::span<const std::int8_t> weight,
                                         const ConvSizes& sizes, Place corner) {
  // The codes of the window whose first place is `corner`, times the weights of one output, which
  // lie in the order of the loops: u, v, then the channels of a group.
  // Try it by hand first: a window of codes (1, 2) and weights (3, 4) → 11.
  // BEGIN SOLUTION 15.36
  std::int32_t sum = 0;
  std::size_t k = 0;
  for (std::int64_t u = 0; u < sizes.kernel_height; ++u) {
    for (std::int64_t v = 0; v < sizes.kernel_width; ++v) {
      for (std::int64_t c = 0; c < sizes.in_channels / sizes.groups; ++c) {
        const Place at{corner.image, corner.row + u, corner.column + v, corner.channel + c};
        sum += std::int32_t{code_at(x, outside, sizes, at)} * std::int32_t{weight[k++]};
      }
    }
  }
  return sum;
  // END SOLUTION 15.36
}

}  // namespace

void conv2d_int32(std::span<const std::int8_t> x, std::int32_t input_zero_point,
                  std::span<const std::int8_t> weight, std::span<const std::int32_t> folded_bias,
                  const kernels::ConvSizes& sizes, std::span<std::int32_t> acc) {
  // For each sum of acc: where does its window begin, which channels does its group have, which
  // weights are its own? The window of output row i begins at row i · stride - padding.
  // Try it by hand first: 4 channels in 2 groups: output 3 of 4 reads channels 2 and 3.
  require_convolution("conv2d_int32", sizes, x.size(), weight.size(), folded_bias.size(),
                      acc.size());
  // BEGIN SOLUTION 15.36
  const auto window = static_cast<std::size_t>(window_count(sizes));
  const std::int64_t in_group = sizes.in_channels / sizes.groups;
  const std::int64_t out_group = sizes.out_channels / sizes.groups;
  for (std::size_t k = 0; k < acc.size(); ++k) {
    const auto [n, i, j, o] = output_place(k, sizes);
    const Place corner{n, i * sizes.stride - sizes.padding, j * sizes.stride - sizes.padding,
                       o / out_group * in_group};
    const auto channel = static_cast<std::size_t>(o);
    const auto kernel = weight.subspan(channel * window, window);
    acc[k] = folded_bias[channel] + window_sum(x, input_zero_point, kernel, sizes, corner);
  }
  // END SOLUTION 15.36
}

// TASK 15.37
void im2col_codes(std::span<const std::int8_t> x, std::int32_t input_zero_point,
                  const kernels::ConvSizes& sizes, std::span<std::int8_t> rows) {
  // Place by place, and within its window in the order u, v, c: what window_sum() multiplies is
  // stored, one code after the other.
  // Try it by hand first: one row of codes (1, 2, 3), kernel 1 × 2 → rows (1, 2) and (2, 3).
  require_windows("im2col_codes", sizes, x.size(), rows.size());
  // BEGIN SOLUTION 15.37
  std::size_t to = 0;
  for (std::int64_t p = 0; p < place_count(sizes); ++p) {
    const std::int64_t j = p % sizes.out_width;
    const std::int64_t i = p / sizes.out_width % sizes.out_height;
    const std::int64_t n = p / sizes.out_width / sizes.out_height;
    for (std::int64_t u = 0; u < sizes.kernel_height; ++u) {
      const std::int64_t row = i * sizes.stride + u - sizes.padding;
      for (std::int64_t v = 0; v < sizes.kernel_width; ++v) {
        const std::int64_t column = j * sizes.stride + v - sizes.padding;
        for (std::int64_t c = 0; c < sizes.in_channels; ++c) {
          rows[to++] = code_at(x, input_zero_point, sizes, {n, row, column, c});
        }
      }
    }
  }
  // END SOLUTION 15.37
}

// TASK 15.38
QRange activation_range(Activation activation, QParams output, QRange range) {
  // kNone changes nothing. Compare the upper end while it is still a float: 6 / scale may be more
  // than an int32 holds.
  // Try it by hand first: scale 0.5, zero-point -3 → 0.0 is code -3, 6.0 is code 12 - 3 = 9.
  // BEGIN SOLUTION 15.38
  if (activation == Activation::kNone) return range;
  range.qmin = std::max(range.qmin, output.zero_point);
  if (activation == Activation::kRelu6) {
    const float six = std::nearbyint(6.0f / output.scale) + static_cast<float>(output.zero_point);
    range.qmax = static_cast<std::int32_t>(std::min(static_cast<float>(range.qmax), six));
  }
  return range;
  // END SOLUTION 15.38
}

// TASK 15.39
void add_codes(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
               const AddGrids& grids, QRange range, std::span<std::int8_t> out) {
  // Both codes to real numbers (15.4), their sum to a code (15.3), all in float.
  // Try it by hand first: (10 - 2) · 0.5 + (3 - 0) · 0.25 = 4.75; over 0.5 that is 9.5 → 10.
  require_sum("add_codes", a.size(), b.size(), out.size(), grids, range);
  // BEGIN SOLUTION 15.39
  const auto low = static_cast<float>(range.qmin);
  const auto high = static_cast<float>(range.qmax);
  const auto shift = static_cast<float>(grids.output.zero_point);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float left = static_cast<float>(a[i] - grids.a.zero_point) * grids.a.scale;
    const float right = static_cast<float>(b[i] - grids.b.zero_point) * grids.b.scale;
    float q = std::nearbyint((left + right) / grids.output.scale) + shift;
    q = q > low ? q : low;
    q = q < high ? q : high;
    out[i] = static_cast<std::int8_t>(q);
  }
  // END SOLUTION 15.39
}

namespace {

// TASK 15.39
[[maybe_unused]] std::int32_t times(std::int32_t x, FixedPoint multiplier) {
  // ×M of the header; both halves of it are yours, from 15.24 and 15.25.
  // Try it by hand first: 5 times {2^30, 0} → 2.5 → 3.
  // BEGIN SOLUTION 15.39
  return rounding_divide_by_power_of_two(
      saturating_rounding_doubling_high_mul(x, multiplier.mantissa), -multiplier.exponent);
  // END SOLUTION 15.39
}

}  // namespace

void add_codes_tflite(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                      const AddGrids& grids, QRange range, std::span<std::int8_t> out) {
  // The three multipliers once, in double, before the loop.
  // Try it by hand first: a = (10 - 2) · 2^20, both scales 0.5, wide = 1 → times 0.5: 4 · 2^20.
  require_sum("add_codes_tflite", a.size(), b.size(), out.size(), grids, range);
  require_right_shift("add_codes_tflite", grids);
  // BEGIN SOLUTION 15.39
  const double wide = 2.0 * std::max(double{grids.a.scale}, double{grids.b.scale});
  const FixedPoint of_a = quantize_multiplier(double{grids.a.scale} / wide);
  const FixedPoint of_b = quantize_multiplier(double{grids.b.scale} / wide);
  const FixedPoint of_sum = quantize_multiplier(wide / (0x1p20 * double{grids.output.scale}));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int32_t left = (a[i] - grids.a.zero_point) * (1 << 20);
    const std::int32_t right = (b[i] - grids.b.zero_point) * (1 << 20);
    const std::int32_t sum = times(left, of_a) + times(right, of_b);
    const std::int64_t code = std::int64_t{times(sum, of_sum)} + grids.output.zero_point;
    out[i] = static_cast<std::int8_t>(
        std::clamp<std::int64_t>(code, std::int64_t{range.qmin}, std::int64_t{range.qmax}));
  }
  // END SOLUTION 15.39
}

namespace {

// Given: places from `begin` to before `end` on a line.
struct Reach {
  std::int64_t begin;
  std::int64_t end;
};

// TASK 15.40
[[maybe_unused]] Reach inside(std::int64_t i, std::int64_t kernel, std::int64_t size,
                              const ConvSizes& sizes) {
  // The part of window i that lies on a line of `size` places, which starts stride · i - padding
  // places from its beginning. Rows and columns both need it.
  // Try it by hand first: kernel 3, stride 2, padding 1, 4 places: window 0 → [0, 2), 1 → [1, 4).
  // BEGIN SOLUTION 15.40
  const std::int64_t begin = i * sizes.stride - sizes.padding;
  return {std::max<std::int64_t>(begin, 0), std::min(begin + kernel, size)};
  // END SOLUTION 15.40
}

template <typename Visit>
[[maybe_unused]] void each_inside(std::span<const std::int8_t> x, const ConvSizes& s, Place out,
                                  Visit visit) {
  // Calls visit(code) for every place of the window of output `out` that lies inside the image.
  // Try it by hand first: 4 × 4 places, kernel 3, stride 2, padding 1: 4 codes for output (0, 0).
  // BEGIN SOLUTION 15.40
  const Reach rows = inside(out.row, s.kernel_height, s.in_height, s);
  const Reach columns = inside(out.column, s.kernel_width, s.in_width, s);
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    for (std::int64_t column = columns.begin; column < columns.end; ++column) {
      const std::int64_t place = (out.image * s.in_height + row) * s.in_width + column;
      visit(x[static_cast<std::size_t>(place * s.in_channels + out.channel)]);
    }
  }
  // END SOLUTION 15.40
}

}  // namespace

void max_pool_codes(std::span<const std::int8_t> x, const kernels::ConvSizes& sizes,
                    std::span<std::int8_t> out) {
  // For each output_place() the largest code inside of its window.
  // Try it by hand first: one window of codes (-5, -2, -9) → -2.
  require_max_pooling("max_pool_codes", sizes, x.size(), out.size());
  // BEGIN SOLUTION 15.40
  for (std::size_t k = 0; k < out.size(); ++k) {
    std::int8_t largest = -128;
    each_inside(x, sizes, output_place(k, sizes),
                [&](std::int8_t code) { largest = std::max(largest, code); });
    out[k] = largest;
  }
  // END SOLUTION 15.40
}

namespace {

// TASK 15.40
[[maybe_unused]] std::int32_t mean_steps(std::int32_t sum, std::int32_t n, Dialect dialect) {
  // sum / n, rounded as the dialect does it. Mind that a / b in integers truncates.
  // Try it by hand first: 5 / 2 = 2.5 → ort 2, tflite 3;  -5 / 2 → ort -2, tflite -3.
  // BEGIN SOLUTION 15.40
  if (dialect == Dialect::kOrt) {
    return static_cast<std::int32_t>(
        std::nearbyint(static_cast<float>(sum) / static_cast<float>(n)));
  }
  return (sum >= 0 ? sum + n / 2 : sum - n / 2) / n;
  // END SOLUTION 15.40
}

}  // namespace

void average_pool_codes(std::span<const std::int8_t> x, std::int32_t zero_point, QRange range,
                        const kernels::ConvSizes& sizes, Dialect dialect,
                        std::span<std::int8_t> out) {
  // The loops of max_pool_codes, summing code - zero_point in int32; places outside add nothing,
  // and n counts them all the same.
  // Try it by hand first: codes 3 and 7, zero-point 2, two places outside → 6 / 4 = 1.5 → 2 + 2.
  require_average_pooling("average_pool_codes", sizes, x.size(), out.size(), zero_point, range);
  // BEGIN SOLUTION 15.40
  const auto n = static_cast<std::int32_t>(sizes.kernel_height * sizes.kernel_width);
  for (std::size_t k = 0; k < out.size(); ++k) {
    std::int32_t sum = 0;
    each_inside(x, sizes, output_place(k, sizes),
                [&](std::int8_t code) { sum += code - zero_point; });
    const std::int32_t code = mean_steps(sum, n, dialect) + zero_point;
    out[k] = static_cast<std::int8_t>(std::clamp(code, range.qmin, range.qmax));
  }
  // END SOLUTION 15.40
}

}  // namespace tinytorch::quantization
