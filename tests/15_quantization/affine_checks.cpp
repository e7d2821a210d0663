#include <limits>

#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

Values of(QParams p) {
  return Values().add_float("scale", p.scale).add_int("zero_point", p.zero_point);
}

QParams params_of(const Values& in) {
  return {in.get_float("scale"), static_cast<std::int32_t>(in.get_int("zero_point"))};
}

Values draw_interval(Rng& rng) {
  // A third each around 0, above it and below it.
  const std::int64_t kind = integer(rng, 0, 2);
  const float width = rng.uniform(1e-3f, 50.0f);
  const float low = kind == 0 ? -width * rng.uniform() : rng.uniform(0.1f, 10.0f);
  const float min = kind == 2 ? -low - width : low;
  return Values()
      .add_float("min", min)
      .add_float("max", min + width)
      .add_int("bits", integer(rng, 2, 8));
}

Values run_asymmetric(const Values& in) {
  return of(choose_qparams_asymmetric(in.get_float("min"), in.get_float("max"),
                                      full_range(static_cast<int>(in.get_int("bits")))));
}

Values draw_quantize(Rng& rng) {
  const float scale = rng.uniform(1e-3f, 2.0f);
  const int bits = static_cast<int>(integer(rng, 2, 8));
  const QRange range = full_range(bits);
  Floats x = with_ties(rng, 512, scale);
  x.push_back(std::numeric_limits<float>::infinity());
  x.push_back(-std::numeric_limits<float>::infinity());
  x.push_back(std::numeric_limits<float>::quiet_NaN());
  x.push_back(3e38f);
  return Values()
      .add("x", x)
      .add_float("scale", scale)
      .add_int("zero_point", integer(rng, range.qmin, range.qmax))
      .add_int("bits", bits);
}

Values run_quantize(const Values& in) {
  const Floats& x = in.get<float>("x");
  Codes out(x.size());
  quantize(x, params_of(in), full_range(static_cast<int>(in.get_int("bits"))), out);
  return Values().add("codes", out);
}

// Scales whose reciprocal is inexact, so that x / scale and x · (1 / scale) part at ties.
Values draw_reciprocal(Rng& rng) {
  Floats x;
  for (int i = 0; i < 512; ++i) x.push_back(static_cast<float>(integer(rng, -250, 250)) / 100.0f);
  return Values()
      .add("x", x)
      .add_float("scale", 0.02f)
      .add_int("zero_point", integer(rng, -20, 20))
      .add_int("bits", 8);
}

Values draw_weight(Rng& rng) {
  const std::int64_t channels = integer(rng, 1, 12);
  const std::int64_t length = integer(rng, 1, 40);
  Floats weight;
  for (std::int64_t c = 0; c < channels; ++c) {
    // Channels of very different size, and now and then one of zeros.
    const float size = integer(rng, 0, 7) == 0 ? 0.0f : rng.uniform(1e-3f, 10.0f);
    for (const float w : normals(rng, length, size)) weight.push_back(size == 0.0f ? 0.0f : w);
  }
  return Values()
      .add("weight", weight)
      .add_int("channels", channels)
      .add_int("bits", integer(rng, 2, 8));
}

Values run_per_channel(const Values& in) {
  const Floats& weight = in.get<float>("weight");
  const int bits = static_cast<int>(in.get_int("bits"));
  const Floats scales = channel_scales(weight, in.get_int("channels"), bits);
  Codes out(weight.size());
  quantize_per_channel(weight, scales, bits, out);
  return Values().add("scales", scales).add("codes", out);
}

}  // namespace

std::vector<Check> affine_checks() {
  return {
      {"15.1",
       "interval",
       "intervals of width 0.001 to 50 around, above and below 0, 2 to 8 bits",
       {},
       24,
       draw_interval,
       run_asymmetric},
      {"15.2",
       "magnitude",
       "max_abs in [0.001, 100] and exactly 0, 2 to 8 bits",
       {},
       16,
       [](Rng& rng) {
         const float max_abs = integer(rng, 0, 5) == 0 ? 0.0f : rng.uniform(1e-3f, 100.0f);
         return Values().add_float("max_abs", max_abs).add_int("bits", integer(rng, 2, 8));
       },
       [](const Values& in) {
         return of(choose_qparams_symmetric(in.get_float("max_abs"),
                                            static_cast<int>(in.get_int("bits"))));
       }},
      {"15.3",
       "ties",
       "516 values, half of them on ties, with infinities and NaN; any zero-point",
       {},
       8,
       draw_quantize,
       run_quantize},
      {"15.3",
       "division",
       "multiples of 0.01 with scale 0.02",
       {},
       4,
       draw_reciprocal,
       run_quantize},
      {"15.4",
       "codes",
       "256 codes, any zero-point, scale in [0.001, 2]",
       {},
       8,
       [](Rng& rng) {
         return Values()
             .add("codes", codes(rng, 256))
             .add_float("scale", rng.uniform(1e-3f, 2.0f))
             .add_int("zero_point", integer(rng, -128, 127));
       },
       [](const Values& in) {
         const Codes& q = in.get<std::int8_t>("codes");
         Floats x(q.size());
         dequantize(q, params_of(in), x);
         return Values().add("x", x);
       }},
      {"15.5",
       "channels",
       "up to 12 channels of up to 40 weights, scaled apart, some all zero",
       {},
       12,
       draw_weight,
       run_per_channel},
  };
}

}  // namespace checks15
