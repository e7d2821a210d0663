// 2017: three dialects of integer arithmetic (Jacob et al., "Quantization and Training of Neural
// Networks for Efficient Integer-Arithmetic-Only Inference"). The same sums become codes in two
// ways, with a float multiplier and without, and the program counts where the codes disagree; then
// it stores weights as a contest in bytes does, and counts the levels that the contest's smallest
// scale leaves unused. Last it adds products as processors without a dot-product instruction do, in
// 16 bits that saturate. Every number it prints was computed in this run, from fixed seeds.
#include <cstdio>

#include "milestones/support/program.h"
#include "tinytorch/quantization/study/compare_dialects.h"
#include "tinytorch/quantization/study/compare_saturation.h"
#include "tinytorch/quantization/study/saturation.h"

namespace {

using namespace tinytorch::quantization;  // NOLINT: a program, not a header

// Power-of-two multipliers make ties, which the dialects break differently; and tflite rounds
// twice, the more coarsely the larger the multiplier.
bool count_disagreements() {
  const DialectSetting settings[] = {
      {.multiplier = 0x1p-2f, .power_of_two = true},
      {.multiplier = 0x1p-6f, .power_of_two = true},
      {.multiplier = 0x1p-10f, .power_of_two = true},
      {.multiplier = 1e-1f},
      {.multiplier = 1e-2f},
      {.multiplier = 1e-3f},
      {.multiplier = 1e-4f},
      {.rows = 1000, .multiplier = 1e-3f},
  };
  std::printf("  sums to codes: ort (float, half to even) against tflite (integer only)\n\n");
  std::printf("  %-24s %12s %12s %12s\n", "multiplier", "outputs", "differ", "largest");
  bool near = true;
  std::int64_t differing = 0;
  for (const DialectSetting& setting : settings) {
    const DialectDifference found = compare_dialects(setting);
    char name[32];
    std::snprintf(name, sizeof name, "%s %.3g", setting.power_of_two ? "exactly" : "around",
                  static_cast<double>(setting.multiplier));
    std::printf("  %-24s %12lld %12lld %12d\n", name, static_cast<long long>(found.outputs),
                static_cast<long long>(found.differing), found.largest);
    near = near && found.largest <= 1;
    differing += found.differing;
  }
  return near && differing > 0;
}

bool count_levels() {
  constexpr std::int64_t kRows = 64;
  constexpr std::int64_t kColumns = 512;
  std::printf(
      "\n  golf: %lld rows of %lld normal weights; levels in use (mean over the rows),\n"
      "  error, and how many codes differ from dialect ort\n\n",
      static_cast<long long>(kRows), static_cast<long long>(kColumns));
  const char* const row = "  %-4s %-9s %9s %7s %9s %7s %9s %7s\n";
  std::printf(row, "bits", "deviation", "faithful", "fixed", "faithful", "fixed", "faithful",
              "fixed");
  std::printf(row, "", "", "levels", "", "error", "", "codes", "");
  bool fixed_is_better = true;
  for (const int bits : {8, 6}) {
    for (const float stddev : {0.02f, 0.1f, 0.5f, 2.0f}) {
      const GolfComparison found = compare_golf_modes(kRows, kColumns, stddev, bits, 1);
      std::printf("  %-4d %-9.2f %9.1f %7.1f %8.2f%% %6.2f%% %8.2f%% %6.2f%%\n", bits,
                  static_cast<double>(stddev), found.faithful_levels, found.fixed_levels,
                  100.0 * found.faithful_error, 100.0 * found.fixed_error,
                  100.0 * found.faithful_differing, 100.0 * found.fixed_differing);
      fixed_is_better = fixed_is_better && found.fixed_error <= found.faithful_error;
    }
  }
  return fixed_is_better;
}

// The more inputs have the largest code, the more pairs of products leave 16 bits.
bool count_saturation() {
  std::printf(
      "\n  u8 x s8 products added in 16-bit pairs that saturate (emulated), 512 inputs\n\n");
  std::printf("  %-8s %-8s %12s %12s %10s %12s\n", "white", "weights", "saturated", "sums off",
              "exact", "saturating");
  bool reduced_is_exact = true;
  for (const float white : {0.0f, 0.5f, 0.9f}) {
    for (const QRange weights : {symmetric_range(8), reduced_range()}) {
      const SaturationCost found = compare_saturation({.white = white, .weights = weights});
      std::printf("  %3.0f %%    +-%-6d %10.3f %% %10.2f %% %7.1f dB %9.1f dB\n",
                  100.0 * static_cast<double>(white), static_cast<int>(weights.qmax),
                  100.0 * static_cast<double>(found.saturated) / static_cast<double>(found.pairs),
                  100.0 * static_cast<double>(found.wrong) / static_cast<double>(found.sums),
                  found.exact_db, found.saturating_db);
      if (weights == reduced_range()) reduced_is_exact = reduced_is_exact && found.wrong == 0;
    }
  }
  return reduced_is_exact;
}

}  // namespace

int main() {
  return tinytorch::milestones::run_program([] {
    const bool near = count_disagreements();
    const bool fixed_is_better = count_levels();
    const bool reduced_is_exact = count_saturation();
    if (!near) std::printf("\n  Below the goal: codes that differ, and never by more than one.\n");
    if (!fixed_is_better) std::printf("\n  Below the goal: fixed scales no worse than faithful.\n");
    if (!reduced_is_exact) std::printf("\n  Below the goal: no saturation at reduced range.\n");
    return near && fixed_is_better && reduced_is_exact;
  });
}
