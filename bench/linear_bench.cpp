// An int8 linear layer beside the float one: the same sizes, the same process, interleaved.
//
//   taskset -c 1 build/release/bench/linear_bench
//
// Prints the median of 9 repetitions of each, then the ratio of the medians.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>

#include "bench/medians.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/qat/qat.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using quantization::QuantizedLinear;

// One layer both ways, and an input both ways. Dimensions: batch, inputs, outputs.
struct Layer {
  std::shared_ptr<nn::Linear> linear;
  Tensor x;
  QuantizedLinear quantized;
  std::vector<std::int8_t> codes;

  Layer(std::int64_t n, std::int64_t in, std::int64_t out) : Layer(n, in, out, Rng(1)) {}

 private:
  Layer(std::int64_t n, std::int64_t in, std::int64_t out, Rng rng)
      : linear(std::make_shared<nn::Linear>(in, out, rng)),
        x(Tensor::randn(Shape{n, in}, rng)),
        quantized(
            quantization::quantize_linear(linear->weight(), linear->bias(), {0.03f, 3}, 8, true)),
        codes(static_cast<std::size_t>(n * in)) {
    quantized.set_output({0.02f, -10}, quantization::full_range(8));
    quantization::quantize(std::as_const(x).data(), {0.03f, 3}, quantization::full_range(8), codes);
  }
};

void set_rate(benchmark::State& state) {
  const double operations = 2.0 * static_cast<double>(state.range(0)) *
                            static_cast<double>(state.range(1)) *
                            static_cast<double>(state.range(2));
  state.counters["GOP/s"] =
      benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void f32_linear(benchmark::State& state) {
  const autograd::NoGradGuard no_grad;
  const Layer layer(state.range(0), state.range(1), state.range(2));
  for (auto _ : state) benchmark::DoNotOptimize(layer.linear->forward(layer.x));
  set_rate(state);
}

void int8_linear(benchmark::State& state) {
  const Layer layer(state.range(0), state.range(1), state.range(2));
  std::vector<std::int8_t> y(static_cast<std::size_t>(state.range(0) * state.range(2)));
  for (auto _ : state) {
    layer.quantized.forward(layer.codes, y);
    benchmark::DoNotOptimize(y.data());
  }
  set_rate(state);
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t n : {1, 64, 256}) bench->Args({n, 512, 512});
  bench->Args({64, 784, 512})->Args({64, 1024, 1024});
  bench->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();
}
BENCHMARK(f32_linear)->Apply(sizes)->Name("f32_linear/tinytorch");
BENCHMARK(int8_linear)->Apply(sizes)->Name("int8_linear/tinytorch");

}  // namespace

int main(int argc, char** argv) {
  bench::Medians medians;
  bench::run_interleaved(argc, argv, medians);
  for (const auto& [name, time] : medians.times()) {
    const std::string prefix = "f32_linear/tinytorch/";
    if (name.rfind(prefix, 0) != 0) continue;
    const std::string size = name.substr(prefix.size());
    const auto other = medians.times().find("int8_linear/tinytorch/" + size);
    if (other != medians.times().end()) {
      std::printf("int8 against float, %s: %.2fx\n", size.c_str(), time / other->second);
    }
  }
}
