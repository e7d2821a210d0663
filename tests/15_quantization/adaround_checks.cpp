#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/qat/adaround.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

Values draw_points(Rng& rng) {
  Floats v(100);
  Floats fractions(100);
  Floats h(100);
  for (std::size_t i = 0; i < v.size(); ++i) {
    v[i] = rng.uniform(-4.0f, 4.0f);
    // Where the curve is cut it has a corner, and a last digit decides the slope: keep away.
    if (std::abs(std::abs(v[i]) - 2.3979f) < 0.01f) v[i] = 0.0f;
    fractions[i] = rng.uniform();
    h[i] = i == 0 ? 0.5f : rng.uniform();
  }
  return Values()
      .add("v", v)
      .add("fractions", fractions)
      .add("h", h)
      .add_float("beta", rng.uniform(1.5f, 20.0f));
}

void add_point(ValueAndSlope at, Floats& values, Floats& slopes) {
  values.push_back(at.value);
  slopes.push_back(at.slope);
}

Values run_soft(const Values& in) {
  Floats values;
  Floats slopes;
  Floats starts;
  for (const float v : in.get<float>("v")) add_point(soft_rounding(v), values, slopes);
  for (const float f : in.get<float>("fractions")) starts.push_back(soft_rounding_start(f));
  return Values().add("h", values).add("slope of h", slopes).add("start", starts);
}

Values run_penalty(const Values& in) {
  Floats values;
  Floats slopes;
  for (const float h : in.get<float>("h")) {
    add_point(rounding_penalty(h, in.get_float("beta")), values, slopes);
  }
  return Values().add("penalty", values).add("slope of the penalty", slopes);
}

// Inputs of which some always come together, as behind a ReLU.
Values draw_layer(Rng& rng) {
  const std::int64_t in = integer(rng, 2, 10);
  const std::int64_t out = integer(rng, 1, 6);
  const std::int64_t rows = integer(rng, 20, 60);
  Floats x;
  for (std::int64_t row = 0; row < rows; ++row) {
    const float cause = rng.uniform(0.0f, 2.0f);
    for (std::int64_t i = 0; i < in; ++i) {
      x.push_back(std::max(0.0f, cause + rng.normal(0.0f, 0.3f)));
    }
  }
  return Values()
      .add("x", x)
      .add("weight", normals(rng, out * in, rng.uniform(0.01f, 3.0f)))
      .add("approximation", normals(rng, out * in, 1.0f))
      .add_int("in", in)
      .add_int("out", out)
      .add_int("bits", integer(rng, 2, 4));
}

Values run_reconstruct(const Values& in) {
  const std::int64_t columns = in.get_int("in");
  const Floats moments = input_moments(in.get<float>("x"), columns);
  const Reconstruction got =
      reconstruct(in.get<float>("weight"), in.get<float>("approximation"), moments, columns);
  return Values().add("moments", moments).add("errors", got.errors).add("gradient", got.gradient);
}

double cost(const Codes& codes, const Floats& weight, const Floats& scales, const Floats& moments) {
  const std::size_t columns = weight.size() / scales.size();
  double total = 0.0;
  for (std::size_t o = 0; o < scales.size(); ++o) {
    for (std::size_t i = 0; i < columns; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        const auto off = [&](std::size_t k) {
          const std::size_t at = o * columns + k;
          return double{scales[o]} * static_cast<double>(codes[at]) - double{weight[at]};
        };
        total += off(i) * off(j) * double{moments[i * columns + j]};
      }
    }
  }
  return total;
}

// How far below nearest rounding, in tenths of its error, and whether every code is a neighbour.
// The codes themselves may differ in a weight that hardly matters.
Values run_adaround(const Values& in) {
  const Floats weight = in.get<float>("weight");
  const int bits = static_cast<int>(in.get_int("bits"));
  const Floats scales = channel_scales(weight, in.get_int("out"), bits);
  const Floats moments = input_moments(in.get<float>("x"), in.get_int("in"));
  Codes nearest(weight.size());
  quantize_per_channel(weight, scales, bits, nearest);
  const Codes codes =
      adaround(weight, scales, moments, {.bits = bits, .steps = 300, .learning_rate = 0.03f});
  int neighbours = codes.size() == weight.size() ? 1 : 0;
  for (std::size_t i = 0; neighbours == 1 && i < codes.size(); ++i) {
    const float exact = weight[i] / scales[i / static_cast<std::size_t>(in.get_int("in"))];
    if (!(std::abs(static_cast<float>(codes[i]) - exact) < 1.0f)) neighbours = 0;
  }
  if (neighbours == 0) return Values().add_int("neighbours", 0);
  const double before = cost(nearest, weight, scales, moments);
  const double after = cost(codes, weight, scales, moments);
  return Values()
      .add_int("neighbours", 1)
      .add_int("no worse than nearest", after <= before * (1.0 + 1e-5) ? 1 : 0)
      .add("error left", std::vector<double>{before > 0.0 ? after / before : 0.0});
}

}  // namespace

std::vector<Check> adaround_checks() {
  return {
      {"15.33",
       "soft rounding",
       "100 values of v in [-4, 4], 100 fractions",
       {1e-4, 1e-5},
       6,
       draw_points,
       run_soft},
      {"15.33",
       "rounding penalty",
       "100 values of h, beta in [1.5, 20]",
       {1e-4, 1e-6},
       6,
       draw_points,
       run_penalty},
      {"15.34",
       "reconstruction",
       "up to 6 rows of up to 10 weights, 20 to 60 rows of related inputs",
       {1e-3, 1e-3},
       10,
       draw_layer,
       run_reconstruct},
      {"15.35",
       "adaptive rounding",
       "the same layers at 2 to 4 bits: each code a neighbour, no row worse, the error left as low "
       "as the reference's, give or take a tenth of nearest rounding's",
       {0.0, 0.1},
       8,
       draw_layer,
       run_adaround},
  };
}

}  // namespace checks15
