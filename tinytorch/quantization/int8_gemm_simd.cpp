// The choice between the kernels over the packed layout.
#include "tinytorch/quantization/int8_gemm_simd.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8_gemm_kernels.h"

namespace tinytorch::quantization {

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
  }
  return "unknown";
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> isas{Isa::kScalar};
  if (__builtin_cpu_supports("avx2")) isas.push_back(Isa::kAvx2);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni")) {
    isas.push_back(Isa::kAvx512Vnni);
  }
  return isas;
}

Isa best_isa() {
  static const Isa best = supported_isas().back();
  return best;
}

// Rows of x; throws Error unless all four have sizes that belong together.
static std::int64_t rows_of(std::span<const std::int8_t> x, const PackedWeights& weight,
                            std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  const auto in = static_cast<std::size_t>(std::max<std::int64_t>(weight.in, 0));
  const auto out = static_cast<std::size_t>(std::max<std::int64_t>(weight.out, 0));
  const std::size_t rows = in == 0 ? 0 : x.size() / in;
  if (in == 0 || x.size() != rows * in || bias.size() != out || acc.size() != rows * out) {
    throw Error(concat("int8_gemm: ", x.size(), " inputs, a weight of [", weight.out, ", ",
                       weight.in, "], ", bias.size(), " biases and ", acc.size(),
                       " sums do not fit together"));
  }
  return static_cast<std::int64_t>(rows);
}

void int8_gemm(std::span<const std::int8_t> x, const PackedWeights& weight,
               std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa) {
  if (isa == Isa::kScalar) return gemm_packed(x, weight, bias, acc);
  const std::int64_t rows = rows_of(x, weight, bias, acc);
  const std::vector<Isa> isas = supported_isas();
  if (std::find(isas.begin(), isas.end(), isa) == isas.end()) {
    throw Error(concat("int8_gemm: this machine has no ", name(isa)));
  }
  const Int8Problem problem{x.data(), rows, weight, bias.data(), acc.data()};
  if (isa == Isa::kAvx512Vnni) {
    int8_gemm_avx512vnni(problem);
  } else {
    int8_gemm_avx2(problem);
  }
}

}  // namespace tinytorch::quantization
