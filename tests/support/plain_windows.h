#pragma once
// Convolutions of any geometry in plain loops, written out from the formula of
// kernels/conv_geometry.h: what every faster way is compared with.

#include <cstdint>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/conv_geometry.h"

namespace tinytorch::plain {

// One product of one output: where it goes, and what is multiplied.
struct Tap {
  std::int64_t n, co, i, j;     // of the output
  std::int64_t c, row, column;  // of the image; c counts all channels
  std::int64_t weight_c, u, v;  // of the weight of co
  bool inside;                  // the image
};

template <typename Visit>
void for_each_tap(const kernels::ConvGeometry& g, Visit visit) {
  const std::int64_t depth = g.in_channels / g.groups;
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t co = 0; co < g.out_channels; ++co) {
      const std::int64_t first = co / (g.out_channels / g.groups) * depth;
      for (std::int64_t i = 0; i < g.out_height; ++i) {
        for (std::int64_t j = 0; j < g.out_width; ++j) {
          for (std::int64_t c = 0; c < depth; ++c) {
            for (std::int64_t u = 0; u < g.kernel.height; ++u) {
              for (std::int64_t v = 0; v < g.kernel.width; ++v) {
                const std::int64_t row =
                    i * g.stride.height + u * g.dilation.height - g.padding.top;
                const std::int64_t column =
                    j * g.stride.width + v * g.dilation.width - g.padding.left;
                const bool inside =
                    row >= 0 && row < g.in_height && column >= 0 && column < g.in_width;
                visit(Tap{n, co, i, j, first + c, row, column, c, u, v, inside});
              }
            }
          }
        }
      }
    }
  }
}

// Places in x and in the result, channels first and channels last, and in the weight.
inline std::int64_t x_first(const kernels::ConvGeometry& g, const Tap& t) {
  return ((t.n * g.in_channels + t.c) * g.in_height + t.row) * g.in_width + t.column;
}
inline std::int64_t y_first(const kernels::ConvGeometry& g, const Tap& t) {
  return ((t.n * g.out_channels + t.co) * g.out_height + t.i) * g.out_width + t.j;
}
inline std::int64_t x_last(const kernels::ConvGeometry& g, const Tap& t) {
  return ((t.n * g.in_height + t.row) * g.in_width + t.column) * g.in_channels + t.c;
}
inline std::int64_t y_last(const kernels::ConvGeometry& g, const Tap& t) {
  return ((t.n * g.out_height + t.i) * g.out_width + t.j) * g.out_channels + t.co;
}
inline std::int64_t weight_first(const kernels::ConvGeometry& g, const Tap& t) {
  const std::int64_t depth = g.in_channels / g.groups;
  return ((t.co * depth + t.weight_c) * g.kernel.height + t.u) * g.kernel.width + t.v;
}
inline std::int64_t weight_last(const kernels::ConvGeometry& g, const Tap& t) {
  const std::int64_t depth = g.in_channels / g.groups;
  return ((t.co * g.kernel.height + t.u) * g.kernel.width + t.v) * depth + t.weight_c;
}

enum class Groups { kOne, kSome, kDepthwise };

// Everything differs between the axes and the sides as often as not. Padding may reach `most`.
inline kernels::ConvGeometry draw_geometry(Groups groups, std::int64_t most_padding, Rng& rng) {
  const auto draw = [&](std::int64_t least, std::int64_t most) {
    return least +
           static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  kernels::ConvGeometry g;
  g.batch = draw(1, 2);
  g.groups = groups == Groups::kOne ? 1 : draw(2, groups == Groups::kDepthwise ? 24 : 4);
  g.in_channels = groups == Groups::kDepthwise ? g.groups : g.groups * draw(1, 5);
  g.out_channels = groups == Groups::kDepthwise ? g.groups : g.groups * draw(1, 6);
  g.kernel = {draw(1, 5), draw(1, 7)};
  g.stride = {draw(1, 3), draw(1, 3)};
  g.dilation = {draw(1, 2), draw(1, 3)};
  g.padding = {draw(0, most_padding), draw(0, most_padding), draw(0, most_padding),
               draw(0, most_padding)};
  g.in_height = g.dilation.height * (g.kernel.height - 1) + draw(1, 8);
  g.in_width = g.dilation.width * (g.kernel.width - 1) + draw(1, 8);
  kernels::set_output_size(g);
  return g;
}

// Named ones: Inception's 1 × 7 and 7 × 1, a stride of one axis, dilated depthwise, and the padding
// that TensorFlow's SAME gives an even image at stride 2.
inline std::vector<kernels::ConvGeometry> named_geometries() {
  std::vector<kernels::ConvGeometry> all(8);
  const auto set = [&](std::size_t i, Extent2 kernel, Extent2 stride, Extent2 dilation,
                       Padding4 padding, std::int64_t in, std::int64_t out, std::int64_t groups) {
    kernels::ConvGeometry& g = all[i];
    g.batch = 2;
    g.in_channels = in;
    g.out_channels = out;
    g.groups = groups;
    g.in_height = 10;
    g.in_width = 12;
    g.kernel = kernel;
    g.stride = stride;
    g.dilation = dilation;
    g.padding = padding;
    kernels::set_output_size(g);
  };
  set(0, {1, 7}, 1, 1, Extent2(0, 3), 4, 6, 1);
  set(1, {7, 1}, 1, 1, Extent2(3, 0), 4, 6, 1);
  set(2, {3, 1}, {2, 1}, 1, Extent2(1, 0), 3, 8, 1);
  set(3, 3, 1, 2, 2, 20, 20, 20);
  set(4, 3, 2, 1, {0, 0, 1, 1}, 3, 8, 1);
  set(5, 3, 2, 1, {0, 0, 1, 1}, 16, 16, 16);
  set(6, {2, 3}, {1, 2}, {3, 1}, {2, 1, 0, 4}, 6, 4, 2);
  set(7, 1, {2, 1}, 1, 0, 5, 7, 1);
  return all;
}

inline std::string text(const kernels::ConvGeometry& g) {
  return to_string(Extent2(g.in_height, g.in_width)) + " places, " + std::to_string(g.in_channels) +
         " to " + std::to_string(g.out_channels) + " channels, " + std::to_string(g.groups) +
         " groups, kernel " + to_string(g.kernel) + ", stride " + to_string(g.stride) +
         ", dilation " + to_string(g.dilation) + ", padding " + to_string(g.padding);
}

}  // namespace tinytorch::plain
