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
  throw tinytorch::not_implemented("09.1");
}

// --- 09.2 Convolution, seven loops ---

// Loop over n, co, i, j; for each, the bias and the sum over ci, u, v of the header's formula, in
// double. Positions outside the image count as zeros: leave them out. A helper for the inner three
// loops keeps this readable.
//   x = {1, 2, 3, 4, 5, 6, 7, 8, 9} [1, 1, 3, 3], weight {1, 0, 0, -1} [1, 1, 2, 2], stride 1:
//   out = {1−5, 2−6, 4−8, 5−9} = {-4, -4, -4, -4}.
void conv2d(std::span<const float> x, std::span<const float> weight, std::span<const float> bias,
            const ConvSizes& sizes, std::span<float> out) {
  throw tinytorch::not_implemented("09.2");
}

}  // namespace tinytorch::kernels
