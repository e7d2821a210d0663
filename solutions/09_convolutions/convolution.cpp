// Convolution as plain loops. The contract is tinytorch/kernels/convolution.h.
#include "tinytorch/kernels/convolution.h"

#include "tinytorch/core/error.h"

namespace tinytorch::kernels {

// --- 09.1 How large is the result? ---

// 1. Reject what the header says throws, with the numbers in the message:
//    "window: kernel 5 on 3 values with padding 0", "window: kernel 3, stride 0, padding 0".
// 2. floor((size + 2·padding − kernel) / stride) + 1; integer division of non-negative numbers is
//    the floor.
//   8 values, kernel 3, stride 1, padding 1 → 8;  stride 2 → 4;  padding 0, stride 1 → 6.
std::int64_t output_size(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                         std::int64_t padding) {
  // BEGIN SOLUTION 09.1
  if (kernel < 1 || stride < 1 || padding < 0) {
    throw Error(concat("window: kernel ", kernel, ", stride ", stride, ", padding ", padding,
                       "; expected 1 or more, 1 or more, 0 or more"));
  }
  if (size < 1 || kernel > size + 2 * padding) {
    throw Error(concat("window: kernel ", kernel, " on ", size, " values with padding ", padding,
                       " finds no place"));
  }
  return (size + 2 * padding - kernel) / stride + 1;
  // END SOLUTION 09.1
}

// --- 09.2 Convolution, seven loops ---
// BEGIN SOLUTION 09.2 helper
namespace {

// One output value: the window at (i, j) of the channels that `x` begins with, times one kernel.
double window_sum(const float* x, const float* weight, const ConvSizes& s, std::int64_t i,
                  std::int64_t j) {
  double total = 0.0;
  for (std::int64_t c = 0; c < s.inputs_of_group(); ++c) {
    for (std::int64_t u = 0; u < s.kernel_height; ++u) {
      const std::int64_t row = i * s.stride + u - s.padding;
      if (row < 0 || row >= s.in_height) continue;
      for (std::int64_t v = 0; v < s.kernel_width; ++v) {
        const std::int64_t column = j * s.stride + v - s.padding;
        if (column < 0 || column >= s.in_width) continue;
        const float w = weight[(c * s.kernel_height + u) * s.kernel_width + v];
        const float pixel = x[(c * s.in_height + row) * s.in_width + column];
        total += static_cast<double>(w) * static_cast<double>(pixel);
      }
    }
  }
  return total;
}

}  // namespace
// END SOLUTION 09.2

// Loop over n, co, i, j; for each, the bias and the sum over ci, u, v of the header's formula, in
// double. Positions outside the image count as zeros: leave them out. A helper for the inner three
// loops keeps this readable.
//   x = {1, 2, 3, 4, 5, 6, 7, 8, 9} [1, 1, 3, 3], weight {1, 0, 0, -1} [1, 1, 2, 2], stride 1:
//   out = {1−5, 2−6, 4−8, 5−9} = {-4, -4, -4, -4}.
void conv2d(std::span<const float> x, std::span<const float> weight, std::span<const float> bias,
            const ConvSizes& sizes, std::span<float> out) {
  // BEGIN SOLUTION 09.2
  const std::int64_t kernel = sizes.inputs_of_group() * sizes.window();
  float* to = out.data();
  for (std::int64_t n = 0; n < sizes.batch; ++n) {
    for (std::int64_t co = 0; co < sizes.out_channels; ++co) {
      const std::int64_t group = n * sizes.groups + co / sizes.outputs_of_group();
      const float* channels = x.data() + group * sizes.inputs_of_group() * sizes.in_pixels();
      const float start = bias.empty() ? 0.0f : bias[static_cast<std::size_t>(co)];
      for (std::int64_t i = 0; i < sizes.out_height; ++i) {
        for (std::int64_t j = 0; j < sizes.out_width; ++j) {
          const double sum = window_sum(channels, weight.data() + co * kernel, sizes, i, j);
          *to++ = static_cast<float>(static_cast<double>(start) + sum);
        }
      }
    }
  }
  // END SOLUTION 09.2
}

}  // namespace tinytorch::kernels
