// Part 10 of module 15: up or down? Learn it.
#include "tinytorch/quantization/qat/adaround.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/optim/updates.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// TASK 15.33
ValueAndSlope soft_rounding(float v) {
  // h first; the slope is that of the unclamped curve, and 0 where the clamp has cut.
  // Try it by hand first: v = 0 → σ = 0.5, h = 0.5, slope 1.2 · 0.25 = 0.3.
  // BEGIN SOLUTION 15.33
  const float sigmoid = 1.0f / (1.0f + std::exp(-v));
  const float stretched = 1.2f * sigmoid - 0.1f;
  if (stretched <= 0.0f) return {0.0f, 0.0f};
  if (stretched >= 1.0f) return {1.0f, 0.0f};
  return {stretched, 1.2f * sigmoid * (1.0f - sigmoid)};
  // END SOLUTION 15.33
}

float soft_rounding_start(float fraction) {
  // Solve h(v) = fraction for v. Both ends, 0 and 1, have a finite answer: ∓2.4.
  // BEGIN SOLUTION 15.33
  if (!(fraction >= 0.0f && fraction <= 1.0f)) {
    throw Error(concat("soft_rounding_start: fraction ", fraction, " is not in [0, 1]"));
  }
  return -std::log(1.2f / (fraction + 0.1f) - 1.0f);
  // END SOLUTION 15.33
}

ValueAndSlope rounding_penalty(float h, float beta) {
  // |2h - 1| says how decided h is: 0 in the middle, 1 at both ends.
  // Try it by hand first: h = 0.75, beta 2 → 1 - 0.5² = 0.75, slope -2 · 2 · 0.5 = -2.
  // BEGIN SOLUTION 15.33
  if (!(beta >= 1.0f && beta <= kMaxBeta)) {
    throw Error(concat("rounding_penalty: beta ", beta, " is not within 1 to ", kMaxBeta));
  }
  const float side = 2.0f * h - 1.0f;
  const float decided = std::abs(side);
  if (decided == 0.0f) return {1.0f, 0.0f};
  const float slope = 2.0f * beta * std::pow(decided, beta - 1.0f);
  return {1.0f - std::pow(decided, beta), side > 0.0f ? -slope : slope};
  // END SOLUTION 15.33
}

// TASK 15.34
std::vector<float> input_moments(std::span<const float> x, std::int64_t in) {
  // kernels::gemm with Trans::kYes for its first factor makes xᵀ·x; it reads x as [n, in]. Then
  // divide by n.
  // Try it by hand first: rows (1, 2) and (3, 0) → {5, 1, 1, 2}.
  // BEGIN SOLUTION 15.34
  const auto count = static_cast<std::int64_t>(x.size());
  if (in < 1 || count == 0 || count % in != 0) {
    throw Error(concat("input_moments: ", count, " values are not rows of ", in));
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i])) throw Error(concat("input_moments: value ", i, " is ", x[i]));
  }
  const std::int64_t rows = count / in;
  std::vector<float> moments(static_cast<std::size_t>(in * in));
  kernels::gemm(kernels::Trans::kYes, kernels::Trans::kNo, in, in, rows, x, x, moments);
  for (float& moment : moments) {
    moment /= static_cast<float>(rows);
    if (!std::isfinite(moment)) throw Error("input_moments: overflow; scale the inputs down");
  }
  return moments;
  // END SOLUTION 15.34
}

Reconstruction reconstruct(std::span<const float> weight, std::span<const float> approximation,
                           std::span<const float> moments, std::int64_t in) {
  // The difference d [out, in], one product d · M, and both answers are made of the two.
  // Try it by hand first: d = (1, -1), M = {5, 1, 1, 2} → M·d = (4, -1), error 4 + 1 = 5,
  // gradient (8, -2).
  // BEGIN SOLUTION 15.34
  const auto columns = static_cast<std::size_t>(std::max(in, std::int64_t{0}));
  if (columns == 0 || weight.size() % columns != 0 || weight.size() != approximation.size() ||
      moments.size() / columns != columns || moments.size() % columns != 0) {
    throw Error(concat("reconstruct: ", weight.size(), " weights, ", approximation.size(),
                       " approximations and ", moments.size(), " moments of ", in,
                       " inputs do not fit together"));
  }
  const std::size_t out = weight.size() / columns;
  std::vector<float> difference(weight.size());
  for (std::size_t i = 0; i < weight.size(); ++i) difference[i] = approximation[i] - weight[i];
  Reconstruction result{std::vector<double>(out), std::vector<float>(weight.size())};
  kernels::gemm(kernels::Trans::kNo, kernels::Trans::kNo, static_cast<std::int64_t>(out), in, in,
                difference, moments, result.gradient);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    result.errors[i / columns] += double{difference[i]} * double{result.gradient[i]};
    result.gradient[i] *= 2.0f;
  }
  return result;
  // END SOLUTION 15.34
}

// BEGIN SOLUTION 15.35 helper
namespace {

// One layer's rounding as a problem of optimization.
struct Rounding {
  std::span<const float> weight;
  std::span<const float> scales;
  std::span<const float> moments;
  QRange range;
  std::size_t in = 0;
  std::vector<float> low;  // the code below, or the code itself where the weight is pinned to it
  std::vector<std::uint8_t> pinned;
  std::vector<float> v;

  float clamp(float code) const {
    return std::clamp(code, static_cast<float>(range.qmin), static_cast<float>(range.qmax));
  }
};

void refuse_bad_input(std::span<const float> weight, std::span<const float> scales,
                      std::span<const float> moments, const AdaRoundOptions& settings) {
  const std::size_t in = scales.empty() ? 0 : weight.size() / scales.size();
  if (in == 0 || weight.size() % scales.size() != 0 || moments.size() != in * in) {
    throw Error(concat("adaround: ", weight.size(), " weights, ", scales.size(), " scales and ",
                       moments.size(), " moments do not fit together"));
  }
  if (settings.steps < 0) throw Error(concat("adaround: ", settings.steps, " steps"));
  const auto finite = [](float x) { return std::isfinite(x); };
  const auto refuse = [&](const char* what, std::span<const float> values) {
    const auto bad = std::find_if_not(values.begin(), values.end(), finite);
    if (bad == values.end()) return;
    throw Error(concat("adaround: ", what, " ", bad - values.begin(), " is ", *bad,
                       "; only finite numbers can be rounded"));
  };
  refuse("weight", weight);
  refuse("moment", moments);
  refuse("option", std::array{settings.learning_rate, settings.penalty, settings.beta_start,
                              settings.beta_end, settings.warm_up});
  for (std::size_t o = 0; o < scales.size(); ++o) {
    if (!finite(scales[o]) || scales[o] <= 0.0f) {
      throw Error(concat("adaround: scale ", scales[o], " of row ", o, " is not above 0"));
    }
  }
}

void start(Rounding& problem) {
  for (std::size_t i = 0; i < problem.weight.size(); ++i) {
    const float code = problem.weight[i] / problem.scales[i / problem.in];
    const float nearest = std::nearbyint(code);
    // A quotient beyond float has no fraction left, as all large ones.
    const bool pinned = !std::isfinite(code) || std::abs(code - nearest) < 0x1p-10f;
    problem.pinned.push_back(pinned ? 1 : 0);
    problem.low.push_back(pinned ? nearest : std::floor(code));
    problem.v.push_back(pinned ? 0.0f : soft_rounding_start(code - std::floor(code)));
  }
}

std::vector<float> dequantized(const Rounding& problem, const std::vector<std::int8_t>& codes) {
  std::vector<float> values(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    values[i] = static_cast<float>(codes[i]) * problem.scales[i / problem.in];
  }
  return values;
}

// The gradient of the whole objective by v. `beta` 0: no penalty yet.
std::vector<float> gradient_by_v(const Rounding& problem, const std::vector<double>& nearest_errors,
                                 float penalty, float beta) {
  std::vector<float> soft(problem.v.size());
  for (std::size_t i = 0; i < soft.size(); ++i) {
    const float up = problem.pinned[i] != 0 ? 0.0f : soft_rounding(problem.v[i]).value;
    soft[i] = problem.clamp(problem.low[i] + up) * problem.scales[i / problem.in];
  }
  std::vector<float> g =
      reconstruct(problem.weight, soft, problem.moments, static_cast<std::int64_t>(problem.in))
          .gradient;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const std::size_t o = i / problem.in;
    if (problem.pinned[i] != 0 || nearest_errors[o] <= 0.0) {
      g[i] = 0.0f;
      continue;
    }
    const ValueAndSlope h = soft_rounding(problem.v[i]);
    const float code = problem.low[i] + h.value;
    const double unit = static_cast<double>(problem.in) / nearest_errors[o];
    const float by_code = static_cast<float>(unit * double{g[i]} * double{problem.scales[o]});
    g[i] = problem.clamp(code) == code ? by_code * h.slope : 0.0f;
    if (beta > 0.0f) g[i] += penalty * rounding_penalty(h.value, beta).slope * h.slope;
  }
  return g;
}

void descend(Rounding& problem, const std::vector<double>& nearest_errors,
             const AdaRoundOptions& settings) {
  std::vector<float> m(problem.v.size());
  std::vector<float> second(problem.v.size());
  const auto steps = static_cast<float>(settings.steps);
  const float begin = settings.warm_up * steps;
  for (std::int64_t t = 0; t < settings.steps; ++t) {
    const float now = static_cast<float>(t);
    const float progress = (now - begin) / (steps - begin);
    const float beta = settings.beta_start + (settings.beta_end - settings.beta_start) * progress;
    const std::vector<float> g =
        gradient_by_v(problem, nearest_errors, settings.penalty, now >= begin ? beta : 0.0f);
    optim::adam_update(problem.v, g, m, second,
                       {.learning_rate = settings.learning_rate, .t = t + 1});
  }
}

}  // namespace
// END SOLUTION 15.35

// TASK 15.35
std::vector<std::int8_t> adaround(std::span<const float> weight, std::span<const float> scales,
                                  std::span<const float> moments, const AdaRoundOptions& options) {
  // Split it: what is prepared once (low, v, the nearest codes and their errors), the gradient of
  // one step, the loop over steps, and the choice at the end. in = weight.size() / scales.size().
  // Try it by hand first: scale 1, weights (0.6, 0.7), two inputs that are always both 1: M is all
  // ones. Nearest, (1, 1), is off by 0.7 in every output, (0, 1) by 0.3 only.
  // BEGIN SOLUTION 15.35
  refuse_bad_input(weight, scales, moments, options);
  Rounding problem{
      weight, scales, moments, symmetric_range(options.bits), weight.size() / scales.size(),
      {},     {},     {}};
  const auto in = static_cast<std::int64_t>(problem.in);
  std::vector<std::int8_t> nearest(weight.size());
  quantize_per_channel(weight, scales, options.bits, nearest);
  const auto nearest_errors =
      reconstruct(weight, dequantized(problem, nearest), moments, in).errors;
  start(problem);
  descend(problem, nearest_errors, options);

  std::vector<std::int8_t> codes(weight.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const bool up = problem.pinned[i] == 0 && soft_rounding(problem.v[i]).value >= 0.5f;
    codes[i] = static_cast<std::int8_t>(problem.clamp(problem.low[i] + (up ? 1.0f : 0.0f)));
  }
  const auto errors = reconstruct(weight, dequantized(problem, codes), moments, in).errors;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (!(errors[i / problem.in] < nearest_errors[i / problem.in])) codes[i] = nearest[i];
  }
  return codes;
  // END SOLUTION 15.35
}

}  // namespace tinytorch::quantization
