// The choice between the kernels over the packed layout.
#include "tinytorch/quantization/int8_gemm_simd.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8_gemm_kernels.h"
#include "tinytorch/quantization/integer_linear.h"

namespace tinytorch::quantization {

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
    case Isa::kNeonDot:
      return "neon_dot";
  }
  return "unknown";
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> isas = vector_isas();
  isas.insert(isas.begin(), Isa::kScalar);
  return isas;
}

Isa best_isa() {
  static const Isa best = supported_isas().back();
  return best;
}

namespace {

template <typename T>
std::int64_t count(std::span<T> span) {
  return static_cast<std::int64_t>(span.size());
}

// Rows of x. `results` has what is written for each of its outputs.
std::int64_t checked_rows(std::int64_t x, const PackedWeights& weight, std::int64_t bias,
                          std::int64_t results, Isa isa) {
  const std::int64_t rows = weight.in > 0 ? x / weight.in : 0;
  const bool fits =
      weight.in > 0 && x == rows * weight.in && bias == weight.out && results == rows * weight.out;
  if (!fits) {
    throw Error(concat("int8_gemm: x of ", x, " codes, weight ", weight.out, " x ", weight.in,
                       ", bias of ", bias, ", results of ", results, " do not fit together"));
  }
  const std::int64_t packed = weight.panels() * weight.groups() * kPanel * kGroup;
  if (count(std::span(weight.codes)) != packed || count(std::span(weight.sums)) != weight.out) {
    throw Error(concat("int8_gemm: packed weights ", weight.out, " x ", weight.in, " have ",
                       weight.codes.size(), " codes and ", weight.sums.size(), " sums, expected ",
                       packed, " and ", weight.out));
  }
  static const std::vector<Isa> isas = supported_isas();
  if (std::find(isas.begin(), isas.end(), isa) == isas.end()) {
    throw Error(concat("int8_gemm: this machine has no ", name(isa)));
  }
  return rows;
}

const std::uint8_t* bytes(std::span<const std::int8_t> x) {
  return reinterpret_cast<const std::uint8_t*>(x.data());
}

// Codes and zero-point both less by 128 mean the same values; Σ (x − 128) · w is 128 · Σ w short.
void by_shifting(std::span<const std::uint8_t> x, const PackedWeights& weight,
                 std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa) {
  std::vector<std::int8_t> shifted(x.size());
  std::transform(x.begin(), x.end(), shifted.begin(),
                 [](std::uint8_t code) { return static_cast<std::int8_t>(code - 128); });
  std::vector<std::int32_t> start(bias.begin(), bias.end());
  for (std::size_t o = 0; o < start.size(); ++o) start[o] += 128 * weight.sums[o];
  int8_gemm(shifted, weight, start, acc, isa);
}

}  // namespace

void int8_gemm(std::span<const std::int8_t> x, const PackedWeights& weight,
               std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa) {
  if (isa == Isa::kScalar) return gemm_packed(x, weight, bias, acc);
  const std::int64_t rows = checked_rows(count(x), weight, count(bias), count(acc), isa);
  const Int8Problem problem{bytes(x), false, rows, weight, bias.data(), acc.data()};
  int8_kernel(isa)(problem);
}

void int8_gemm_u8(std::span<const std::uint8_t> x, const PackedWeights& weight,
                  std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa) {
  const std::int64_t rows = checked_rows(count(x), weight, count(bias), count(acc), isa);
  if (isa != Isa::kAvx512Vnni) return by_shifting(x, weight, bias, acc, isa);
  int8_kernel(isa)({x.data(), true, rows, weight, bias.data(), acc.data()});
}

namespace {

void require_multipliers(const Requantization& requantization, const PackedWeights& weight) {
  if (count(requantization.multipliers) == weight.out) return;
  throw Error(concat("int8_gemm_requantized: ", requantization.multipliers.size(),
                     " multipliers for ", weight.out, " outputs"));
}

}  // namespace

void int8_gemm_requantized(std::span<const std::int8_t> x, const PackedWeights& weight,
                           std::span<const std::int32_t> bias, const Requantization& requantization,
                           std::span<std::int8_t> codes, Isa isa) {
  const std::int64_t rows = checked_rows(count(x), weight, count(bias), count(codes), isa);
  require_multipliers(requantization, weight);
  if (isa == Isa::kAvx512Vnni) {
    return int8_kernel(isa)(
        {bytes(x), false, rows, weight, bias.data(), nullptr, &requantization, codes.data()});
  }
  std::vector<std::int32_t> acc(codes.size());
  int8_gemm(x, weight, bias, acc, isa);
  requantize(acc, requantization.multipliers, requantization.zero_point, requantization.range,
             codes);
}

void int8_gemm_u8_requantized(std::span<const std::uint8_t> x, const PackedWeights& weight,
                              std::span<const std::int32_t> bias,
                              const Requantization& requantization, std::span<std::int8_t> codes,
                              Isa isa) {
  const std::int64_t rows = checked_rows(count(x), weight, count(bias), count(codes), isa);
  require_multipliers(requantization, weight);
  if (isa == Isa::kAvx512Vnni) {
    return int8_kernel(isa)(
        {x.data(), true, rows, weight, bias.data(), nullptr, &requantization, codes.data()});
  }
  std::vector<std::int32_t> acc(codes.size());
  int8_gemm_u8(x, weight, bias, acc, isa);
  requantize(acc, requantization.multipliers, requantization.zero_point, requantization.range,
             codes);
}

}  // namespace tinytorch::quantization
