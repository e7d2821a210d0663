// Part 10 of module 15: up or down? Learn it.
#include "tinytorch/quantization/qat/adaround.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/optim/updates.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/qat/detail/adaround_guards.h"

namespace tinytorch::quantization {

// TASK 15.33
ValueAndSlope soft_rounding(float v) {
  // h first; the slope is that of the unclamped curve, and 0 where the clamp has cut.
  // Try it by hand first: v = 0 → σ = 0.5, h = 0.5, slope 1.2 · 0.25 = 0.3.
  throw tinytorch::not_implemented("15.33");
}

float soft_rounding_start(float fraction) {
  // Solve h(v) = fraction for v. Both ends, 0 and 1, have a finite answer: ∓2.4.
  // Try it by hand first: fraction 0.5 → σ = 0.5, v = 0.
  require_within("soft_rounding_start", "fraction", fraction, 0.0, 1.0);
  throw tinytorch::not_implemented("15.33");
}

ValueAndSlope rounding_penalty(float h, float beta) {
  // |2h - 1| says how decided h is: 0 in the middle, 1 at both ends.
  // Try it by hand first: h = 0.75, beta 2 → 1 - 0.5² = 0.75, slope -2 · 2 · 0.5 = -2.
  require_within("rounding_penalty", "beta", beta, 1.0, double{kMaxBeta});
  throw tinytorch::not_implemented("15.33");
}

// TASK 15.34
std::vector<float> input_moments(std::span<const float> x, std::int64_t in) {
  // kernels::gemm with Trans::kYes for its first factor makes xᵀ·x; it reads x as [n, in]. Then
  // divide by n. One that overflows would make every error NaN: require_finite() the moments.
  // Try it by hand first: rows (1, 2) and (3, 0) → {5, 1, 1, 2}.
  require_divides("input_moments", "values", x.size(), "columns", in);
  require_finite("input_moments", "x", x);
  throw tinytorch::not_implemented("15.34");
}

Reconstruction reconstruct(std::span<const float> weight, std::span<const float> approximation,
                           std::span<const float> moments, std::int64_t in) {
  // The difference d [out, in], one product d · M, and both answers are made of the two.
  // Try it by hand first: d = (1, -1), M = {5, 1, 1, 2} → M·d = (4, -1), error 4 + 1 = 5,
  // gradient (8, -2).
  require_same_size("reconstruct", weight.size(), approximation.size());
  require_divides("reconstruct", "weights", weight.size(), "columns", in);
  require_count("reconstruct", "moments", moments.size(), static_cast<std::size_t>(in * in));
  throw tinytorch::not_implemented("15.34");
}

namespace {

// Given: the rounding of one layer as a problem of optimization.
struct Rounding {
  std::span<const float> weight;
  std::span<const float> scales;
  std::span<const float> moments;
  AdaRoundOptions options;
  std::size_t in;                        // weights of a row
  std::vector<std::int8_t> nearest;      // codes
  std::vector<double> nearest_errors{};  // E, one a row
  std::vector<float> low;                // the code below; of a pinned weight the code it keeps
  std::vector<bool> pinned;              // whether the weight has no choice
  std::vector<float> v;
  std::vector<float> m;  // Adam's moments
  std::vector<float> second;

  std::size_t row(std::size_t i) const { return i / in; }
  float scale(std::size_t i) const { return scales[i / in]; }
  float clamp(float code) const {
    const QRange range = symmetric_range(options.bits);
    return std::clamp(code, static_cast<float>(range.qmin), static_cast<float>(range.qmax));
  }
};

// Given: reconstruct() with these values in the place of the weights, and the errors of codes.
[[maybe_unused]] Reconstruction reconstruct_with(const Rounding& p, std::span<const float> values) {
  return reconstruct(p.weight, values, p.moments, static_cast<std::int64_t>(p.in));
}

[[maybe_unused]] std::vector<double> errors_of(const Rounding& p,
                                               std::span<const std::int8_t> codes) {
  std::vector<float> values(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    values[i] = static_cast<float>(codes[i]) * p.scale(i);
  }
  return reconstruct_with(p, values).errors;
}

// Given: a problem whose low, pinned and v are still to be found.
[[maybe_unused]] Rounding nearest_rounding(std::span<const float> weight,
                                           std::span<const float> scales,
                                           std::span<const float> moments,
                                           const AdaRoundOptions& options) {
  const std::size_t count = weight.size();
  const std::vector<float> zeros(count);
  Rounding p{.weight = weight,
             .scales = scales,
             .moments = moments,
             .options = options,
             .in = count / scales.size(),
             .nearest = std::vector<std::int8_t>(count),
             .low = zeros,
             .pinned = std::vector<bool>(count),
             .v = zeros,
             .m = zeros,
             .second = zeros};
  quantize_per_channel(weight, scales, options.bits, p.nearest);
  p.nearest_errors = errors_of(p, p.nearest);
  return p;
}

// Given: beta in step t, in a straight line from beta_start to beta_end; 0 during the warm-up.
[[maybe_unused]] float beta_at(std::int64_t t, const AdaRoundOptions& options) {
  const auto now = static_cast<float>(t);
  const auto steps = static_cast<float>(options.steps);
  const float begin = options.warm_up * steps;
  const float progress = (now - begin) / (steps - begin);
  if (now < begin) return 0.0f;
  return options.beta_start + (options.beta_end - options.beta_start) * progress;
}

// TASK 15.35
[[maybe_unused]] void start(Rounding& p) {
  // low, pinned and v of every weight. Pinned is one whose quotient weight / scale lies within
  // 2^-10 of a code, or is infinite: its low is the nearest code.
  // Try it by hand first: quotient -1.3 → low -2, fraction 0.7, v = soft_rounding_start(0.7).
  throw tinytorch::not_implemented("15.35");
}

[[maybe_unused]] std::vector<float> gradient_by_v(const Rounding& p, float beta) {
  // g of the header for every weight, 0 for a pinned one and in a row without an error. beta 0:
  // no penalty yet.
  // Try it by hand first: in 2, E 0.5, gradient 3, scale 0.1, h' 0.3, no penalty → 4 · 0.3 · 0.3.
  throw tinytorch::not_implemented("15.35");
}

}  // namespace

std::vector<std::int8_t> adaround(std::span<const float> weight, std::span<const float> scales,
                                  std::span<const float> moments, const AdaRoundOptions& options) {
  // start(), the steps of Adam with gradient_by_v() and beta_at(), then the codes: up where h >= ½,
  // and each row for itself keeps the nearest codes unless its error became smaller.
  // Try it by hand first: scale 1, weights (0.6, 0.7), two inputs that are always both 1: M is all
  // ones. Nearest, (1, 1), is off by 0.7 in every output, (0, 1) by 0.3 only.
  require_rounding("adaround", weight, scales, moments, options);
  Rounding p = nearest_rounding(weight, scales, moments, options);
  throw tinytorch::not_implemented("15.35");
}

}  // namespace tinytorch::quantization
