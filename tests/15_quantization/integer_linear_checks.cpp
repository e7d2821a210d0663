#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

Floats scales(Rng& rng, std::int64_t count) {
  Floats s(static_cast<std::size_t>(count));
  for (float& value : s) value = rng.uniform(1e-3f, 0.1f);
  return s;
}

Sums sums(Rng& rng, std::int64_t count, std::int64_t magnitude) {
  Sums s(static_cast<std::size_t>(count));
  for (std::int32_t& value : s)
    value = static_cast<std::int32_t>(integer(rng, -magnitude, magnitude));
  return s;
}

Values draw_bias(Rng& rng) {
  const std::int64_t out = integer(rng, 1, 20);
  const float input_scale = rng.uniform(1e-3f, 0.5f);
  Floats weight_scales = scales(rng, out);
  Floats bias = normals(rng, out, 3.0f);
  for (std::size_t o = 0; o < bias.size(); o += 3) {  // exact ties
    weight_scales[o] = 0x1p-7f;
    bias[o] = (static_cast<float>(integer(rng, -500, 500)) + 0.5f) * (input_scale * 0x1p-7f);
  }
  return Values()
      .add("bias", bias)
      .add_float("input_scale", input_scale)
      .add("weight_scales", weight_scales);
}

Values run_bias(const Values& in) {
  return or_error([&] {
    return Values().add("codes", quantize_bias(in.get<float>("bias"), in.get_float("input_scale"),
                                               in.get<float>("weight_scales")));
  });
}

Values draw_layer(Rng& rng) {
  const std::int64_t rows = integer(rng, 1, 6);
  const std::int64_t in = integer(rng, 1, 300);
  const std::int64_t out = integer(rng, 1, 12);
  return Values()
      .add("x", codes(rng, rows * in))
      .add("weight", codes(rng, out * in))
      .add("bias", sums(rng, out, 1 << 28))
      .add_int("rows", rows)
      .add_int("zero_point", integer(rng, -128, 127));
}

Values draw_requantize(Rng& rng) {
  const std::int64_t out = integer(rng, 1, 16);
  const std::int64_t rows = integer(rng, 1, 20);
  Floats multipliers = scales(rng, out);
  for (std::size_t o = 0; o < multipliers.size(); o += 2) multipliers[o] = 0.125f;  // ties
  const std::int64_t zero_point = integer(rng, -128, 127);
  return Values()
      .add("acc", sums(rng, rows * out, 2000))
      .add("multipliers", multipliers)
      .add_int("zero_point", zero_point)
      .add_int("qmin", integer(rng, 0, 1) == 0 ? -128 : zero_point)
      .add_int("qmax", 127);
}

Values run_requantize(const Values& in) {
  const Sums& acc = in.get<std::int32_t>("acc");
  Codes out(acc.size());
  requantize(acc, in.get<float>("multipliers"), static_cast<std::int32_t>(in.get_int("zero_point")),
             {static_cast<std::int32_t>(in.get_int("qmin")),
              static_cast<std::int32_t>(in.get_int("qmax"))},
             out);
  return Values().add("codes", out);
}

}  // namespace

std::vector<Check> integer_linear_checks() {
  return {
      {"15.10", "bias", "up to 20 channels, every third bias on a tie", {}, 8, draw_bias, run_bias},
      {"15.10",
       "overflow",
       "a bias beyond kMaxBiasCode steps throws Error",
       {},
       3,
       [](Rng& rng) {
         const Floats bias = {0.0f, rng.uniform(1.1e9f, 9e9f)};
         return Values()
             .add("bias", bias)
             .add_float("input_scale", 1.0f)
             .add("weight_scales", Floats{1, 1});
       },
       run_bias},
      {"15.11",
       "fold",
       "weights of up to 12 × 300 codes, any zero-point",
       {},
       8,
       draw_layer,
       [](const Values& in) {
         return Values().add(
             "folded",
             fold_input_zero_point(in.get<std::int8_t>("weight"), in.get<std::int32_t>("bias"),
                                   static_cast<std::int32_t>(in.get_int("zero_point"))));
       }},
      {"15.12",
       "sums",
       "up to 6 rows, 300 inputs, 12 outputs, all codes, biases up to 2^28",
       {},
       8,
       draw_layer,
       [](const Values& in) {
         const Sums& bias = in.get<std::int32_t>("bias");
         Sums acc(static_cast<std::size_t>(in.get_int("rows")) * bias.size());
         linear_int32(in.get<std::int8_t>("x"), in.get<std::int8_t>("weight"), bias, acc);
         return Values().add("acc", acc);
       }},
      {"15.13",
       "multipliers",
       "random scales, bit for bit",
       {},
       6,
       [](Rng& rng) {
         return Values()
             .add_float("input_scale", rng.uniform(1e-3f, 1.0f))
             .add("weight_scales", scales(rng, 200))
             .add_float("output_scale", rng.uniform(1e-3f, 1.0f));
       },
       [](const Values& in) {
         return Values().add("multipliers", requantize_multipliers(in.get_float("input_scale"),
                                                                   in.get<float>("weight_scales"),
                                                                   in.get_float("output_scale")));
       }},
      {"15.13",
       "requantize",
       "sums up to ±2000, half of the multipliers make ties, with and without ReLU",
       {},
       10,
       draw_requantize,
       run_requantize},
  };
}

}  // namespace checks15
