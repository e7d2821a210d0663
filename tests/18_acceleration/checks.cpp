// The judge's checks of module 18: the product in floats, and the list of all.
#include "tests/18_acceleration/checks.h"

#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/lane_tile.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"

namespace checks18 {
namespace {

using namespace tinytorch::kernels;  // NOLINT: checks speak of nothing else

Values draw_product(Rng& rng, std::int64_t most_m, std::int64_t most_n, std::int64_t most_k) {
  const std::int64_t m = integer(rng, 1, most_m), n = integer(rng, 1, most_n);
  const std::int64_t k = integer(rng, 0, most_k);
  return Values()
      .add_int("m", m)
      .add_int("n", n)
      .add_int("k", k)
      .add("a", normals(rng, m * k, 1.0f))
      .add("b", normals(rng, k * n, 1.0f))
      .add("c", normals(rng, m * n, 1.0f));
}

using Rung = void (*)(std::span<const float>, std::span<const float>, std::span<float>,
                      std::int64_t, std::int64_t, std::int64_t);

Values run_rung(const Values& in, Rung rung) {
  Floats c = in.get<float>("c");
  rung(in.get<float>("a"), in.get<float>("b"), c, in.get_int("m"), in.get_int("n"),
       in.get_int("k"));
  return Values().add("c", c);
}

Values run_packing(const Values& in) {
  const bool transposed = in.get_int("transposed") != 0;
  const std::int64_t n = in.get_int("n"), k = in.get_int("k");
  const StridedFloats b{in.get<float>("b").data(), transposed ? 1 : n, transposed ? k : 1};
  Floats panel(static_cast<std::size_t>((k + 1) * kFloatPanel), 5.0f);  // one row more: untouched
  return or_error([&] {
    pack_panel(b, k, in.get_int("width"), panel.data());
    return Values().add("panel", panel);
  });
}

// A block somewhere in the middle of a product, its b packed here.
Values run_block(const Values& in, BlockKernel kernel) {
  const std::int64_t m = in.get_int("m"), n = in.get_int("n"), k = in.get_int("k");
  const Floats a = in.get<float>("a"), b = in.get<float>("b");
  PackedFloats packed{k, n, {}};
  packed.values.resize(static_cast<std::size_t>(packed.panels() * k * kFloatPanel));
  for (std::int64_t at = 0; at < k * n; ++at) {
    const std::int64_t row = at % n / kFloatPanel * k + at / n;
    packed.values[static_cast<std::size_t>(row * kFloatPanel + at % n % kFloatPanel)] =
        b[static_cast<std::size_t>(at)];
  }
  const bool transposed = in.get_int("transposed") != 0;
  const StridedFloats view{a.data(), transposed ? 1 : k, transposed ? m : 1};
  Floats c = in.get<float>("c");
  kernel({view,
          m,
          packed,
          in.get_int("begin"),
          in.get_int("end"),
          c.data(),
          in.get_int("from_zero") != 0,
          {in.get_int("left"), in.get_int("right")}});
  return Values().add("c", c);
}

Values draw_block(Rng& rng) {
  Values in = draw_product(rng, 30, 300, 40);
  const std::int64_t n = in.get_int("n"), k = in.get_int("k");
  const std::int64_t begin = integer(rng, 0, k);
  const std::int64_t left = integer(rng, 0, (n - 1) / kFloatPanel) * kFloatPanel;
  const std::int64_t right = left + integer(rng, 1, (n - left + 31) / kFloatPanel) * kFloatPanel;
  return in.add_int("begin", begin)
      .add_int("end", integer(rng, begin, k))
      .add_int("left", left)
      .add_int("right", std::min(right, n))
      .add_int("from_zero", integer(rng, 0, 1))
      .add_int("transposed", integer(rng, 0, 1));
}

Values run_plan(const Values& in) {
  return or_error([&] {
    std::vector<std::int64_t> flat;
    for (const GemmPart& part : plan_parts(in.get_int("m"), in.get_int("n"), in.get_int("k"),
                                           static_cast<int>(in.get_int("threads")))) {
      flat.insert(flat.end(), {part.row, part.rows, part.columns.begin, part.columns.end});
    }
    return Values().add("parts", flat);
  });
}

Values run_parallel(const Values& in) {
  const std::int64_t m = in.get_int("m"), n = in.get_int("n"), k = in.get_int("k");
  PackedFloats packed;
  pack({in.get<float>("b").data(), n, 1}, k, n, packed);
  Floats c = in.get<float>("c");
  tinytorch::set_num_threads(static_cast<int>(in.get_int("threads")));
  gemm_parallel({in.get<float>("a").data(), k, 1}, m, packed, c.data(),
                in.get_int("accumulate") != 0);
  tinytorch::set_num_threads(1);
  return Values().add("c", c);
}

}  // namespace

std::vector<Check> product_checks() {
  const std::string chain = "sizes up to 40 and k = 0, normal numbers; bit for bit";
  return {
      {"18.1",
       "product",
       chain,
       {},
       8,
       [](Rng& rng) { return draw_product(rng, 40, 40, 40); },
       [](const Values& in) { return run_rung(in, gemm_scalar); }},
      {"18.2",
       "product",
       "up to 5 x 600 with k up to 300, over all borders; bit for bit",
       {},
       8,
       [](Rng& rng) { return draw_product(rng, 5, 600, 300); },
       [](const Values& in) { return run_rung(in, gemm_blocked); }},
      {"18.3",
       "panels",
       "widths 0 to 33 of up to 40 columns, as they are and transposed",
       {},
       12,
       [](Rng& rng) {
         const std::int64_t n = integer(rng, 33, 40), k = integer(rng, 0, 12);
         return Values()
             .add_int("n", n)
             .add_int("k", k)
             .add_int("width", integer(rng, 0, 33))
             .add_int("transposed", integer(rng, 0, 1))
             .add("b", normals(rng, n * k, 1.0f));
       },
       run_packing},
      {"18.3",
       "blocks",
       "rows, columns and steps from the middle of a product; bit for bit",
       {},
       12,
       draw_block,
       [](const Values& in) { return run_block(in, multiply_block_panels); }},
      {"18.4",
       "blocks",
       "rows, columns and steps from the middle of a product; bit for bit",
       {},
       16,
       draw_block,
       [](const Values& in) { return run_block(in, multiply_block_lanes); }},
      {"18.6",
       "plans",
       "sides from -1 to 700 and k up to 10,000 for -1 to 9 threads",
       {},
       20,
       [](Rng& rng) {
         return Values()
             .add_int("m", integer(rng, -1, 700))
             .add_int("n", integer(rng, -1, 700))
             .add_int("k", integer(rng, -1, 10000))
             .add_int("threads", integer(rng, -1, 9));
       },
       run_plan},
      {"18.6",
       "products",
       "enough work for several threads, 1 to 4 of them; bit for bit",
       {},
       4,
       [](Rng& rng) {
         return draw_product(rng, 150, 200, 150)
             .add_int("threads", integer(rng, 1, 4))
             .add_int("accumulate", integer(rng, 0, 1));
       },
       run_parallel},
  };
}

}  // namespace checks18

std::vector<tito::Check> tito::checks() {
  std::vector<Check> all;
  for (const auto& part : {checks18::product_checks(), checks18::int8_checks(),
                           checks18::fused_checks(), checks18::convolution_checks(),
                           checks18::autotune_checks(), checks18::int8_ladder_checks()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
