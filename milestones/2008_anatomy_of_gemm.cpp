// 2008: the anatomy of a fast matrix product (Goto & van de Geijn, "Anatomy of High-Performance
// Matrix Multiplication"). The same sums, rung by rung, in float32 and in int8, on your engine:
// every step measured in this run and drawn as a ladder.
//
//   milestone_2008_anatomy_of_gemm [--out FOLDER]
//
// FOLDER receives ladder.svg and ladder_int8.svg.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "milestones/report/ladder_svg.h"
#include "milestones/support/program.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/lane_tile.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"
#include "tinytorch/quantization/int8/int8_ladder.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
namespace fs = std::filesystem;
using milestones::LadderStep;

constexpr std::int64_t kSide = 384;
constexpr int kRounds = 5;  // rungs take turns; the shortest time counts

struct FloatProduct {
  std::vector<float> a, b, c;
  kernels::PackedFloats packed;

  FloatProduct() : c(kSide * kSide) {
    Rng rng(2008);
    for (auto* matrix : {&a, &b}) {
      matrix->resize(kSide * kSide);
      for (float& value : *matrix) value = rng.normal();
    }
    kernels::pack({b.data(), kSide, 1}, kSide, kSide, packed);
  }
  void over_panels(kernels::BlockKernel kernel) {
    kernels::gemm_packed({a.data(), kSide, 1}, kSide, packed, c.data(), false, kernel);
  }
  void shared() { kernels::gemm_parallel({a.data(), kSide, 1}, kSide, packed, c.data(), false); }
};

struct Int8Product {
  std::vector<std::int8_t> x, weight;
  std::vector<std::int32_t> bias, acc;
  quantization::WideRows wide;
  quantization::PackedWeights packed;

  Int8Product() : bias(kSide), acc(kSide * kSide) {
    std::iota(bias.begin(), bias.end(), 18);
    Rng rng(2008);
    for (auto* matrix : {&x, &weight}) {
      matrix->resize(kSide * kSide);
      for (std::int8_t& code : *matrix) code = static_cast<std::int8_t>(rng.below(256));
    }
    wide = quantization::widen(weight, kSide);
    packed = quantization::pack_weights(weight, kSide, kSide);
  }
};

void on_two_threads(const std::function<void()>& work) {
  set_num_threads(2);
  work();
  set_num_threads(1);
}

struct Rung {
  std::string name;
  std::function<void()> run;
  double best = std::numeric_limits<double>::infinity();  // seconds
};

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Runs each rung once and compares what it leaves in `result`; all must agree bit for bit with the
// first.
template <typename T>
bool agree(std::vector<Rung>& rungs, const std::vector<T>& result) {
  std::vector<T> expected;
  for (Rung& rung : rungs) {
    rung.run();
    if (expected.empty()) expected = result;
    if (result == expected) continue;
    std::printf("  %s differs from %s\n", rung.name.c_str(), rungs.front().name.c_str());
    return false;
  }
  std::printf("\n  %zu rungs, one result, bit for bit; each over the one before\n\n", rungs.size());
  return true;
}

std::vector<LadderStep> measured(std::vector<Rung>& rungs, const char* unit) {
  for (int round = 0; round < kRounds; ++round) {
    for (Rung& rung : rungs) rung.best = std::min(rung.best, seconds_of(rung.run));
  }
  constexpr double kOperations = 2.0 * kSide * kSide * kSide;
  std::vector<LadderStep> steps;
  for (const Rung& rung : rungs) {
    const double rate = kOperations / rung.best * 1e-9;
    const double over = steps.empty() ? 1.0 : rate / steps.back().rate;
    steps.push_back({rung.name, rate});
    std::printf("  %-12s %8.2f %s   %5.2fx\n", rung.name.c_str(), rate, unit, over);
  }
  return steps;
}

template <typename T>
bool climb(std::vector<Rung> rungs, const std::vector<T>& result, const std::string& kind,
           const char* unit, const fs::path& picture) {
  if (!agree(rungs, result)) return false;
  const auto steps = measured(rungs, unit);
  milestones::write_file(picture,
                         milestones::ladder_svg("A product of " + kind + " matrices of side " +
                                                    std::to_string(kSide) + ", rung by rung",
                                                unit, steps));
  std::printf("\n  Written to %s\n", picture.c_str());
  return true;
}

bool climb_floats(const fs::path& folder) {
  FloatProduct p;
  return climb({{"scalar", [&] { kernels::gemm_scalar(p.a, p.b, p.c, kSide, kSide, kSide); }},
                {"blocked", [&] { kernels::gemm_blocked(p.a, p.b, p.c, kSide, kSide, kSide); }},
                {"packed", [&] { p.over_panels(kernels::multiply_block_panels); }},
                {"SIMD tile", [&] { p.over_panels(kernels::multiply_block_lanes); }},
                {"two threads", [&] { on_two_threads([&] { p.shared(); }); }}},
               p.c, "float32", "GFLOP/s", folder / "ladder.svg");
}

bool climb_int8(const fs::path& folder) {
  using namespace quantization;  // NOLINT: five of its functions
  Int8Product p;
  return climb(
      {{"scalar", [&] { linear_int32(p.x, p.weight, p.bias, p.acc); }},
       {"blocked", [&] { int8_gemm_blocked(p.x, p.weight, p.bias, p.acc); }},
       {"packed", [&] { int8_gemm_wide(p.x, p.wide, p.bias, p.acc); }},
       {"SIMD tile", [&] { int8_gemm_lanes(p.x, p.packed, p.bias, p.acc); }},
       {"two threads",
        [&] { on_two_threads([&] { int8_gemm_parallel(p.x, p.packed, p.bias, p.acc); }); }}},
      p.acc, "int8", "GOP/s", folder / "ladder_int8.svg");
}

bool run(const fs::path& folder) { return climb_floats(folder) && climb_int8(folder); }

}  // namespace

int main(int argc, char** argv) {
  return milestones::run_into_folder(argc, argv, "tinytorch_2008", run);
}
