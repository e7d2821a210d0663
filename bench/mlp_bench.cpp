// A whole quantized network, 784-512-512-10, beside ONNX Runtime on the very same integers, and
// both beside their float forms. One thread, one process, repetitions taking turns.
//
//   taskset -c 1 build/release/bench/mlp_bench
//
// ONNX Runtime loads the network as a QDQ model (uint8 activations, int8 weights) and optimises it
// as far as it can (level "all", which fuses each layer into one integer kernel); the codes of both
// are compared before anything is timed. Its tensors lie in this program's memory: no copies.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <span>
#include <string>

#include "bench/medians.h"
#include "bench/mlp_model.h"
#include "peers/onnxruntime_session.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/nn/prepacked_linear.h"
#include "tinytorch/onnx/qdq_model.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using peers::OnnxRuntimeSession;

const bench::Mlp& mlp() {
  static const bench::Mlp made = bench::make_mlp();
  return made;
}

Tensor input(std::int64_t batch) {
  Rng rng(5);
  return Tensor::randn(Shape{batch, 784}, rng);
}

void our_codes(benchmark::State& state) {
  const auto codes = mlp().quantized.quantize_input(input(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(mlp().quantized.forward_codes(codes));
}

void our_int8(benchmark::State& state) {
  const Tensor x = input(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(mlp().quantized.forward(x));
}

void our_float(benchmark::State& state) {
  const autograd::NoGradGuard no_grad;
  const Tensor x = input(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(mlp().network->forward(x));
}

// Each layer's weight rearranged once, as ONNX Runtime does it.
void our_prepacked(benchmark::State& state) {
  const autograd::NoGradGuard no_grad;
  static const auto network = [] {
    auto copy = bench::make_mlp().network;
    nn::prepack_linears(*copy);
    return copy;
  }();
  const Tensor x = input(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(network->forward(x));
}

// Runs a model on x, bound once.
template <typename T>
void run_theirs(benchmark::State& state, const std::string& model, std::span<const T> x) {
  const std::int64_t batch = state.range(0);
  OnnxRuntimeSession session(model, peers::Optimization::kAll);
  std::vector<T> y(static_cast<std::size_t>(batch * 10));
  session.bind_input("x", x, {batch, 784});
  session.bind_output("y", std::span(y), {batch, 10});
  for (auto _ : state) session.run();  // NOLINT(clang-analyzer-deadcode.DeadStores)
}

std::vector<std::uint8_t> raised(std::span<const std::int8_t> codes) {
  std::vector<std::uint8_t> unsigned_codes;
  for (const std::int8_t code : codes) {
    unsigned_codes.push_back(static_cast<std::uint8_t>(code + 128));
  }
  return unsigned_codes;
}

void their_codes(benchmark::State& state) {
  const auto x = raised(mlp().quantized.quantize_input(input(state.range(0))));
  run_theirs<std::uint8_t>(state, qdq_model(mlp().quantized, onnx::Ends::kCodes).to_bytes(), x);
}

void their_int8(benchmark::State& state) {
  const Tensor x = input(state.range(0));
  run_theirs(state, qdq_model(mlp().quantized, onnx::Ends::kFloat).to_bytes(),
             std::as_const(x).data());
}

void their_float(benchmark::State& state) {
  const Tensor x = input(state.range(0));
  run_theirs(state, bench::float_model(*mlp().network), std::as_const(x).data());
}

void batches(benchmark::internal::Benchmark* bench) {
  bench->Arg(1)->Arg(64)->Arg(256);
  bench->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();
}
BENCHMARK(our_codes)->Apply(batches)->Name("mlp/tinytorch_codes");
BENCHMARK(our_int8)->Apply(batches)->Name("mlp/tinytorch_int8");
BENCHMARK(our_float)->Apply(batches)->Name("mlp/tinytorch_float");
BENCHMARK(our_prepacked)->Apply(batches)->Name("mlp/tinytorch_prepacked");
BENCHMARK(their_codes)->Apply(batches)->Name("mlp/onnxruntime_codes");
BENCHMARK(their_int8)->Apply(batches)->Name("mlp/onnxruntime_int8");
BENCHMARK(their_float)->Apply(batches)->Name("mlp/onnxruntime_float");

// Logit codes of the largest batch that differ between the two.
std::size_t mismatches() {
  const auto codes = mlp().quantized.quantize_input(input(256));
  const auto x = raised(codes);
  const auto ours = raised(mlp().quantized.forward_codes(codes));
  std::vector<std::uint8_t> theirs(ours.size());
  OnnxRuntimeSession session(qdq_model(mlp().quantized, onnx::Ends::kCodes).to_bytes(),
                             peers::Optimization::kAll);
  session.bind_input("x", std::span(x), {256, 784});
  session.bind_output("y", std::span(theirs), {256, 10});
  session.run();
  std::size_t count = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) count += ours[i] != theirs[i] ? 1 : 0;
  return count;
}

void print_ratio(const bench::Medians& medians, const char* text, const std::string& slow,
                 const std::string& fast) {
  std::printf("%s:", text);
  for (const char* batch : {"/1", "/64", "/256"}) {
    const auto numerator = medians.times().find("mlp/" + slow + batch);
    const auto denominator = medians.times().find("mlp/" + fast + batch);
    if (numerator == medians.times().end() || denominator == medians.times().end()) continue;
    std::printf("  %.2fx at %s", numerator->second / denominator->second, batch + 1);
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  std::printf("ONNX Runtime %s, level all; %zu of 2560 logit codes differ\n",
              peers::onnxruntime_version().c_str(), mismatches());
  bench::Medians medians;
  bench::run_interleaved(argc, argv, medians);
  std::printf("\nHow many times as fast we are, by batch\n");
  print_ratio(medians, "codes to codes, over its codes to codes", "onnxruntime_codes",
              "tinytorch_codes");
  print_ratio(medians, "float to float in int8, over its same", "onnxruntime_int8",
              "tinytorch_int8");
  print_ratio(medians, "float network, over its same", "onnxruntime_float", "tinytorch_float");
  print_ratio(medians, "float, weights packed once, over its same", "onnxruntime_float",
              "tinytorch_prepacked");
  print_ratio(medians, "our int8, codes to codes, over our float with weights packed once",
              "tinytorch_prepacked", "tinytorch_codes");
  print_ratio(medians, "our int8, float to float, over our float", "tinytorch_float",
              "tinytorch_int8");
  print_ratio(medians, "our int8, codes to codes, over our float", "tinytorch_float",
              "tinytorch_codes");
}
