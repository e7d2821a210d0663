// 2008: the anatomy of a fast matrix product (Goto & van de Geijn, "Anatomy of High-Performance
// Matrix Multiplication"). The same sums, rung by rung, on your engine: every step measured in this
// run and drawn as a ladder.
//
//   milestone_2008_anatomy_of_gemm [--out FOLDER]
//
// FOLDER receives ladder.svg.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "milestones/ladder_svg.h"
#include "milestones/program.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/gemm_ladder.h"
#include "tinytorch/kernels/lane_tile.h"
#include "tinytorch/kernels/parallel_gemm.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
namespace fs = std::filesystem;
using milestones::LadderStep;

constexpr std::int64_t kSide = 384;
constexpr int kRounds = 5;  // rungs take turns; the shortest time counts

struct Product {
  std::vector<float> a, b, c;
  kernels::PackedFloats packed;

  Product() : c(kSide * kSide) {
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
  void on_two_threads() {
    set_num_threads(2);
    kernels::gemm_parallel({a.data(), kSide, 1}, kSide, packed, c.data(), false);
    set_num_threads(1);
  }
};

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

// Runs each rung once and compares; all must agree bit for bit with the first.
bool agree(std::vector<Rung>& rungs, const Product& product) {
  std::vector<float> expected;
  for (Rung& rung : rungs) {
    rung.run();
    if (expected.empty()) expected = product.c;
    if (product.c == expected) continue;
    std::printf("  %s differs from %s\n", rung.name.c_str(), rungs.front().name.c_str());
    return false;
  }
  std::printf("  %zu rungs, one result, bit for bit\n\n", rungs.size());
  return true;
}

std::vector<LadderStep> measured(std::vector<Rung>& rungs) {
  for (int round = 0; round < kRounds; ++round) {
    for (Rung& rung : rungs) rung.best = std::min(rung.best, seconds_of(rung.run));
  }
  constexpr double kOperations = 2.0 * kSide * kSide * kSide;
  std::vector<LadderStep> steps;
  for (const Rung& rung : rungs) {
    const double rate = kOperations / rung.best * 1e-9;
    const double over = steps.empty() ? 1.0 : rate / steps.back().rate;
    steps.push_back({rung.name, rate});
    std::printf("  %-12s %8.2f GFLOP/s   %5.2fx\n", rung.name.c_str(), rate, over);
  }
  return steps;
}

bool run(const fs::path& folder) {
  Product p;
  std::vector<Rung> rungs{
      {"scalar", [&] { kernels::gemm_scalar(p.a, p.b, p.c, kSide, kSide, kSide); }},
      {"blocked", [&] { kernels::gemm_blocked(p.a, p.b, p.c, kSide, kSide, kSide); }},
      {"packed", [&] { p.over_panels(kernels::multiply_block_panels); }},
      {"SIMD tile", [&] { p.over_panels(kernels::multiply_block_lanes); }},
      {"two threads", [&] { p.on_two_threads(); }}};
  if (!agree(rungs, p)) return false;
  const auto steps = measured(rungs);
  milestones::write_file(
      folder / "ladder.svg",
      milestones::ladder_svg("A product of matrices of side " + std::to_string(kSide) +
                                 ", rung by rung, on this machine",
                             "GFLOP/s", steps));
  std::printf("\n  Written to %s/ladder.svg\n", folder.string().c_str());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  return milestones::run_into_folder(argc, argv, "tinytorch_2008", run);
}
