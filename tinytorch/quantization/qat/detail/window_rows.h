#pragma once
// What a layer multiplies its weights with on calibration data, as the rows that input_moments()
// takes. Given.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/core/tensor.h"
#include "tinytorch/kernels/conv_geometry.h"

namespace tinytorch::quantization {

// `most` different numbers of 0, …, count - 1 in ascending order, each choice equally likely; all
// of them, and nothing drawn, when count <= most. Throws Error when most < 1.
std::vector<std::int64_t> sampled_places(std::int64_t count, std::int64_t most, Rng& rng);

// rows[p, (c, u, v)] = x[n, first + c, i·stride.height + u·dilation.height - padding.top,
// j·stride.width + v·dilation.width - padding.left], 0 outside the image, with places[p] = (n ·
// out_height + i) · out_width + j, c over the in_channels / groups channels of `group` and first
// its first: [places.size(), in/groups · kh · kw], the order of a Conv2d's weight. x [N,
// in_channels, H, W]. Throws Error when x, group or a place does not fit.
std::vector<float> window_rows(std::span<const float> x, const kernels::ConvGeometry& sizes,
                               std::int64_t group, std::span<const std::int64_t> places);

}  // namespace tinytorch::quantization
