#include "tinytorch/kernels/convolve.h"

#include <algorithm>
#include <vector>

#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/fusions.h"
#include "tinytorch/kernels/gemm/acceleration.h"
#include "tinytorch/kernels/gemm/long_sum.h"

namespace tinytorch::kernels {
namespace {

template <typename T>
std::span<T> part(std::span<T> all, std::int64_t begin, std::int64_t count) {
  return all.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
}

void over_panels(std::span<const float> x, std::span<const float> weight,
                 std::span<const float> bias, const ConvSizes& s, std::span<float> out) {
  const std::int64_t rows = s.out_channels / s.groups;
  const std::int64_t places = s.out_height * s.out_width;
  const std::int64_t image = s.in_channels / s.groups * s.in_height * s.in_width;
  thread_local PackedFloats windows;
  for (std::int64_t i = 0; i < s.batch * s.groups; ++i) {
    fusions().pack_windows(part(x, i * image, image), s, windows);
    const std::int64_t first = i % s.groups * rows;
    float* to = out.data() + i * rows * places;
    for (std::int64_t r = 0; r < rows && !bias.empty(); ++r) {
      std::fill_n(to + r * places, places, bias[static_cast<std::size_t>(first + r)]);
    }
    const StridedFloats matrix{weight.data() + first * windows.k, windows.k, 1};
    acceleration().product(matrix, rows, windows, to, !bias.empty());
  }
}

void directly(std::span<const float> x, std::span<const float> weight, std::span<const float> bias,
              const ConvSizes& s, std::span<float> out) {
  const std::int64_t input = s.in_channels * s.in_height * s.in_width;
  const std::int64_t output = s.out_channels * s.out_height * s.out_width;
  parallel_ranges(s.batch, 1, [&](std::int64_t begin, std::int64_t end) {
    ConvSizes some = s;
    some.batch = end - begin;
    fusions().direct(part(x, begin * input, some.batch * input), weight, bias, some,
                     part(out, begin * output, some.batch * output));
  });
}

}  // namespace

ConvPath conv_path(const ConvSizes& sizes) {
  const std::int64_t rows = sizes.out_channels / sizes.groups;
  const std::int64_t window =
      sizes.in_channels / sizes.groups * sizes.kernel_height * sizes.kernel_width;
  if (rows <= kDirectRows && sizes.out_width >= kDirectWidth && window <= kLongProduct &&
      fusions().direct != nullptr) {
    return ConvPath::kDirect;
  }
  const bool panels = fusions().pack_windows != nullptr && best_float_isa() != FloatIsa::kScalar;
  return rows >= kPanelRows && panels ? ConvPath::kPanels : ConvPath::kIm2col;
}

namespace {

bool run(std::span<const float> x, std::span<const float> weight, std::span<const float> bias,
         const ConvSizes& sizes, std::span<float> out) {
  switch (conv_path(sizes)) {
    case ConvPath::kIm2col:
      return false;
    case ConvPath::kPanels:
      over_panels(x, weight, bias, sizes, out);
      return true;
    case ConvPath::kDirect:
      directly(x, weight, bias, sizes, out);
      return true;
  }
  return false;
}

// The same convolution of images that contain their padding.
ConvGeometry without_padding(const ConvGeometry& g) {
  ConvGeometry whole = g;
  whole.in_height += g.padding.top + g.padding.bottom;
  whole.in_width += g.padding.left + g.padding.right;
  whole.padding = 0;
  return whole;
}

std::vector<float> padded(std::span<const float> x, const ConvGeometry& g,
                          const ConvGeometry& whole) {
  const std::int64_t planes = g.batch * g.in_channels;
  std::vector<float> values(static_cast<std::size_t>(planes * whole.in_height * whole.in_width));
  const float* from = x.data();
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    float* to = values.data() + (plane * whole.in_height + g.padding.top) * whole.in_width;
    for (std::int64_t i = 0; i < g.in_height; ++i, from += g.in_width, to += whole.in_width) {
      std::copy_n(from, g.in_width, to + g.padding.left);
    }
  }
  return values;
}

}  // namespace

bool convolve(std::span<const float> x, std::span<const float> weight, std::span<const float> bias,
              const ConvGeometry& geometry, std::span<float> out) {
  if (const auto sizes = as_conv_sizes(geometry)) return run(x, weight, bias, *sizes, out);
  const ConvGeometry whole = without_padding(geometry);
  const auto sizes = as_conv_sizes(whole);
  if (!sizes || conv_path(*sizes) == ConvPath::kIm2col) return false;
  return run(padded(x, geometry, whole), weight, bias, *sizes, out);
}

}  // namespace tinytorch::kernels
