#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/int8/int8_gemm.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

Values draw_product(Rng& rng) {
  const std::int64_t rows = integer(rng, 1, 19);
  const std::int64_t in = integer(rng, 1, 130);
  const std::int64_t out = integer(rng, 1, 50);
  Sums bias(static_cast<std::size_t>(out));
  for (std::int32_t& b : bias) b = static_cast<std::int32_t>(integer(rng, -100000, 100000));
  return Values()
      .add("x", codes(rng, rows * in))
      .add("weight", codes(rng, out * in))
      .add("bias", bias)
      .add_int("rows", rows)
      .add_int("in", in);
}

PackedWeights packed_from(const Values& in) {
  return pack_weights(in.get<std::int8_t>("weight"),
                      static_cast<std::int64_t>(in.get<std::int32_t>("bias").size()),
                      in.get_int("in"));
}

}  // namespace

std::vector<Check> int8_gemm_checks() {
  return {
      {"15.14",
       "layout",
       "up to 50 outputs and 130 inputs, every code and every sum",
       {},
       10,
       draw_product,
       [](const Values& in) {
         const PackedWeights packed = packed_from(in);
         const std::vector<std::int8_t> codes(packed.codes.begin(), packed.codes.end());
         return Values().add("codes", codes).add("sums", packed.sums);
       }},
      {"15.15",
       "product",
       "up to 19 rows, 130 inputs, 50 outputs, all codes",
       {},
       12,
       draw_product,
       [](const Values& in) {
         const Sums& bias = in.get<std::int32_t>("bias");
         Sums acc(static_cast<std::size_t>(in.get_int("rows")) * bias.size());
         gemm_packed(in.get<std::int8_t>("x"), packed_from(in), bias, acc);
         return Values().add("acc", acc);
       }},
  };
}

}  // namespace checks15
