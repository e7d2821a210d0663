// 2008: the anatomy of a fast matrix product (Goto & van de Geijn, "Anatomy of High-Performance
// Matrix Multiplication"). The same sums, rung by rung, in float32 and in int8, on your engine:
// every step measured in this run and drawn as a ladder.
//
//   milestone_2008_anatomy_of_gemm [--out FOLDER]
//
// FOLDER receives ladder.svg, ladder_int8.svg and results.json.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "milestones/report/report.h"
#include "milestones/report/text.h"
#include "milestones/support/program.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/lane_tile.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"
#include "tinytorch/quantization/int8/int8_ladder.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace {

using namespace tinytorch;              // NOLINT: a program, not a header
using namespace tinytorch::milestones;  // NOLINT
namespace fs = std::filesystem;

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

// A bar a step, its rate and how many times the step before it that is.
Chart measured(std::vector<Rung>& rungs, const std::string& kind, const char* unit,
               Report& report) {
  for (int round = 0; round < kRounds; ++round) {
    for (Rung& rung : rungs) rung.best = std::min(rung.best, seconds_of(rung.run));
  }
  constexpr double kOperations = 2.0 * kSide * kSide * kSide;
  Chart chart{
      .title = concat("A product of ", kind, " matrices of side ", kSide, ", rung by rung"),
      .panels = {{.x = {.name = unit, .logarithmic = true}, .series = {{.drawn = Drawn::kBars}}}}};
  double before = 0.0;
  for (const Rung& rung : rungs) {
    const double rate = kOperations / rung.best * 1e-9;
    const double over = before > 0.0 ? rate / before : 1.0;
    report.add({kind, rung.name, rate, unit, over});
    std::string label = format("%.3g", rate);
    if (before > 0.0) label += format("  (%.1f times)", over);
    chart.panels[0].series[0].marks.push_back(
        {.x = rate, .y = static_cast<double>(chart.rows.size()), .label = label});
    chart.rows.push_back({rung.name});
    before = rate;
  }
  return chart;
}

using Pictures = std::vector<std::pair<std::string, Chart>>;

bool climb_floats(Report& report, Pictures& pictures) {
  FloatProduct p;
  std::vector<Rung> rungs{
      {"scalar", [&] { kernels::gemm_scalar(p.a, p.b, p.c, kSide, kSide, kSide); }},
      {"blocked", [&] { kernels::gemm_blocked(p.a, p.b, p.c, kSide, kSide, kSide); }},
      {"packed", [&] { p.over_panels(kernels::multiply_block_panels); }},
      {"SIMD tile", [&] { p.over_panels(kernels::multiply_block_lanes); }},
      {"two threads", [&] { on_two_threads([&] { p.shared(); }); }}};
  if (!agree(rungs, p.c)) return false;
  pictures.emplace_back("ladder.svg", measured(rungs, "float32", "GFLOP/s", report));
  return true;
}

bool climb_int8(Report& report, Pictures& pictures) {
  using namespace quantization;  // NOLINT: five of its functions
  Int8Product p;
  std::vector<Rung> rungs{
      {"scalar", [&] { linear_int32(p.x, p.weight, p.bias, p.acc); }},
      {"blocked", [&] { int8_gemm_blocked(p.x, p.weight, p.bias, p.acc); }},
      {"packed", [&] { int8_gemm_wide(p.x, p.wide, p.bias, p.acc); }},
      {"SIMD tile", [&] { int8_gemm_lanes(p.x, p.packed, p.bias, p.acc); }},
      {"two threads",
       [&] { on_two_threads([&] { int8_gemm_parallel(p.x, p.packed, p.bias, p.acc); }); }}};
  if (!agree(rungs, p.acc)) return false;
  pictures.emplace_back("ladder_int8.svg", measured(rungs, "int8", "GOP/s", report));
  return true;
}

bool run(const fs::path& folder) {
  Report report({{"numbers"},
                 {"rung", "", 12},
                 {"rate", "", 8, "%.2f"},
                 {"unit", "", 7},
                 {"over_the_one_before", "", 7, "%.2fx"}});
  Pictures pictures;
  const bool agreed = climb_floats(report, pictures) && climb_int8(report, pictures);
  std::printf("\n");
  report.write(folder, pictures);
  return agreed;
}

}  // namespace

int main(int argc, char** argv) { return run_into_folder(argc, argv, "tinytorch_2008", run); }
