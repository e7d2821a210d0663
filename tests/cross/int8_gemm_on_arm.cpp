// The int8 product of an Arm processor against the plain loop, bit for bit. Built by a cross
// compiler and run by an emulator, so that a machine of another kind keeps the kernel honest;
// tests/core/quantization/int8/int8_gemm_simd_test.cpp does the same, and more, for the machine it
// runs on.
//
//   int8_gemm_on_arm WITH     the instruction set that best_isa() must name: lane_tile or neon_dot
#include <cstdio>
#include <string>

#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace {

using namespace tinytorch;                // NOLINT: a program, not a header
using namespace tinytorch::quantization;  // NOLINT

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

int comparisons = 0;
int failures = 0;

template <typename T>
void compare(const char* what, Isa isa, const std::vector<T>& got, const std::vector<T>& expected,
             std::int64_t n, std::int64_t in, std::int64_t out) {
  ++comparisons;
  if (got == expected) return;
  ++failures;
  std::size_t i = 0;
  while (got[i] == expected[i]) ++i;
  std::printf("%s, %s at %d x %d x %d: element %zu is %d, expected %d\n", what,
              std::string(name(isa)).c_str(), static_cast<int>(n), static_cast<int>(in),
              static_cast<int>(out), i, static_cast<int>(got[i]), static_cast<int>(expected[i]));
}

Codes draw_codes(std::int64_t count, bool extremes, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) {
    const auto value = static_cast<int>(rng.below(256)) - 128;
    code = static_cast<std::int8_t>(!extremes ? value : value < 0 ? -128 : 127);
  }
  return codes;
}

void compare_all(std::int64_t n, std::int64_t in, std::int64_t out, bool extremes, Rng& rng) {
  const Codes x = draw_codes(n * in, extremes, rng);
  const Codes weight = draw_codes(out * in, extremes, rng);
  const PackedWeights packed = pack_weights(weight, out, in);
  Sums bias(static_cast<std::size_t>(out));
  for (std::int32_t& b : bias) b = static_cast<std::int32_t>(rng.below(1u << 20)) - (1 << 19);
  Sums sums(static_cast<std::size_t>(n * out));
  linear_int32(x, weight, bias, sums);

  std::vector<std::uint8_t> raised(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) raised[i] = static_cast<std::uint8_t>(x[i] + 128);
  Sums raised_sums = sums;
  for (std::size_t i = 0; i < raised_sums.size(); ++i) {
    raised_sums[i] += 128 * packed.sums[i % static_cast<std::size_t>(out)];
  }
  const std::vector<float> multipliers(static_cast<std::size_t>(out), 0.0009765625f);
  Codes codes(sums.size());
  requantize(sums, multipliers, -3, {-128, 127}, codes);

  for (const Isa isa : supported_isas()) {
    Sums acc(sums.size(), -999);
    int8_gemm(x, packed, bias, acc, isa);
    compare("sums", isa, acc, sums, n, in, out);
    int8_gemm_u8(raised, packed, bias, acc, isa);
    compare("sums of unsigned codes", isa, acc, raised_sums, n, in, out);
    Codes y(codes.size(), 99);
    int8_gemm_requantized(x, packed, bias, {multipliers, -3, {-128, 127}}, y, isa);
    compare("codes", isa, y, codes, n, in, out);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string wanted = argc == 2 ? argv[1] : "";
  if (name(best_isa()) != wanted) {
    std::printf("best is %s, expected \"%s\"\n", std::string(name(best_isa())).c_str(),
                wanted.c_str());
    return 1;
  }
  Rng rng(31);
  for (const std::int64_t n : {1, 2, 3, 4, 5, 6, 7, 13}) {
    for (const std::int64_t in : {1, 2, 3, 4, 5, 63, 64, 65}) {
      for (const std::int64_t out : {1, 10, 16, 17, 33}) compare_all(n, in, out, false, rng);
    }
  }
  compare_all(7, 1024, 33, true, rng);
  std::printf("%d comparisons, %d failures\n", comparisons, failures);
  return failures == 0 && comparisons > 0 ? 0 : 1;
}
