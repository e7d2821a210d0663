// The ladders of module 18: the product in floats and in int8, what is fused around it, and
// convolutions.

#include "bench/ladder/convolutions.h"
#include "bench/ladder/fusions.h"
#include "bench/ladder/products.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/lane_tile.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/int8_ladder.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using bench::Ladder;
using kernels::BlockKernel;

constexpr int kThreads = 2;

Ladder ladder_of(const std::string& kind, std::int64_t side) {
  Ladder ladder;
  ladder.name = kind + ", " + std::to_string(side) + " a side";
  ladder.unit = kind.starts_with("int8") ? "GOP/s" : "GFLOP/s";
  ladder.operations = bench::product_operations(side);
  return ladder;
}

std::function<void()> on_two_threads(const std::function<void()>& product) {
  return [product] {
    set_num_threads(kThreads);
    try {
      product();
    } catch (...) {
      set_num_threads(1);
      throw;
    }
    set_num_threads(1);
  };
}

Ladder float_ladder(std::int64_t side) {
  const auto p = std::make_shared<bench::FloatProduct>(side);
  const auto packed = std::make_shared<kernels::PackedFloats>();
  kernels::pack({p->b.data(), side, 1}, side, side, *packed);
  const auto right = [p] { return p->right(); };
  const auto over_panels = [p, packed](BlockKernel kernel) {
    return [p, packed, kernel] {
      kernels::gemm_packed({p->a.data(), p->size, 1}, p->size, *packed, p->c.data(), false, kernel);
    };
  };
  const auto on_threads = on_two_threads([p, packed] {
    kernels::gemm_parallel({p->a.data(), p->size, 1}, p->size, *packed, p->c.data(), false);
  });
  Ladder ladder = ladder_of("float product", side);
  ladder.rungs = {
      {"scalar", "18.1", [p] { kernels::gemm_scalar(p->a, p->b, p->c, p->size, p->size, p->size); },
       right},
      {"blocked", "18.2",
       [p] { kernels::gemm_blocked(p->a, p->b, p->c, p->size, p->size, p->size); }, right, 5.0},
      {"packed", "18.3", over_panels(kernels::multiply_block_panels), right, 1.5},
      {"SIMD tile", "18.4", over_panels(kernels::multiply_block_lanes), right, 1.25},
      {std::to_string(kThreads) + " threads", "18.6", on_threads, right, 1.5},
  };
  ladder.peers = {{"given intrinsics, one thread", "",
                   over_panels(kernels::kernel_of(kernels::best_float_isa())), right}};
  bench::add_float_peers(p, ladder);
  return ladder;
}

Ladder int8_ladder(std::int64_t side) {
  const auto p = std::make_shared<bench::Int8Product>(side);
  const auto packed = std::make_shared<quantization::PackedWeights>(
      quantization::pack_weights(p->weight, side, side));
  const auto right = [p] { return p->right(); };
  // Widened once, as packed weights are; a stub that throws is met when the rung runs.
  const auto wide = std::make_shared<quantization::WideRows>();
  const auto over_wide = [p, wide] {
    if (wide->rows == 0) *wide = quantization::widen(p->weight, p->size);
    quantization::int8_gemm_wide(p->x, *wide, p->bias, p->acc);
  };
  Ladder ladder = ladder_of("int8 product", side);
  ladder.rungs = {
      {"scalar (module 15)", "",
       [p] { quantization::linear_int32(p->x, p->weight, p->bias, p->acc); }, right},
      {"blocked", "18.10",
       [p] { quantization::int8_gemm_blocked(p->x, p->weight, p->bias, p->acc); }, right, 1.25},
      {"packed", "18.11", over_wide, right, 1.5},
      {"SIMD tile", "18.5",
       [p, packed] { quantization::int8_gemm_lanes(p->x, *packed, p->bias, p->acc); }, right, 2.0},
      {std::to_string(kThreads) + " threads", "18.12", on_two_threads([p, packed] {
         quantization::int8_gemm_parallel(p->x, *packed, p->bias, p->acc);
       }),
       right, 1.3},
  };
  ladder.peers = {{"module 15's panels", "",
                   [p, packed] { quantization::gemm_packed(p->x, *packed, p->bias, p->acc); },
                   right}};
  // Who multiplies in the engine: the last one unless TINYTORCH_INT8_ISA says otherwise.
  for (const quantization::Isa isa : quantization::supported_isas()) {
    if (isa == quantization::Isa::kScalar) continue;
    const bool chosen = isa == quantization::best_isa();
    ladder.peers.push_back(
        {concat("engine, ", quantization::name(isa), chosen ? " (its choice)" : ""), "",
         [p, packed, isa] { quantization::int8_gemm(p->x, *packed, p->bias, p->acc, isa); },
         right});
  }
  bench::add_int8_peers(p, ladder);
  return ladder;
}

std::vector<Ladder> build(const bench::Settings& settings) {
  std::vector<Ladder> all{float_ladder(settings.size), int8_ladder(settings.size)};
  for (Ladder& ladder : bench::fusion_ladders(settings.size)) all.push_back(std::move(ladder));
  for (Ladder& ladder : bench::convolution_ladders(settings.size)) {
    all.push_back(std::move(ladder));
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_ladders(argc, argv, build); }
