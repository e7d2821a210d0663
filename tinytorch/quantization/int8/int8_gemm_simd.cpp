// The choice between the kernels over the packed layout.
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tinytorch/core/error.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/lanes.h"
#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"
#include "tinytorch/quantization/int8/detail/int8_tile.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kLaneTile:
      return "lane_tile";
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
  if (int8_tile().multiply == nullptr) return isas;
  const auto avx2 = std::find(isas.begin(), isas.end(), Isa::kAvx2);
  const bool as_wide = avx2 != isas.end() && kernels::kLaneBytes >= 32;
  isas.insert((as_wide ? avx2 : isas.begin()) + 1, Isa::kLaneTile);
  return isas;
}

Isa isa_named(std::string_view wanted) {
  std::string known;
  for (const Isa isa : supported_isas()) {
    if (name(isa) == wanted) return isa;
    known += concat(known.empty() ? "" : ", ", name(isa));
  }
  if (wanted == name(Isa::kLaneTile)) {
    throw Error(concat("TINYTORCH_INT8_ISA: ", wanted,
                       " is task 18.5, not written yet; this machine has ", known));
  }
  throw Error(concat("TINYTORCH_INT8_ISA: this machine has no ", wanted, "; it has ", known));
}

Isa best_isa() {
  static const Isa best = [] {
    const char* wanted = std::getenv("TINYTORCH_INT8_ISA");
    const bool is_set = wanted != nullptr && *wanted != '\0';
    return is_set ? isa_named(wanted) : supported_isas().back();
  }();
  return best;
}

Isa isa_for_elementwise(Isa isa) {
  if (isa != Isa::kLaneTile) return isa;
  const std::vector<Isa> given = vector_isas();
  return given.empty() ? Isa::kScalar : given.back();
}

void require_isa(std::string_view operation, Isa isa) {
  static const std::vector<Isa> isas = supported_isas();
  if (std::find(isas.begin(), isas.end(), isa) != isas.end()) return;
  throw Error(concat(operation, ": this machine has no ", name(isa)));
}

void require_multipliers(std::string_view operation, const Requantization& requantization,
                         const PackedWeights& weight) {
  if (std::ssize(requantization.multipliers) == weight.out) return;
  throw Error(concat(operation, ": ", requantization.multipliers.size(), " multipliers for ",
                     weight.out, " outputs"));
}

namespace {

void lane_tile_kernel(const Int8Problem& problem) {
  const auto count = [&](std::int64_t a_row) {
    return static_cast<std::size_t>(problem.rows * a_row);
  };
  const auto* x = reinterpret_cast<const std::int8_t*>(problem.x);
  const auto out = static_cast<std::size_t>(problem.weight.out);
  int8_tile().multiply({x, count(problem.weight.in)}, problem.weight, {problem.bias, out},
                       {problem.acc, count(problem.weight.out)});
}

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
  require_isa("int8_gemm", isa);
  return rows;
}

const std::uint8_t* bytes(std::span<const std::int8_t> x) {
  return reinterpret_cast<const std::uint8_t*>(x.data());
}

// The problem's rows dealt out over num_threads(): no sum is split, so the result is the same for
// every number of them. A few rows, or a small product, stay with the caller.
void in_parallel(const Int8Problem& problem, void (*kernel)(const Int8Problem&)) {
  constexpr std::int64_t kGrain = 12;                            // rows of the tallest tile
  constexpr std::int64_t kWorthAThread = std::int64_t{1} << 22;  // products
  const std::int64_t row_products =
      std::max<std::int64_t>(problem.weight.out * problem.weight.in, 1);
  const std::int64_t grain = (kWorthAThread / row_products + kGrain) / kGrain * kGrain;
  if (problem.rows < 2 * grain) return kernel(problem);
  parallel_ranges(problem.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    Int8Problem part = problem;
    part.x += begin * problem.weight.in;
    part.rows = end - begin;
    const std::int64_t results = begin * problem.weight.out;
    if (part.acc != nullptr) part.acc += results;
    if (part.codes != nullptr) part.codes += results;
    kernel(part);
  });
}

// Codes and zero-point both less by 128 mean the same values; Σ (x − 128) · w is 128 · Σ w short.
void gemm_of_signed(std::span<const std::uint8_t> x, const PackedWeights& weight,
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
  if (isa != Isa::kLaneTile) return in_parallel(problem, int8_kernel(isa));
  int8_tile().on_threads ? lane_tile_kernel(problem) : in_parallel(problem, lane_tile_kernel);
}

void int8_gemm_u8(std::span<const std::uint8_t> x, const PackedWeights& weight,
                  std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa) {
  const std::int64_t rows = checked_rows(count(x), weight, count(bias), count(acc), isa);
  if (isa != Isa::kAvx512Vnni) return gemm_of_signed(x, weight, bias, acc, isa);
  in_parallel({x.data(), true, rows, weight, bias.data(), acc.data()}, int8_kernel(isa));
}

void int8_gemm_requantized(std::span<const std::int8_t> x, const PackedWeights& weight,
                           std::span<const std::int32_t> bias, const Requantization& requantization,
                           std::span<std::int8_t> codes, Isa isa) {
  const std::int64_t rows = checked_rows(count(x), weight, count(bias), count(codes), isa);
  require_multipliers("int8_gemm_requantized", requantization, weight);
  if (isa == Isa::kAvx512Vnni) {
    return in_parallel(
        {bytes(x), false, rows, weight, bias.data(), nullptr, &requantization, codes.data()},
        int8_kernel(isa));
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
  require_multipliers("int8_gemm_requantized", requantization, weight);
  if (isa == Isa::kAvx512Vnni) {
    return in_parallel(
        {x.data(), true, rows, weight, bias.data(), nullptr, &requantization, codes.data()},
        int8_kernel(isa));
  }
  std::vector<std::int32_t> acc(codes.size());
  int8_gemm_u8(x, weight, bias, acc, isa);
  requantize(acc, requantization.multipliers, requantization.zero_point, requantization.range,
             codes);
}

}  // namespace tinytorch::quantization
