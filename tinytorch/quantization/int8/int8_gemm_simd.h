#pragma once
// The same product with vector instructions, chosen at run time. Given.
//
// Whatever is chosen, the int32 sums are identical to linear_int32's: integer addition does not
// round, and no path uses an instruction that saturates in between.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/int8_gemm.h"

namespace tinytorch::quantization {

// Who multiplies. kScalar is the learner's gemm_packed (the quantization module), kLaneTile the
// learner's int8_gemm_lanes (the acceleration module, int8_lane_tile.h) once it is written or
// exported, dealt out to threads by int8_gemm_parallel (int8_ladder.h), kNeonDot the dot product of
// 64-bit Arm processors.
//
// kLaneTile names the product alone; whatever else takes an Isa (pooling, requantization in dialect
// tflite, depthwise convolutions) then runs on the machine's widest instructions.
enum class Isa { kScalar, kLaneTile, kAvx2, kAvx512Vnni, kNeonDot };

std::string_view name(Isa isa);  // "lane_tile"
// What this machine can run, slowest first: kScalar; kAvx2; kLaneTile, whose registers are as wide,
// with no more to do; then what is given with a dot product, of which kAvx512Vnni also takes uint8
// and requantizes in the same pass. Where this build's Lanes (kernels/acceleration/lanes.h) are
// narrower than AVX2's, kLaneTile comes right after kScalar.
std::vector<Isa> supported_isas();
// The last of them, so that a learner's tile is chosen where no dot product is given. The
// environment variable TINYTORCH_INT8_ISA names another: TINYTORCH_INT8_ISA=lane_tile puts the
// learner's tile under every int8 product. The results are the same bits. Throws isa_named's Error.
// The variable is read once.
Isa best_isa();
// The one of supported_isas() with this name. Throws Error "TINYTORCH_INT8_ISA: this machine has no
// sse2; it has scalar, avx2, lane_tile" for any other.
Isa isa_named(std::string_view wanted);

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
