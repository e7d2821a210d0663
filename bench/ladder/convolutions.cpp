#include "bench/ladder/convolutions.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>

#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/acceleration/autotune.h"
#include "tinytorch/kernels/acceleration/fused.h"
#include "tinytorch/kernels/convolve.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/im2col.h"

namespace bench {
namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using kernels::ConvSizes;

struct Convolution {
  ConvSizes sizes;
  std::vector<float> x, weight, bias, out, expected, columns;

  explicit Convolution(const ConvSizes& s) : sizes(s) {
    Rng rng(9);
    const std::int64_t window = s.in_channels / s.groups * s.kernel_height * s.kernel_width;
    const std::int64_t places = s.out_height * s.out_width;
    const auto draw = [&rng](std::vector<float>& values, std::int64_t count) {
      values.resize(static_cast<std::size_t>(count));
      for (float& value : values) value = rng.normal();
    };
    draw(x, s.in_channels * s.in_height * s.in_width);
    draw(weight, s.out_channels * window);
    draw(bias, s.out_channels);
    out.resize(static_cast<std::size_t>(s.out_channels * places));
    expected.resize(out.size());
    columns.resize(static_cast<std::size_t>(window * places));
    kernels::conv2d(x, weight, bias, s, expected);
  }
  double operations() const {
    return 2.0 * static_cast<double>(expected.size()) * static_cast<double>(weight.size()) /
           static_cast<double>(bias.size());
  }
  // To rounding: the plain loops round every product.
  bool right() const {
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!(std::abs(out[i] - expected[i]) <= 1e-3f)) return false;
    }
    return true;
  }
  void by_im2col() {
    const ConvSizes& s = sizes;
    const std::int64_t places = s.out_height * s.out_width, in = s.in_channels / s.groups;
    const std::int64_t channels = s.out_channels / s.groups;
    const auto window = static_cast<std::int64_t>(weight.size()) / s.out_channels;
    for (std::int64_t c = 0; c < s.out_channels; ++c) {
      std::fill_n(out.begin() + c * places, places, bias[static_cast<std::size_t>(c)]);
    }
    const auto part = [](auto& all, std::int64_t begin, std::int64_t count) {
      return std::span(all).subspan(static_cast<std::size_t>(begin),
                                    static_cast<std::size_t>(count));
    };
    for (std::int64_t g = 0; g < s.groups; ++g) {
      const std::int64_t image = in * s.in_height * s.in_width;
      kernels::im2col(part(x, g * image, image), s, columns);
      kernels::gemm(kernels::Trans::kNo, kernels::Trans::kNo, channels, places, window,
                    part(weight, g * channels * window, channels * window), columns,
                    part(out, g * channels * places, channels * places), true);
    }
  }
  void in_the_engine() {
    if (!kernels::convolve(x, weight, bias, sizes, out)) by_im2col();
  }
};

using Convolve = void (*)(std::span<const float>, std::span<const float>, std::span<const float>,
                          const ConvSizes&, std::span<float>);

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The floors of packed windows and of the direct loop, each over the rung before it.
struct Floors {
  double packed;
  double direct;
};

std::string path_name(const ConvSizes& sizes) {
  switch (kernels::conv_path(sizes)) {
    case kernels::ConvPath::kPanels:
      return "engine's conv2d: 18.8's windows";
    case kernels::ConvPath::kDirect:
      return "engine's conv2d: 18.8's direct";
    case kernels::ConvPath::kIm2col:
      break;
  }
  return "engine's conv2d: im2col";
}

Ladder ladder_of(const std::string& name, const ConvSizes& sizes, Floors floors) {
  const auto c = std::make_shared<Convolution>(sizes);
  const auto right = [c] { return c->right(); };
  const auto by = [c](Convolve convolve) {
    return [c, convolve] { convolve(c->x, c->weight, c->bias, c->sizes, c->out); };
  };
  const auto tuner = std::make_shared<kernels::Tuner>(5);
  const std::function<void()> packed = by(kernels::conv2d_packed);
  const std::function<void()> direct = by(kernels::conv2d_direct);
  const auto tuned = [tuner, packed, direct] {
    const std::array<kernels::Candidate, 2> both{{{"packed", [&] { return seconds_of(packed); }},
                                                  {"direct", [&] { return seconds_of(direct); }}}};
    (tuner->choose("this one", both).index == 0 ? packed : direct)();
  };
  Ladder ladder;
  ladder.name = name;
  ladder.unit = "GFLOP/s";
  ladder.operations = c->operations();
  ladder.rungs = {{"plain loops (module 09)", "", by(kernels::conv2d), right},
                  {"im2col, then the product", "", [c] { c->by_im2col(); }, right},
                  {"windows in panels", "18.8", packed, right, floors.packed},
                  {"direct", "18.8", direct, right, floors.direct},
                  {"what the autotuner chose", "18.9", tuned, right, 0.9, true}};
  ladder.peers = {{path_name(sizes), "", [c] { c->in_the_engine(); }, right}};
  return ladder;
}

ConvSizes sizes_of(std::int64_t channels, std::int64_t side, std::int64_t groups) {
  return {1, channels, side, side, channels, 3, 3, 1, 1, groups, side, side};
}

}  // namespace

std::vector<Ladder> convolution_ladders(int side) {
  const std::int64_t pixels = std::max(side / 16, 4);
  const std::string image = std::to_string(pixels) + " x " + std::to_string(pixels);
  return {ladder_of("convolution 3x3, 32 to 32 channels of " + image, sizes_of(32, pixels, 1),
                    {1.0, 0.0}),
          ladder_of("depthwise convolution 3x3, 32 channels of " + image, sizes_of(32, pixels, 32),
                    {0.0, 1.2})};
}

}  // namespace bench
