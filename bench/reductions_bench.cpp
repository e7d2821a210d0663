// Sums along a dimension, added up in double, beside the same loop in float: what the digits cost.
//
//   taskset -c 1 build/release/bench/reductions_bench
//
// Prints the median of 9 repetitions of each, then the ratio of the medians for each shape.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "bench/medians.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/reduce.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using kernels::Block;

// Line by line into a line of float totals: as fast as memory, and wrong from 2^24 ones on.
void float_sum_dim(std::span<const float> x, const Block& block, std::span<float> out) {
  const auto size = static_cast<std::size_t>(block.size);
  const auto inner = static_cast<std::size_t>(block.inner);
  std::fill(out.begin(), out.end(), 0.0f);
  for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
    float* line = out.data() + o * inner;
    for (std::size_t s = 0; s < size; ++s) {
      const float* terms = x.data() + (o * size + s) * inner;
      for (std::size_t i = 0; i < inner; ++i) line[i] += terms[i];
    }
  }
}

struct Problem {
  Block block;
  std::vector<float> x;
  std::vector<float> out;

  explicit Problem(const benchmark::State& state)
      : block{.outer = state.range(0), .size = state.range(1), .inner = state.range(2)},
        x(static_cast<std::size_t>(block.outer * block.size * block.inner)),
        out(static_cast<std::size_t>(block.outer * block.inner)) {
    Rng rng(1);
    for (float& value : x) value = rng.uniform(-1.0f, 1.0f);
  }
};

// A mistake in what is measured would make the figures worthless.
void require_right(const Problem& problem) {
  std::vector<float> expected(problem.out.size());
  float_sum_dim(problem.x, problem.block, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::fabs(problem.out[i] - expected[i]) <= 0.05f) continue;
    std::fprintf(stderr, "reductions_bench: sum %zu is %g, in float %g\n", i,
                 static_cast<double>(problem.out[i]), static_cast<double>(expected[i]));
    std::exit(1);
  }
}

using Sum = void (*)(std::span<const float>, const Block&, std::span<float>);

void run(benchmark::State& state, Sum sum) {
  Problem problem(state);
  for (auto _ : state) {
    sum(problem.x, problem.block, problem.out);
    benchmark::DoNotOptimize(problem.out.data());
    benchmark::ClobberMemory();
  }
  require_right(problem);
}

// Dimensions: outer, size, inner. A bias's gradient, a batch's mean, images, long and short
// columns.
void shapes(benchmark::internal::Benchmark* bench) {
  bench->Args({1, 64, 10})->Args({1, 64, 512})->Args({1, 256, 512})->Args({1, 1024, 512});
  bench->Args({1, 64, 4096})->Args({1, 64, 65536})->Args({1, 1000, 10000});
  bench->Args({1, 2, 1000000})->Args({1, 4, 1000000})->Args({1, 16, 1000000});
  bench->Args({1, 100000, 2})->Args({1, 100000, 64})->Args({1, 20000, 256});
  bench->Args({32, 16, 784})->Args({64, 32, 196})->Args({256, 64, 49})->Args({64, 100, 3});
  bench->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly()->MinTime(0.02);
}
BENCHMARK_CAPTURE(run, tinytorch, kernels::sum_dim)->Apply(shapes)->Name("sum_dim/tinytorch");
BENCHMARK_CAPTURE(run, in_float, float_sum_dim)->Apply(shapes)->Name("sum_dim/in_float");

}  // namespace

int main(int argc, char** argv) {
  bench::Medians medians;
  bench::run_interleaved(argc, argv, medians);
  for (const auto& [name, time] : medians.times()) {
    const std::string prefix = "sum_dim/tinytorch/";
    if (name.rfind(prefix, 0) != 0) continue;
    const std::string shape = name.substr(prefix.size());
    const auto other = medians.times().find("sum_dim/in_float/" + shape);
    if (other != medians.times().end()) {
      std::printf("double takes %.2f of float's time, %s\n", time / other->second, shape.c_str());
    }
  }
}
