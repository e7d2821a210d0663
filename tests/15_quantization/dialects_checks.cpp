#include <limits>

#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/arithmetic/dialects.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

// Any int32, often near 0, a power of two or an end.
std::int32_t draw_int32(Rng& rng) {
  constexpr std::int64_t kLow = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kHigh = std::numeric_limits<std::int32_t>::max();
  switch (integer(rng, 0, 3)) {
    case 0:
      return static_cast<std::int32_t>(integer(rng, kLow, kHigh));
    case 1:
      return static_cast<std::int32_t>(integer(rng, -40, 40));
    case 2: {
      const std::int64_t power = std::int64_t{1} << integer(rng, 0, 30);
      return static_cast<std::int32_t>(integer(rng, 0, 1) == 0 ? power : -power);
    }
    default:
      return static_cast<std::int32_t>(integer(rng, 0, 1) == 0 ? kLow : kHigh);
  }
}

Values draw_multipliers(Rng& rng) {
  // Powers of two from 2^-36 to 2^29, some of them missed by less than the mantissa can tell.
  std::vector<double> real;
  for (int i = 0; i < 200; ++i) {
    const double fraction = i % 4 == 0 ? 1.0 - 0x1p-33 : 0.5 + 0.5 * double{rng.uniform()};
    const double tie = i % 4 == 1 ? 0x1p-32 : 0.0;
    double power = 1.0;
    for (std::int64_t e = integer(rng, -36, 28); e != 0; e += e < 0 ? 1 : -1) {
      power *= e < 0 ? 0.5 : 2.0;
    }
    real.push_back((fraction + tie) * power);
  }
  return Values().add("real", real);
}

Values report(const std::vector<FixedPoint>& multipliers) {
  Sums mantissas;
  Sums exponents;
  for (const FixedPoint& multiplier : multipliers) {
    mantissas.push_back(multiplier.mantissa);
    exponents.push_back(multiplier.exponent);
  }
  return Values().add("mantissa", mantissas).add("exponent", exponents);
}

Values run_multipliers(const Values& in) {
  std::vector<FixedPoint> got;
  for (const double real : in.get<double>("real")) got.push_back(quantize_multiplier(real));
  return report(got);
}

Values draw_scales(Rng& rng) {
  Floats scales(100);
  for (float& scale : scales) scale = rng.uniform(1e-4f, 1.0f);
  return Values()
      .add_float("input", rng.uniform(1e-3f, 1.0f))
      .add("weights", scales)
      .add_float("output", rng.uniform(1e-3f, 1.0f));
}

Values draw_pairs(Rng& rng) {
  Sums a;
  Sums b;
  Sums n;
  for (int i = 0; i < 300; ++i) {
    a.push_back(draw_int32(rng));
    b.push_back(draw_int32(rng));
    n.push_back(static_cast<std::int32_t>(integer(rng, 0, 31)));
  }
  return Values().add("a", a).add("b", b).add("n", n);
}

Values run_products(const Values& in) {
  const Sums& a = in.get<std::int32_t>("a");
  const Sums& b = in.get<std::int32_t>("b");
  Sums got;
  for (std::size_t i = 0; i < a.size(); ++i) {
    got.push_back(saturating_rounding_doubling_high_mul(a[i], b[i]));
  }
  return Values().add("products", got);
}

Values run_quotients(const Values& in) {
  const Sums& x = in.get<std::int32_t>("a");
  const Sums& n = in.get<std::int32_t>("n");
  Sums got;
  for (std::size_t i = 0; i < x.size(); ++i) {
    got.push_back(rounding_divide_by_power_of_two(x[i], n[i]));
    got.push_back(rounding_divide_by_power_of_two(x[i] % 64, n[i] % 4));
  }
  return Values().add("quotients", got);
}

Values draw_requantize(Rng& rng) {
  const std::int64_t out = integer(rng, 1, 12);
  Sums mantissas;
  Sums exponents;
  for (std::int64_t o = 0; o < out; ++o) {
    const bool half = integer(rng, 0, 1) == 0;
    mantissas.push_back(half ? 1 << 30
                             : static_cast<std::int32_t>(integer(rng, 1 << 30, 0x7FFFFFFF)));
    exponents.push_back(static_cast<std::int32_t>(integer(rng, -9, 4)));
  }
  Sums acc;
  for (std::int64_t i = integer(rng, 1, 30) * out; i > 0; --i) {
    acc.push_back(integer(rng, 0, 5) == 0 ? draw_int32(rng)
                                          : static_cast<std::int32_t>(integer(rng, -5000, 5000)));
  }
  const std::int64_t zero_point = integer(rng, -128, 127);
  return Values()
      .add("acc", acc)
      .add("mantissas", mantissas)
      .add("exponents", exponents)
      .add_int("zero_point", zero_point)
      .add_int("qmin", integer(rng, 0, 1) == 0 ? -128 : zero_point);
}

Values run_requantize(const Values& in) {
  const Sums& acc = in.get<std::int32_t>("acc");
  const Sums& mantissas = in.get<std::int32_t>("mantissas");
  std::vector<FixedPoint> multipliers;
  for (std::size_t o = 0; o < mantissas.size(); ++o) {
    multipliers.push_back({mantissas[o], in.get<std::int32_t>("exponents")[o]});
  }
  Codes out(acc.size());
  requantize_tflite(acc, multipliers, static_cast<std::int32_t>(in.get_int("zero_point")),
                    {static_cast<std::int32_t>(in.get_int("qmin")), 127}, out);
  return Values().add("codes", out);
}

GolfOptions options_of(const Values& in) {
  return {static_cast<int>(in.get_int("bits")),
          in.get_int("fixed") == 1 ? GolfMode::kFixed : GolfMode::kFaithful};
}

Values draw_options(Rng& rng) {
  return Values()
      .add_int("bits", integer(rng, 0, 1) == 0 ? 8 : 6)
      .add_int("fixed", integer(rng, 0, 1));
}

Values report(const GolfTensor& stored) {
  const Sums scales(stored.scales.begin(), stored.scales.end());
  const Sums halves(stored.halves.begin(), stored.halves.end());
  return Values().add("codes", stored.codes).add("scales", scales).add("halves", halves);
}

Values draw_rows(Rng& rng) {
  const std::int64_t rows = integer(rng, 1, 6);
  const std::int64_t columns = integer(rng, 1, 800);
  Floats w;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float deviations[] = {0.0f, 1e-4f, 0.02f, 0.5f, 3.0f, 100.0f};
    const Floats row = normals(rng, columns, deviations[integer(rng, 0, 5)]);
    w.insert(w.end(), row.begin(), row.end());
  }
  return draw_options(rng).add("w", w).add_int("rows", rows);
}

Values draw_tensor(Rng& rng) {
  const std::vector<std::vector<std::int64_t>> shapes = {{100, 7}, {256, 256}, {257, 256},
                                                         {65537},  {65536},    {4, 128, 129}};
  const auto& shape = shapes[static_cast<std::size_t>(integer(rng, 0, 5))];
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) elements *= size;
  return draw_options(rng).add("w", normals(rng, elements, 0.3f)).add("shape", shape);
}

}  // namespace

std::vector<Check> dialects_checks() {
  return {
      {"15.23",
       "fixed point",
       "multipliers from 2^-37 to 2^28: ties, and some that round up to a power of two",
       {},
       6,
       draw_multipliers,
       run_multipliers},
      {"15.23",
       "from scales",
       "100 channels, the scales multiplied in double",
       {},
       6,
       draw_scales,
       [](const Values& in) {
         return report(tflite_multipliers(in.get_float("input"), in.get<float>("weights"),
                                          in.get_float("output")));
       }},
      {"15.24",
       "products",
       "300 pairs: any int32, small ones, powers of two and both ends",
       {},
       8,
       draw_pairs,
       run_products},
      {"15.25",
       "quotients",
       "300 values divided by 2^0 to 2^31, half of them small enough to lie on ties",
       {},
       8,
       draw_pairs,
       run_quotients},
      {"15.26",
       "requantize tflite",
       "up to 12 channels, exponents -9 to 4, sums from small to the ends of int32",
       {},
       10,
       draw_requantize,
       run_requantize},
      {"15.27",
       "rows",
       "up to 6 rows of up to 800 values, from zeros to a deviation of 100, both widths and modes",
       {},
       12,
       draw_rows,
       [](const Values& in) {
         return report(golf_quantize_rows(in.get<float>("w"), in.get_int("rows"), options_of(in)));
       }},
      {"15.27",
       "store",
       "tensors of rank 1 to 3 on both sides of 65,536 elements",
       {},
       6,
       draw_tensor,
       [](const Values& in) {
         return report(
             golf_store(in.get<float>("w"), in.get<std::int64_t>("shape"), options_of(in)));
       }},
  };
}

}  // namespace checks15
