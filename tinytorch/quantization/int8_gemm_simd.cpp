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

void int8_gemm(std::span<const std::int8_t> x, const PackedWeights& weight,
               std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa) {
  if (isa == Isa::kScalar) return gemm_packed(x, weight, bias, acc);
  const auto count = [](const auto& span) { return static_cast<std::int64_t>(span.size()); };
  const std::int64_t rows = weight.in > 0 ? count(x) / weight.in : 0;
  const bool fits = weight.in > 0 && count(x) == rows * weight.in && count(bias) == weight.out &&
                    count(acc) == rows * weight.out;
  if (!fits) {
    throw Error(concat("int8_gemm: x of ", x.size(), " codes, weight ", weight.out, " x ",
                       weight.in, ", bias of ", bias.size(), ", acc of ", acc.size(),
                       " do not fit together"));
  }
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
