#include "tinytorch/quantization/int8_gemm_chain.h"

#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8_gemm_kernels.h"
#include "tinytorch/quantization/int8_gemv_avx512vnni.h"
#include "tinytorch/quantization/integer_linear.h"

namespace tinytorch::quantization {
namespace {

template <typename T>
std::int64_t count(std::span<T> span) {
  return static_cast<std::int64_t>(span.size());
}

// Rows of x.
std::int64_t checked_rows(std::span<const std::uint8_t> x, const PackedWeights& weight,
                          std::span<const std::int32_t> bias, std::span<const float> multipliers,
                          std::span<const std::uint8_t> codes) {
  const std::int64_t rows = weight.in > 0 ? count(x) / weight.in : 0;
  if (weight.in > 0 && count(x) == rows * weight.in && count(bias) == weight.out &&
      count(multipliers) == weight.out && count(codes) == rows * weight.out) {
    return rows;
  }
  throw Error(concat("int8_gemm_chain: x of ", x.size(), " codes, weight ", weight.out, " x ",
                     weight.in, ", bias of ", bias.size(), ", ", multipliers.size(),
                     " multipliers and room for ", codes.size(), " codes do not fit together"));
}

// In two passes, and with requantize's int8: codes and zero-point both 128 less.
void in_two_passes(std::span<const std::uint8_t> x, const PackedWeights& weight,
                   std::span<const std::int32_t> bias, const Requantization& to,
                   std::span<std::uint8_t> codes, Isa isa) {
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
  const std::int64_t rows = checked_rows(x, weight, bias, requantization.multipliers, codes);
  if (isa != Isa::kAvx512Vnni) return in_two_passes(x, weight, bias, requantization, codes, isa);
  // The kernels write the low byte of what they clamped to the range: signed or not is all one.
  const Int8Problem problem{x.data(),
                            true,
                            rows,
                            weight,
                            bias.data(),
                            nullptr,
                            &requantization,
                            reinterpret_cast<std::int8_t*>(codes.data())};
  if (rows == 1 && count(std::span(weight.codes)) <= kGemvBytes) {
    int8_gemv_avx512vnni(problem);
  } else {
    int8_gemm_avx512vnni(problem);
  }
}

}  // namespace tinytorch::quantization
