#pragma once
// The same product with vector instructions, chosen at run time. Given.
//
// Whatever is chosen, the int32 sums are identical to linear_int32's: integer addition does not
// round, and no path uses an instruction that saturates in between.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/quantization/int8_gemm.h"
#include "tinytorch/quantization/qtypes.h"

namespace tinytorch::quantization {

enum class Isa { kScalar, kAvx2, kAvx512Vnni };  // kScalar is the learner's gemm_packed

std::string_view name(Isa isa);
// What this machine can run, kScalar first, fastest last.
std::vector<Isa> supported_isas();
Isa best_isa();

// acc[n, o] = bias[o] + Σ_k x[n, k] · weight[o, k]. Throws Error when sizes do not fit or the
// machine lacks `isa`.
void int8_gemm(std::span<const std::int8_t> x, const PackedWeights& weight,
               std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa);
inline void int8_gemm(std::span<const std::int8_t> x, const PackedWeights& weight,
                      std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  int8_gemm(x, weight, bias, acc, best_isa());
}

// The same with codes that are uint8, as other runtimes store activations.
void int8_gemm_u8(std::span<const std::uint8_t> x, const PackedWeights& weight,
                  std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa);

// What becomes of each sum, in dialect ort: y[n, o] = clamp(rint(acc[n, o] · multipliers[o]) +
// zero_point, range).
struct Requantization {
  std::span<const float> multipliers;  // [out]
  std::int32_t zero_point = 0;
  QRange range{};
};

// int8_gemm and requantize in one pass: the sums never reach memory. Bit for bit what the two give
// one after the other.
void int8_gemm_requantized(std::span<const std::int8_t> x, const PackedWeights& weight,
                           std::span<const std::int32_t> bias, const Requantization& requantization,
                           std::span<std::int8_t> codes, Isa isa);
void int8_gemm_u8_requantized(std::span<const std::uint8_t> x, const PackedWeights& weight,
                              std::span<const std::int32_t> bias,
                              const Requantization& requantization, std::span<std::int8_t> codes,
                              Isa isa);

}  // namespace tinytorch::quantization
