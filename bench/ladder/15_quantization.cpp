// The ladder of module 15: the integer product from the plain loop to the machine's instruction.

#include "bench/ladder/products.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using bench::Ladder;

using Integers = std::shared_ptr<bench::Int8Product>;
using Floats = std::shared_ptr<bench::FloatProduct>;

std::vector<bench::Rung> rungs(const Integers& integers, const Floats& floats, std::int64_t n) {
  const auto right = [integers] { return integers->right(); };
  // Packed once, as a layer does; a stub that throws is met when the rung runs.
  const auto packed = std::make_shared<quantization::PackedWeights>();
  const auto pack = [integers, packed] {
    if (!packed->codes.empty()) return;
    *packed = quantization::pack_weights(integers->weight, integers->size, integers->size);
  };
  return {
      {"float product of the engine",
       "",
       [floats, n] {
         kernels::gemm(kernels::Trans::kNo, kernels::Trans::kNo, n, n, n, floats->a, floats->b,
                       floats->c);
       },
       {}},
      {"plain loop", "15.12",
       [integers] {
         quantization::linear_int32(integers->x, integers->weight, integers->bias, integers->acc);
       },
       right},
      {"packed panels", "15.15",
       [integers, packed, pack] {
         pack();
         quantization::gemm_packed(integers->x, *packed, integers->bias, integers->acc);
       },
       right, 1.2},
      {"the machine's instruction (given)", "",
       [integers, packed, pack] {
         pack();
         quantization::int8_gemm(integers->x, *packed, integers->bias, integers->acc);
       },
       right},
  };
}

std::vector<Ladder> build(const bench::Settings& settings) {
  const auto integers = std::make_shared<bench::Int8Product>(settings.size);
  const auto floats = std::make_shared<bench::FloatProduct>(settings.size);
  Ladder ladder;
  ladder.name = "int8 product, " + std::to_string(settings.size) + " a side";
  ladder.unit = "GOP/s";
  ladder.operations = bench::product_operations(settings.size);
  ladder.rungs = rungs(integers, floats, settings.size);
  bench::add_int8_peers(integers, ladder);
  return {ladder};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_ladders(argc, argv, build); }
