// The plain loops in an order that vectors like: channels innermost, no branch within. Each is
// compiled once for each instruction set; the results do not depend on it.
#include "tinytorch/quantization/int8/image_ops.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/detail/fixed_point_lanes.h"
#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"
#include "tinytorch/quantization/int8/image_sizes.h"

#define TINYTORCH_AVX2 [[gnu::target("avx2")]]
#define TINYTORCH_AVX512 [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]]

namespace tinytorch::quantization {

using kernels::ConvGeometry;

namespace {

// One operand, or the sum, as the loop reads it.
struct Scaling {
  std::int32_t zero_point;
  std::int32_t mantissa;
  std::int32_t right;

  Scaling(QParams grid, FixedPoint multiplier)
      : zero_point(grid.zero_point), mantissa(multiplier.mantissa), right(-multiplier.exponent) {}
};

struct Sum {
  const std::int8_t* a;
  const std::int8_t* b;
  std::int8_t* out;
  std::int64_t count;
  Scaling of_a;
  Scaling of_b;
  Scaling of_sum;
  QRange range;
};

[[gnu::always_inline]] inline std::int32_t times(std::int32_t x, const Scaling& by) {
  return lanes::divided(lanes::high_mul(x, by.mantissa), by.right);
}

[[gnu::always_inline]] inline void add_loop(const Sum& job) {
  const Scaling of_a = job.of_a, of_b = job.of_b, of_sum = job.of_sum;
  const std::int32_t low = job.range.qmin - of_sum.zero_point;
  const std::int32_t high = job.range.qmax - of_sum.zero_point;
  for (std::int64_t i = 0; i < job.count; ++i) {
    const std::int32_t left = (job.a[i] - of_a.zero_point) * (1 << 20);
    const std::int32_t right = (job.b[i] - of_b.zero_point) * (1 << 20);
    const std::int32_t steps = times(times(left, of_a) + times(right, of_b), of_sum);
    job.out[i] = static_cast<std::int8_t>(lanes::clamped(steps, low, high) + of_sum.zero_point);
  }
}

TINYTORCH_AVX2 void add_avx2(const Sum& job) { add_loop(job); }
TINYTORCH_AVX512 void add_avx512(const Sum& job) { add_loop(job); }

}  // namespace

QuantizedAdd::QuantizedAdd(const AddGrids& grids, QRange range, Dialect dialect,
                           Activation activation)
    : grids_(grids),
      range_(activation_range(activation, grids.output, range)),
      dialect_(dialect),
      activation_(activation) {
  for (const QParams grid : {grids.a, grids.b, grids.output}) require_qparams("QuantizedAdd", grid);
  require_codes("QuantizedAdd", range);
  if (dialect == Dialect::kOrt) return;
  add_codes_tflite({}, {}, grids, range_, {});  // refuses what has no multipliers
  const double wide = 2.0 * double{std::max(grids.a.scale, grids.b.scale)};
  of_a_ = quantize_multiplier(double{grids.a.scale} / wide);
  of_b_ = quantize_multiplier(double{grids.b.scale} / wide);
  of_sum_ = quantize_multiplier(wide / (0x1p20 * double{grids.output.scale}));
}

void QuantizedAdd::forward(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                           std::span<std::int8_t> out, Isa isa) const {
  if (dialect_ == Dialect::kOrt) return add_codes(a, b, grids_, range_, out);
  isa = isa_for_elementwise(isa);
  if (isa == Isa::kScalar) return add_codes_tflite(a, b, grids_, range_, out);
  require_isa("QuantizedAdd", isa);
  const auto count = static_cast<std::int64_t>(a.size());
  require_count("QuantizedAdd", "the second operand", b.size(), count);
  require_count("QuantizedAdd", "the result", out.size(), count);
  const Sum job{a.data(),
                b.data(),
                out.data(),
                count,
                {grids_.a, of_a_},
                {grids_.b, of_b_},
                {grids_.output, of_sum_},
                range_};
  isa == Isa::kAvx2 ? add_avx2(job) : add_avx512(job);
}

namespace {

// Places of window (i, j) of an image that lie inside, as indices from its first.
struct Window {
  std::int64_t top, bottom, left, right;

  Window(const ConvGeometry& s, std::int64_t i, std::int64_t j)
      : top(std::max<std::int64_t>(i * s.stride.height - s.padding.top, 0)),
        bottom(std::min(i * s.stride.height - s.padding.top + s.kernel.height, s.in_height)),
        left(std::max<std::int64_t>(j * s.stride.width - s.padding.left, 0)),
        right(std::min(j * s.stride.width - s.padding.left + s.kernel.width, s.in_width)) {}
};

struct Pooling {
  const std::int8_t* x;
  std::int8_t* out;
  ConvGeometry sizes;
  std::int32_t zero_point = 0;
  QRange range{};
  Dialect dialect = Dialect::kOrt;
  bool count_include_pad = true;
  std::int32_t* sums = nullptr;  // one a channel
};

// Calls body(image, window, out) for every place of the output; out has a code for each channel.
template <typename Body>
[[gnu::always_inline]] inline void each_place(const Pooling& job, Body body) {
  const ConvGeometry& s = job.sizes;
  std::int8_t* out = job.out;
  for (std::int64_t n = 0; n < s.batch; ++n) {
    const std::int8_t* image = job.x + n * s.in_height * s.in_width * s.in_channels;
    for (std::int64_t i = 0; i < s.out_height; ++i) {
      for (std::int64_t j = 0; j < s.out_width; ++j, out += s.in_channels) {
        body(image, Window(s, i, j), out);
      }
    }
  }
}

[[gnu::always_inline]] inline void max_loop(const Pooling& job) {
  const std::int64_t channels = job.sizes.in_channels;
  const std::int64_t line = job.sizes.in_width * channels;
  each_place(job, [&](const std::int8_t* image, const Window& window, std::int8_t* out) {
    for (std::int64_t c = 0; c < channels; ++c) out[c] = -128;
    for (std::int64_t row = window.top; row < window.bottom; ++row) {
      for (std::int64_t column = window.left; column < window.right; ++column) {
        const std::int8_t* x = image + row * line + column * channels;
        for (std::int64_t c = 0; c < channels; ++c) out[c] = x[c] > out[c] ? x[c] : out[c];
      }
    }
  });
}

TINYTORCH_AVX2 void max_avx2(const Pooling& job) { max_loop(job); }
TINYTORCH_AVX512 void max_avx512(const Pooling& job) { max_loop(job); }

// The sums of a window become codes. An integer division in floats: |sum| + n/2 < 2^24 is exact,
// and a quotient that is not whole lies at least 1/n below the next whole number, further than
// rounding reaches. Both dialects are one division and one choice of rounding.
[[gnu::always_inline]] inline void round_means(const Pooling& job, std::int32_t n,
                                               std::int8_t* out) {
  const std::int32_t zero_point = job.zero_point;
  const std::int32_t low = job.range.qmin - zero_point;
  const std::int32_t high = job.range.qmax - zero_point;
  const auto places = static_cast<float>(n);
  const std::int32_t half = n / 2;
  const std::int32_t* sums = job.sums;
  if (job.dialect == Dialect::kOrt) {
    for (std::int64_t c = 0; c < job.sizes.in_channels; ++c) {
      const float mean = std::nearbyint(static_cast<float>(sums[c]) / places);
      out[c] = static_cast<std::int8_t>(lanes::clamped(static_cast<std::int32_t>(mean), low, high) +
                                        zero_point);
    }
    return;
  }
  for (std::int64_t c = 0; c < job.sizes.in_channels; ++c) {
    const std::int32_t nudged = sums[c] >= 0 ? sums[c] + half : sums[c] - half;
    const auto mean = static_cast<std::int32_t>(static_cast<float>(nudged) / places);
    out[c] = static_cast<std::int8_t>(lanes::clamped(mean, low, high) + zero_point);
  }
}

// The formula as it stands, for windows whose sums floats do not hold exactly.
void plain_means(const Pooling& job, std::int32_t n, std::int8_t* out) {
  for (std::int64_t c = 0; c < job.sizes.in_channels; ++c) {
    const std::int32_t sum = job.sums[c];
    const std::int32_t mean = job.dialect == Dialect::kOrt
                                  ? static_cast<std::int32_t>(std::nearbyint(
                                        static_cast<float>(sum) / static_cast<float>(n)))
                                  : (sum >= 0 ? sum + n / 2 : sum - n / 2) / n;
    out[c] =
        static_cast<std::int8_t>(std::clamp(mean + job.zero_point, job.range.qmin, job.range.qmax));
  }
}

template <bool kExactInFloat>
[[gnu::always_inline]] inline void average_loop(const Pooling& job) {
  const std::int64_t channels = job.sizes.in_channels;
  const std::int64_t line = job.sizes.in_width * channels;
  const auto whole = static_cast<std::int32_t>(job.sizes.kernel.area());
  each_place(job, [&](const std::int8_t* image, const Window& window, std::int8_t* out) {
    std::int32_t* sums = job.sums;
    const std::int64_t height = std::max<std::int64_t>(window.bottom - window.top, 0);
    const std::int64_t width = std::max<std::int64_t>(window.right - window.left, 0);
    const auto offset = static_cast<std::int32_t>(-height * width * job.zero_point);
    for (std::int64_t c = 0; c < channels; ++c) sums[c] = offset;
    for (std::int64_t row = window.top; row < window.bottom; ++row) {
      for (std::int64_t column = window.left; column < window.right; ++column) {
        const std::int8_t* x = image + row * line + column * channels;
        for (std::int64_t c = 0; c < channels; ++c) sums[c] += x[c];
      }
    }
    const auto n = job.count_include_pad ? whole : static_cast<std::int32_t>(height * width);
    if constexpr (kExactInFloat) {
      round_means(job, n, out);
    } else {
      plain_means(job, n, out);
    }
  });
}

TINYTORCH_AVX2 void average_avx2(const Pooling& job) { average_loop<true>(job); }
TINYTORCH_AVX512 void average_avx512(const Pooling& job) { average_loop<true>(job); }

// (|x - zero_point| <= 255) · n + n/2 stays below 2^24.
constexpr std::int64_t kMostPlaces = (1 << 24) / 256;

}  // namespace

void max_pool(std::span<const std::int8_t> x, const ConvGeometry& sizes, std::span<std::int8_t> out,
              Isa isa) {
  isa = isa_for_elementwise(isa);
  const auto plain = kernels::as_conv_sizes(sizes);
  if (isa == Isa::kScalar && plain) return max_pool_codes(x, *plain, out);
  require_isa("max_pool", isa);
  require_max_pooling("max_pool", sizes, x.size(), out.size());
  const Pooling job{.x = x.data(), .out = out.data(), .sizes = sizes};
  if (isa == Isa::kScalar) return max_loop(job);
  isa == Isa::kAvx2 ? max_avx2(job) : max_avx512(job);
}

void average_pool(std::span<const std::int8_t> x, std::int32_t zero_point, QRange range,
                  const ConvGeometry& sizes, Dialect dialect, std::span<std::int8_t> out, Isa isa,
                  bool count_include_pad) {
  isa = isa_for_elementwise(isa);
  const bool small = sizes.kernel.area() <= kMostPlaces;
  const auto plain = kernels::as_conv_sizes(sizes);
  if ((isa == Isa::kScalar || !small) && plain && count_include_pad) {
    return average_pool_codes(x, zero_point, range, *plain, dialect, out);
  }
  require_isa("average_pool", isa);
  require_average_pooling("average_pool", sizes, x.size(), out.size(), zero_point, range);
  if (!count_include_pad) require_window_inside("average_pool", sizes);
  thread_local std::vector<std::int32_t> sums;
  sums.resize(static_cast<std::size_t>(sizes.in_channels));
  const Pooling job{.x = x.data(),
                    .out = out.data(),
                    .sizes = sizes,
                    .zero_point = zero_point,
                    .range = range,
                    .dialect = dialect,
                    .count_include_pad = count_include_pad,
                    .sums = sums.data()};
  if (isa == Isa::kScalar || !small) return average_loop<false>(job);
  isa == Isa::kAvx2 ? average_avx2(job) : average_avx512(job);
}

}  // namespace tinytorch::quantization
