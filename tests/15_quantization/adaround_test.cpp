// Learner tests of part 10: up or down?
#include "tinytorch/quantization/qat/adaround.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_near;
using teach::expect_same;
using Codes = std::vector<std::int8_t>;
using Floats = std::vector<float>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

void require(bool condition, const std::string& message,
             const teach::Location& where = teach::Location::current()) {
  if (!condition) teach::report(where, message);
}

Floats pair_of(ValueAndSlope at) { return {at.value, at.slope}; }

// --- 15.33 soft_rounding ---

TEST(SoftRounding, IsAStretchedSigmoid) {
  expect_near("h and its slope at v = 0", pair_of(soft_rounding(0.0f)), {0.5f, 0.3f}, 1e-6f,
              {{{0.5f, 0.25f},
                "The slope lacks the factor 1.2 of the stretch. (A plain sigmoid has "
                "this slope; it never reaches 1.)"},
               {{0.6f, 0.3f}, "Take 0.1 off, or h runs from 0 to 1.2."}});
  // σ(1) = 0.7310586.
  expect_near("h and its slope at v = 1", pair_of(soft_rounding(1.0f)), {0.7772703f, 0.2359343f},
              1e-6f,
              {{{0.2227297f, 0.2359343f}, "The sign of v is turned: e to the power of -v."},
               {{0.7772703f, 0.2077454f}, "The slope is 1.2 · σ · (1 - σ), with σ, not with h."}});
}

TEST(SoftRounding, ReachesBothEndsAndRestsThere) {
  expect_near("h and its slope at v = 3", pair_of(soft_rounding(3.0f)), {1.0f, 0.0f}, 1e-6f,
              {{{1.0430889f, 0.0542120f}, "h was not clamped to [0, 1]."},
               {{1.0f, 0.0542120f}, "Where the clamp cuts nothing moves: the slope is 0."}});
  expect_near("h and its slope at v = -3", pair_of(soft_rounding(-3.0f)), {0.0f, 0.0f}, 1e-6f,
              {{{-0.0430889f, 0.0542120f}, "h was not clamped to [0, 1]."},
               {{0.0f, 0.0542120f}, "Where the clamp cuts nothing moves: the slope is 0."}});
  expect_near("at v = -200", pair_of(soft_rounding(-200.0f)), {0.0f, 0.0f}, 0.0f);
}

TEST(SoftRounding, TheSlopeIsTheDerivative) {
  for (const float v : {-2.0f, -0.7f, 0.3f, 1.9f}) {
    const float step = 1e-2f;
    const float numeric =
        (soft_rounding(v + step).value - soft_rounding(v - step).value) / (2.0f * step);
    expect_near("slope at v = " + teach::show(v), Floats{soft_rounding(v).slope}, {numeric}, 1e-4f);
  }
}

TEST(SoftRounding, StartsAtTheFraction) {
  expect_near("start of 0.5", Floats{soft_rounding_start(0.5f)}, {0.0f}, 1e-6f);
  expect_near("start of 0.2", Floats{soft_rounding_start(0.2f)}, {-1.0986123f}, 1e-5f,
              {{{-1.3862944f},
                "That solves the plain sigmoid; this one is stretched: σ = (fraction "
                "+ 0.1) / 1.2."}});
  for (const float fraction : {0.0f, 0.2f, 0.75f, 1.0f}) {
    expect_near("h(start(" + teach::show(fraction) + "))",
                Floats{soft_rounding(soft_rounding_start(fraction)).value}, {fraction}, 1e-5f,
                {{{1.0f - fraction}, "The sign of v is turned: v = -ln(1 / σ - 1)."}});
  }
  expect_error([] { (void)soft_rounding_start(1.5f); }, "from 0 to 1, got 1.5", "Given.");
}

TEST(SoftRounding, ThePenaltyIsForTheUndecided) {
  // |2 · 0.9 - 1| = 0.8, so 1 - 0.64 and -2 · 2 · 0.8.
  expect_near("penalty at h = 0.9, beta 2", pair_of(rounding_penalty(0.9f, 2.0f)), {0.36f, -3.2f},
              1e-5f,
              {{{0.64f, 3.2f}, "That rewards the undecided: f = 1 - |2h - 1|^beta."},
               {{0.36f, 3.2f}, "The sign of the slope is turned: above ½ the penalty falls."},
               {{0.36f, -1.6f}, "The slope lacks a factor 2, from 2h inside the power."},
               {{0.36f, -2.56f}, "The power in the slope is beta - 1."}});
  expect_near("penalty at h = 0.1, beta 2", pair_of(rounding_penalty(0.1f, 2.0f)), {0.36f, 3.2f},
              1e-5f, {{{0.36f, -3.2f}, "Below ½ the penalty falls to the left: sign(2h - 1)."}});
  expect_near("penalty at h = 0.9, beta 3", pair_of(rounding_penalty(0.9f, 3.0f)), {0.488f, -3.84f},
              1e-5f, {{{0.36f, -3.2f}, "beta was not used."}});
  for (const float h : {0.0f, 1.0f}) {
    expect_near("penalty of a decision", Floats{rounding_penalty(h, 20.0f).value}, {0.0f}, 0.0f);
  }
  expect_near("penalty at h = 0.5, beta 1", pair_of(rounding_penalty(0.5f, 1.0f)), {1.0f, 0.0f},
              0.0f,
              {{{1.0f, 2.0f}, "In the middle there is no nearer end: the slope is 0 there."},
               {{1.0f, -2.0f}, "In the middle there is no nearer end: the slope is 0 there."}});
  expect_error([] { (void)rounding_penalty(0.5f, 0.5f); }, "beta must be from 1",
               "Given: below 1 the slope has no limit at h = ½.");
}

// --- 15.34 input_moments, reconstruct ---

TEST(Reconstruct, MomentsByHand) {
  expect_near("moments of rows (1, 2), (3, 0)", input_moments(Floats{1, 2, 3, 0}, 2), {5, 1, 1, 2},
              1e-5f,
              {{{10, 2, 2, 4}, "Divide by the number of rows: it is a mean."},
               {{2.5f, 0.5f, 0.5f, 1}, "Divide by the number of rows, not of values."},
               {{1, 1, 1, 1}, "The means were subtracted: these are moments, not covariances."},
               {{2.5f, 1.5f, 1.5f, 4.5f},
                "That is x·xᵀ, rows with rows: Trans::kYes belongs to the first."}});
}

TEST(Reconstruct, ErrorAndGradientByHand) {
  // Row 0: d = (1, -1), M·d = (4, -1). Row 1: d = (0, 2), M·d = (2, 4).
  const Reconstruction got =
      reconstruct(Floats{1, 1, 3, 3}, Floats{2, 0, 3, 5}, Floats{5, 1, 1, 2}, 2);
  const Floats errors(got.errors.begin(), got.errors.end());
  expect_near("errors", errors, {5, 8}, 1e-5f,
              {{{13, 13}, "Each row has an error of its own."},
               {{2, 4}, "That is the sum of d²; what counts is d·M·d, the outputs' difference."},
               {{10, 16}, "The factor 2 belongs to the gradient only."}});
  expect_near("gradient", got.gradient, {8, -2, 4, 8}, 1e-5f,
              {{{4, -1, 2, 4}, "The factor 2 is missing: a square has the derivative 2·d."},
               {{-8, 2, -4, -8}, "The sign is turned: d = approximation - weight."}});
}

TEST(Reconstruct, IsTheMeanSquareOfTheOutputsDifference) {
  Rng rng(34);
  const std::size_t n = 50;
  Floats x(n * 3);
  for (float& value : x) value = rng.normal(1.0f, 2.0f);
  const Floats weight{0.5f, -1.0f, 2.0f};
  const Floats rounded{1.0f, -1.0f, 1.5f};
  double expected = 0.0;
  for (std::size_t row = 0; row < n; ++row) {
    double difference = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
      difference += double{x[row * 3 + i]} * (double{rounded[i]} - double{weight[i]});
    }
    expected += difference * difference / static_cast<double>(n);
  }
  const Reconstruction got = reconstruct(weight, rounded, input_moments(x, 3), 3);
  expect_near("error of one row", Floats{static_cast<float>(got.errors[0])},
              {static_cast<float>(expected)}, 1e-4f);
}

TEST(Reconstruct, SizesMustFit) {
  (void)reconstruct(Floats{1, 2}, Floats{1, 2}, Floats{1, 0, 0, 1}, 2);  // these do
  expect_error([] { (void)input_moments(Floats{}, 2); }, "0 values",
               "Given: an empty calibration set has no mean.");
  expect_error(
      [] {
        (void)input_moments(Floats{1, kNan}, 2);
      },
      "x[1] must be finite", "Given: one NaN would be in every moment of its column.");
  expect_error(
      [] {
        (void)reconstruct(Floats{1, 2}, Floats{1, 2}, Floats{1, 0}, 2);
      },
      "moments must be 4, got 2", "Given: 2 inputs have 4 moments.");
}

// --- 15.35 adaround ---

Codes nearest_codes(const Floats& weight, const Floats& scales, int bits) {
  Codes codes(weight.size());
  quantize_per_channel(weight, scales, bits, codes);
  return codes;
}

// The errors of these codes, row by row.
std::vector<double> errors_of(const Codes& codes, const Floats& weight, const Floats& scales,
                              const Floats& moments) {
  const std::size_t in = weight.size() / scales.size();
  Floats values(codes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(codes[i]) * scales[i / in];
  }
  return reconstruct(weight, values, moments, static_cast<std::int64_t>(in)).errors;
}

TEST(AdaRound, RoundsTwoLikeWeightsApart) {
  // Both inputs are always the same, so only the sum of the two weights counts: 1.3 is nearer to 1
  // than to 2.
  const Floats weight{0.6f, 0.7f};
  expect_same<std::int8_t>("codes of 0.6, 0.7", adaround(weight, Floats{1}, Floats{1, 1, 1, 1}, {}),
                           {0, 1},
                           {{{1, 1},
                             "That is rounding to nearest. Is the penalty pushing (h' and the sign "
                             "of its slope)? Is the "
                             "gradient reaching v? Undecided weights end where they began."},
                            {{0, 0}, "Both went down: h >= ½ means up."},
                            {{1, 0}, "The wrong one went up: 0.7 is nearer to 1 than 0.6 is."}});
}

TEST(AdaRound, IndependentInputsKeepTheNearestCodes) {
  // With M diagonal each weight has its own output: nearest is best.
  const Floats weight{0.6f, -1.3f, 2.2f, 6.0f};
  const Floats identity{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  expect_same<std::int8_t>(
      "codes", adaround(weight, Floats{1}, identity, {}), {1, -1, 2, 6},
      {{{1, -2, 2, 6}, "low is floor(weight / scale): -1.3 lies between -2 and -1."},
       {{0, -2, 2, 6}, "All were rounded down: h >= ½ means up."}});
}

// Inputs as a layer behind a ReLU has them: few causes, many features, all positive.
Floats related_inputs(Rng& rng, std::size_t rows, std::size_t in) {
  Floats mix(4 * in);
  for (float& value : mix) value = rng.normal();
  Floats x;
  for (std::size_t row = 0; row < rows; ++row) {
    const Floats cause{rng.normal(), rng.normal(), rng.normal(), rng.normal()};
    for (std::size_t i = 0; i < in; ++i) {
      float value = rng.normal(0.0f, 0.2f);
      for (std::size_t k = 0; k < 4; ++k) value += cause[k] * mix[k * in + i];
      x.push_back(std::max(value, 0.0f));
    }
  }
  return x;
}

struct Problem {
  Floats weight;
  Floats scales;
  Floats moments;

  explicit Problem(std::uint64_t seed, int bits, float size = 1.0f) {
    Rng rng(seed);
    moments = input_moments(related_inputs(rng, 100, 12), 12);
    for (int i = 0; i < 5 * 12; ++i) weight.push_back(size * rng.normal());
    scales = channel_scales(weight, 5, bits);
  }
};

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(AdaRound, HalvesTheErrorOfRelatedInputs) {
  const Problem p(35, 3);
  const double before =
      sum_of(errors_of(nearest_codes(p.weight, p.scales, 3), p.weight, p.scales, p.moments));
  const Codes codes = adaround(p.weight, p.scales, p.moments, {.bits = 3});
  const double after = sum_of(errors_of(codes, p.weight, p.scales, p.moments));
  require(after < 0.5 * before,
          "nearest rounding costs " + teach::show(before) + ", adaround " + teach::show(after) +
              "; less than half is within reach. Follow one v: does g have all three factors "
              "(scale, h', in / E)? Is low the floor, also of negative numbers?");
}

TEST(AdaRound, TheUnitOfTheWeightsDoesNotMatter) {
  const Problem p(36, 3);
  const Problem tiny(36, 3, 0x1p-10f);
  expect_same<std::int8_t>(
      "codes of a weight 1024 times smaller",
      adaround(tiny.weight, tiny.scales, tiny.moments, {.bits = 3}),
      adaround(p.weight, p.scales, p.moments, {.bits = 3}), {}, [](std::size_t) {
        return "the error is divided by E / in, so that the penalty means the same in any unit";
      });
}

void expect_neighbours_no_worse(const Problem& p, const AdaRoundOptions& options) {
  const Codes codes = adaround(p.weight, p.scales, p.moments, options);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const float exact = p.weight[i] / p.scales[i / 12];
    if (std::abs(static_cast<float>(codes[i]) - exact) < 1.0f) continue;
    require(false, "weight / scale = " + teach::show(exact) + " became code " +
                       teach::show(codes[i]) + ": up or down, but not further");
    return;
  }
  const auto errors = errors_of(codes, p.weight, p.scales, p.moments);
  const auto nearest =
      errors_of(nearest_codes(p.weight, p.scales, options.bits), p.weight, p.scales, p.moments);
  for (std::size_t o = 0; o < errors.size(); ++o) {
    if (errors[o] <= nearest[o]) continue;
    require(false, "row " + std::to_string(o) + " at " + std::to_string(options.bits) +
                       " bits costs " + teach::show(errors[o]) + ", with the nearest codes " +
                       teach::show(nearest[o]) + ": keep the better of the two, row by row");
    return;
  }
}

TEST(AdaRound, EveryCodeIsANeighbourAndNoRowIsWorse) {
  for (const int bits : {2, 4, 8}) {
    expect_neighbours_no_worse(Problem(37, bits), {.bits = bits, .steps = 200});
    // Steps that are too few and too long land anywhere; what comes out may still not be worse.
    expect_neighbours_no_worse(Problem(40, bits), {.bits = bits, .steps = 1, .learning_rate = 5});
    expect_neighbours_no_worse(Problem(41, bits), {.bits = bits, .steps = 8, .learning_rate = 1});
  }
}

TEST(AdaRound, WithoutStepsItIsNearestRounding) {
  const Problem p(38, 4);
  expect_same<std::int8_t>("codes after 0 steps",
                           adaround(p.weight, p.scales, p.moments, {.bits = 4, .steps = 0}),
                           nearest_codes(p.weight, p.scales, 4));
}

TEST(AdaRound, AWeightOnACodeKeepsIt) {
  // 9 steps are clipped to 7, and with equal inputs -6 in the place of -7 would make up for half of
  // it. But a row's scale stands on its largest weight: move it, and the scale no longer fits.
  expect_same<std::int8_t>(
      "codes of -6.9995, 9", adaround(Floats{-6.9995f, 9}, Floats{1}, Floats{1, 1, 1, 1}, {}),
      {-7, 7},
      {{{-6, 7}, "-6.9995 is -7 to within 2^-10, and such a weight keeps its code."},
       {{-7, 9}, "9 does not fit in 4 bits: clamp to symmetric_range(bits)."}});
}

TEST(AdaRound, CodesStayInRange) {
  // A scale that clips: 7.6 steps, and the last code of 4 bits is 7.
  expect_same<std::int8_t>(
      "codes of 7.6, -9.4", adaround(Floats{7.6f, -9.4f}, Floats{1}, Floats{1, 0, 0, 1}, {}),
      {7, -7},
      {{{8, -7}, "8 does not fit in 4 bits: clamp to symmetric_range(bits)."},
       {{8, -9}, "8 does not fit in 4 bits: clamp to symmetric_range(bits)."}});
}

TEST(AdaRound, GivesTheSameCodesEveryTime) {
  const Problem p(39, 3);
  const AdaRoundOptions options{.bits = 3, .steps = 100};
  expect_same<std::int8_t>("codes of a second run",
                           adaround(p.weight, p.scales, p.moments, options),
                           adaround(p.weight, p.scales, p.moments, options));
}

TEST(AdaRound, ARowThatIsExactAlreadyStays) {
  // E = 0 for row 0: in / E would be infinite.
  const Floats weight{1, 2, 0.6f, 0.7f};
  expect_same<std::int8_t>("codes", adaround(weight, Floats{1, 1}, Floats{1, 1, 1, 1}, {}),
                           {1, 2, 0, 1});
  expect_same<std::int8_t>("codes when no input was ever on",
                           adaround(weight, Floats{1, 1}, Floats(4, 0.0f), {}), {1, 2, 1, 1});
}

TEST(AdaRound, InputsOfZeroLeaveTheNearestCodes) {
  expect_same<std::int8_t>("codes", adaround(Floats{0.6f, 0.4f}, Floats{1}, Floats(4), {}), {1, 0},
                           {});
}

TEST(Reconstruct, RefusesMomentsBeyondFloat) {
  expect_error(
      [] {
        (void)input_moments(Floats{1e20f, 1.0f}, 2);
      },
      "moment[0]",
      "1e20² does not fit in a float, and an infinite moment makes every error NaN: "
      "require_finite() the moments.");
}

TEST(AdaRound, ArgumentsMustFitTogether) {
  const Floats weight{0.6f, 0.7f};
  const Floats ones{1, 1, 1, 1};
  (void)adaround(weight, Floats{1}, ones, {.steps = 1});  // these do
  const auto refused = [](const Floats& w, const Floats& scales, const Floats& moments,
                          const AdaRoundOptions& options, const char* fragment) {
    expect_error([&] { (void)adaround(w, scales, moments, options); }, fragment,
                 "Given: see adaround_guards.h.");
  };
  refused({1, 2, 3}, {1}, ones, {}, "moments must be 9, got 4");
  refused(weight, {0}, ones, {}, "scale of row 0 must be positive");
  refused({1, kNan}, {1}, ones, {}, "weight[1] must be finite");
  refused({}, {}, {}, {}, "0 weights");
  refused(weight, {1}, ones, {.steps = -1}, "steps must be at least 0");
  refused(weight, {1}, ones, {.bits = 9}, "bits must be from 2 to 8");
  refused(weight, {1}, ones, {.warm_up = kNan}, "warm_up must be finite");
}

}  // namespace
}  // namespace tinytorch::quantization
