#include "tests/18_acceleration/checks.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/quantization/int8/int8_ladder.h"

namespace checks18 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

Values draw_layer(Rng& rng, std::int64_t most_rows, std::int64_t most_out, std::int64_t most_in) {
  const std::int64_t rows = integer(rng, 0, most_rows);
  const std::int64_t out = integer(rng, 1, most_out), in = integer(rng, 1, most_in);
  std::vector<std::int32_t> bias(static_cast<std::size_t>(out));
  for (std::int32_t& value : bias) value = static_cast<std::int32_t>(integer(rng, -100000, 100000));
  return Values()
      .add_int("out", out)
      .add_int("in", in)
      .add("x", draw_codes(rng, rows * in))
      .add("weight", draw_codes(rng, out * in))
      .add("bias", bias);
}

Values draw_small_layer(Rng& rng) { return draw_layer(rng, 11, 11, 70); }

using Sums = std::vector<std::int32_t>;
using Multiply = std::function<void(const Codes& x, const Codes& weight, const Sums& bias,
                                    std::span<std::int32_t> acc)>;

Values run(const Values& in, const Multiply& multiply) {
  const Codes x = in.get<std::int8_t>("x");
  const Sums bias = in.get<std::int32_t>("bias");
  Sums acc(x.size() / static_cast<std::size_t>(in.get_int("in")) * bias.size(), 7);
  multiply(x, in.get<std::int8_t>("weight"), bias, acc);
  return Values().add("acc", acc);
}

void by_blocks(const Codes& x, const Codes& weight, const Sums& bias, std::span<std::int32_t> acc) {
  int8_gemm_blocked(x, weight, bias, acc);
}

Multiply by_wide_rows(const Values& in) {
  return [width = in.get_int("in")](const Codes& x, const Codes& weight, const Sums& bias,
                                    std::span<std::int32_t> acc) {
    int8_gemm_wide(x, widen(weight, width), bias, acc);
  };
}

Multiply by_threads(const Values& in) {
  return [out = in.get_int("out"), width = in.get_int("in")](
             const Codes& x, const Codes& weight, const Sums& bias, std::span<std::int32_t> acc) {
    int8_gemm_parallel(x, pack_weights(weight, out, width), bias, acc);
  };
}

Values run_on_threads(const Values& in) {
  tinytorch::set_num_threads(static_cast<int>(in.get_int("threads")));
  Values result = run(in, by_threads(in));
  tinytorch::set_num_threads(1);
  return result;
}

Values run_widening(const Values& in) {
  return or_error([&] {
    const WideRows wide = widen(in.get<std::int8_t>("codes"), in.get_int("in"));
    return Values()
        .add_int("rows", wide.rows)
        .add_int("in", wide.in)
        .add_int("stride", wide.stride)
        .add("codes", std::vector<std::int64_t>(wide.codes.begin(), wide.codes.end()));
  });
}

Values run_plan(const Values& in) {
  return or_error([&] {
    std::vector<std::int64_t> flat;
    for (const RowRange& range : plan_rows(in.get_int("rows"), in.get_int("out"), in.get_int("in"),
                                           static_cast<int>(in.get_int("threads")))) {
      flat.insert(flat.end(), {range.begin, range.count});
    }
    return Values().add("parts", flat);
  });
}

}  // namespace

std::vector<Check> int8_ladder_checks() {
  return {
      {"18.10",
       "sums",
       "0 to 11 rows, 1 to 11 outputs, 1 to 70 inputs, all codes; exactly",
       {},
       16,
       draw_small_layer,
       [](const Values& in) { return run(in, by_blocks); }},
      {"18.11",
       "wide rows",
       "0 to 80 codes in rows of 0 to 40, whole ones or not",
       {},
       16,
       [](Rng& rng) {
         const std::int64_t in = integer(rng, 0, 40);
         const std::int64_t whole = in * integer(rng, 0, 2);
         return Values().add_int("in", in).add(
             "codes", draw_codes(rng, integer(rng, 0, 3) > 0 ? whole : integer(rng, 0, 80)));
       },
       run_widening},
      {"18.11",
       "sums",
       "0 to 11 rows, 1 to 11 outputs, 1 to 70 inputs, all codes; exactly",
       {},
       16,
       draw_small_layer,
       [](const Values& in) { return run(in, by_wide_rows(in)); }},
      {"18.12",
       "plans",
       "sides from -1 to 700 for -1 to 9 threads",
       {},
       20,
       [](Rng& rng) {
         return Values()
             .add_int("rows", integer(rng, -1, 700))
             .add_int("out", integer(rng, -1, 700))
             .add_int("in", integer(rng, -1, 700))
             .add_int("threads", integer(rng, -1, 9));
       },
       run_plan},
      {"18.12",
       "sums",
       "enough work for several threads, 1 to 4 of them; exactly",
       {},
       4,
       [](Rng& rng) {
         return draw_layer(rng, 150, 300, 300).add_int("threads", integer(rng, 1, 4));
       },
       run_on_threads},
  };
}

}  // namespace checks18
