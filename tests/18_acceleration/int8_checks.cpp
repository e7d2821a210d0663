#include "tests/18_acceleration/checks.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"

namespace checks18 {

Codes draw_codes(Rng& rng, std::int64_t count) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) code = static_cast<std::int8_t>(integer(rng, -128, 127));
  return codes;
}

namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

// Packed weights are an input: whoever packs them is another task.
Values draw_layer(Rng& rng) {
  const std::int64_t rows = integer(rng, 1, 30), in = integer(rng, 1, 40);
  const std::int64_t out = integer(rng, 1, 150);
  const Codes weight = draw_codes(rng, out * in);
  const std::int64_t groups = (in + kGroup - 1) / kGroup;
  Codes packed(static_cast<std::size_t>((out + kPanel - 1) / kPanel * groups * kPanel * kGroup));
  std::vector<std::int32_t> sums(static_cast<std::size_t>(out)), bias(sums.size());
  for (std::int64_t at = 0; at < out * in; ++at) {
    const std::int64_t o = at / in, k = at % in;
    const std::int64_t row = (o / kPanel * groups + k / kGroup) * kPanel + o % kPanel;
    packed[static_cast<std::size_t>(row * kGroup + k % kGroup)] =
        weight[static_cast<std::size_t>(at)];
    sums[static_cast<std::size_t>(o)] += weight[static_cast<std::size_t>(at)];
  }
  for (std::int32_t& value : bias) value = static_cast<std::int32_t>(integer(rng, -100000, 100000));
  return Values()
      .add_int("out", out)
      .add_int("in", in)
      .add("x", draw_codes(rng, rows * in))
      .add("packed", packed)
      .add("sums", sums)
      .add("bias", bias);
}

Values run_layer(const Values& in) {
  const Codes packed = in.get<std::int8_t>("packed");
  const PackedWeights weight{in.get_int("out"),
                             in.get_int("in"),
                             {packed.begin(), packed.end()},
                             in.get<std::int32_t>("sums")};
  const Codes x = in.get<std::int8_t>("x");
  const auto bias = in.get<std::int32_t>("bias");
  std::vector<std::int32_t> acc(x.size() / static_cast<std::size_t>(weight.in) * bias.size(), 7);
  int8_gemm_lanes(x, weight, bias, acc);
  return Values().add("acc", acc);
}

}  // namespace

std::vector<Check> int8_checks() {
  return {
      {"18.5",
       "unsigned rows",
       "0 to 60 codes in rows of 0 to 9, whole ones or not",
       {},
       16,
       [](Rng& rng) {
         return Values()
             .add_int("in", integer(rng, 0, 9))
             .add("x", draw_codes(rng, integer(rng, 0, 60)));
       },
       [](const Values& in) {
         return or_error([&] {
           const UnsignedRows rows = to_unsigned(in.get<std::int8_t>("x"), in.get_int("in"));
           return Values()
               .add_int("rows", rows.rows)
               .add_int("stride", rows.stride)
               .add("bytes", std::vector<std::int64_t>(rows.bytes.begin(), rows.bytes.end()));
         });
       }},
      {"18.5",
       "sums",
       "1 to 30 rows, 1 to 150 outputs, 1 to 40 inputs, all codes; exactly",
       {},
       12,
       draw_layer,
       run_layer},
  };
}

}  // namespace checks18
