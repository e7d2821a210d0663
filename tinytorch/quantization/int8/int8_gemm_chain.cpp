#include "tinytorch/quantization/int8/int8_gemm_chain.h"

#include <vector>

#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

// In two passes, and with requantize's int8: codes and zero-point both 128 less.
void in_two_passes(std::span<const std::uint8_t> x, const PackedWeights& weight,
                   std::span<const std::int32_t> bias, const Requantization& to,
                   std::span<std::uint8_t> codes, Isa isa) {
  // requantize cannot know that sums which divide by the multipliers are not theirs.
  require_multipliers("int8_gemm_chain", to, weight);
  std::vector<std::int32_t> acc(codes.size());
  int8_gemm_u8(x, weight, bias, acc, isa);
  std::vector<std::int8_t> lowered(codes.size());
  requantize(acc, to.multipliers, to.zero_point - 128, {to.range.qmin - 128, to.range.qmax - 128},
             lowered);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(lowered[i] + 128);
  }
}

}  // namespace

void int8_gemm_chain(std::span<const std::uint8_t> x, const PackedWeights& weight,
                     std::span<const std::int32_t> bias, const Requantization& requantization,
                     std::span<std::uint8_t> codes, Isa isa) {
  if (isa != Isa::kAvx512Vnni) return in_two_passes(x, weight, bias, requantization, codes, isa);
  // Its kernel writes the low byte of what it clamped to the range: signed or not is all one.
  int8_gemm_u8_requantized(x, weight, bias, requantization,
                           std::span(reinterpret_cast<std::int8_t*>(codes.data()), codes.size()),
                           isa);
}

}  // namespace tinytorch::quantization
