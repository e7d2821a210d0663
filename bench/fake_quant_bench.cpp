// What the exact percentile costs: weights fake-quantized row by row, the clip of each row found
// in one of four ways.
//
//   taskset -c 1 build/release/bench/fake_quant_bench
//
// max clips nothing; the others clip at the quantile 0.9999984 of the magnitudes and agree to the
// bit, which is checked before anything is timed. Quantizing and dequantizing are the library's
// own kernels, the same for all four. `golf` is the whole dialect: golf_quantize_rows, then
// golf_restore.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/medians.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace {

using namespace tinytorch;                // NOLINT: a program, not a header
using namespace tinytorch::quantization;  // NOLINT

struct Weights {
  explicit Weights(std::size_t n) : columns(n), values(kRows * n), used(kRows * n) {
    Rng rng(1);
    for (float& w : values) w = 0.02f * rng.normal();
  }
  static constexpr std::size_t kRows = 512;
  std::size_t columns;
  std::vector<float> values;
  std::vector<float> used;  // after fake quantization
};

// In memory that is kept from row to row.
std::vector<float>& magnitudes(std::span<const float> row) {
  thread_local std::vector<float> result;
  result.resize(row.size());
  std::transform(row.begin(), row.end(), result.begin(), [](float w) { return std::abs(w); });
  return result;
}

// Between the values of rank lo and lo + 1 of what stands in place.
float between(const std::vector<float>& ranked, double h) {
  const auto lo = static_cast<std::size_t>(h);
  const double below = ranked[lo];
  const double above = ranked[std::min(lo + 1, ranked.size() - 1)];
  return static_cast<float>(below + (h - static_cast<double>(lo)) * (above - below));
}

float clip_by_sort(std::span<const float> row) {
  std::vector<float>& values = magnitudes(row);
  std::sort(values.begin(), values.end());
  return between(values, kGolfQuantile * static_cast<double>(row.size() - 1));
}

float clip_by_nth_element(std::span<const float> row) {
  std::vector<float>& values = magnitudes(row);
  const double h = kGolfQuantile * static_cast<double>(row.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(h);
  std::nth_element(values.begin(), at, values.end());
  if (at + 1 != values.end()) std::nth_element(at + 1, at + 1, values.end());
  return between(values, h);
}

float clip_by_top_k(std::span<const float> row) {
  return quantile_top_k(magnitudes(row), kGolfQuantile);
}

// The largest magnitude, by way of the scale that the library makes of it.
float clip_by_max(std::span<const float> row) { return channel_scales(row, 1, 8)[0] * 127.0f; }

using Clip = float (*)(std::span<const float>);

void fake_quant(Weights& weights, Clip clip) {
  const std::size_t n = weights.columns;
  std::vector<std::int8_t> codes(n);
  for (std::size_t r = 0; r < Weights::kRows; ++r) {
    const auto row = std::span<const float>(weights.values).subspan(r * n, n);
    const QParams params{clip(row) / 127.0f, 0};
    quantize(row, params, symmetric_range(8), codes);
    dequantize(codes, params, std::span(weights.used).subspan(r * n, n));
  }
}

void run(benchmark::State& state, Clip clip) {
  Weights weights(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores)
    fake_quant(weights, clip);
    benchmark::DoNotOptimize(weights.used.data());
  }
}
void with_max(benchmark::State& state) { run(state, clip_by_max); }
void with_top_k(benchmark::State& state) { run(state, clip_by_top_k); }
void with_nth_element(benchmark::State& state) { run(state, clip_by_nth_element); }
void with_sort(benchmark::State& state) { run(state, clip_by_sort); }

void golf(benchmark::State& state) {
  Weights weights(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores)
    golf_restore(golf_quantize_rows(weights.values, Weights::kRows, {}), weights.used);
    benchmark::DoNotOptimize(weights.used.data());
  }
}

void columns(benchmark::internal::Benchmark* bench) {
  bench->Arg(512)->Arg(2048)->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();
}
BENCHMARK(with_max)->Apply(columns)->Name("fake_quant/max");
BENCHMARK(with_top_k)->Apply(columns)->Name("fake_quant/top_k");
BENCHMARK(with_nth_element)->Apply(columns)->Name("fake_quant/nth_element");
BENCHMARK(with_sort)->Apply(columns)->Name("fake_quant/sort");
BENCHMARK(golf)->Apply(columns)->Name("fake_quant/golf");

// Three ways to the same quantile must give the same weights.
bool all_agree(std::size_t columns) {
  Weights by_top_k(columns);
  fake_quant(by_top_k, clip_by_top_k);
  for (const Clip clip : {clip_by_sort, clip_by_nth_element}) {
    Weights other(columns);
    fake_quant(other, clip);
    if (other.used != by_top_k.used) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (!all_agree(512) || !all_agree(2048)) {
    std::fprintf(stderr, "fake_quant_bench: the ways to the quantile disagree\n");
    return 3;
  }
  bench::Medians medians;
  bench::run_interleaved(argc, argv, medians);
  for (const char* size : {"/512", "/2048"}) {
    const auto max = medians.times().find(std::string("fake_quant/max") + size);
    if (max == medians.times().end()) continue;
    for (const char* who : {"top_k", "nth_element", "sort", "golf"}) {
      const auto other = medians.times().find(concat("fake_quant/", who, size));
      if (other == medians.times().end()) continue;
      std::printf("512 x %s: %s costs %.2fx the maximum\n", size + 1, who,
                  other->second / max->second);
    }
  }
}
