#pragma once
// What the functions of integer_conv.h demand of their arguments. Given; each throws Error naming
// the condition and what it was given. Pooling has its own in image_sizes.h.

#include <cstddef>
#include <string_view>

#include "tinytorch/quantization/int8/integer_conv.h"

namespace tinytorch::quantization {

// The geometry must be possible (require_geometry()), and each span as large as its shape says.
void require_convolution(std::string_view operation, const kernels::ConvSizes& sizes, std::size_t x,
                         std::size_t weight, std::size_t folded_bias, std::size_t acc);

// The same for the rows of a matrix; there must be a single group.
void require_windows(std::string_view operation, const kernels::ConvSizes& sizes, std::size_t x,
                     std::size_t rows);

// As many codes in a, b and out; quantization parameters and a range that are valid.
void require_sum(std::string_view operation, std::size_t a, std::size_t b, std::size_t out,
                 const AddGrids& grids, QRange range);

// ×M shifts right only, so that a step of the sum may be worth at most one of the output.
void require_right_shift(std::string_view operation, const AddGrids& grids);

}  // namespace tinytorch::quantization
