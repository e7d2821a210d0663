#include "tinytorch/quantization/int8/detail/integer_conv_guards.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/image_sizes.h"

namespace tinytorch::quantization {

void require_convolution(std::string_view operation, const kernels::ConvSizes& sizes, std::size_t x,
                         std::size_t weight, std::size_t folded_bias, std::size_t acc) {
  require_geometry(operation, sizes);
  require_count(operation, "x", x, input_count(sizes));
  require_count(operation, "weight", weight, sizes.out_channels * window_count(sizes));
  require_count(operation, "folded_bias", folded_bias, sizes.out_channels);
  require_count(operation, "acc", acc, place_count(sizes) * sizes.out_channels);
}

void require_windows(std::string_view operation, const kernels::ConvSizes& sizes, std::size_t x,
                     std::size_t rows) {
  require_geometry(operation, sizes);
  require_count(operation, "x", x, input_count(sizes));
  require_count(operation, "rows", rows, place_count(sizes) * window_count(sizes));
  if (sizes.groups == 1) return;
  throw Error(concat(operation, ": groups must be 1, got ", sizes.groups,
                     "; a row serves one group, so take the groups one by one"));
}

void require_sum(std::string_view operation, std::size_t a, std::size_t b, std::size_t out,
                 const AddGrids& grids, QRange range) {
  require_count(operation, "b", b, static_cast<std::int64_t>(a));
  require_count(operation, "out", out, static_cast<std::int64_t>(a));
  for (const QParams params : {grids.a, grids.b, grids.output}) require_qparams(operation, params);
  require_codes(operation, range);
}

void require_right_shift(std::string_view operation, const AddGrids& grids) {
  const double wide = 2.0 * std::max(double{grids.a.scale}, double{grids.b.scale});
  const double step = wide / (0x1p20 * double{grids.output.scale});
  // From here on the mantissa would round to 2^31, and the exponent be 1.
  if (step < 1.0 - 0x1p-32) return;
  throw Error(concat(operation,
                     ": a step of the sum must be worth less than one of the output, got ", step,
                     "; the output's scale is far too small"));
}

}  // namespace tinytorch::quantization
