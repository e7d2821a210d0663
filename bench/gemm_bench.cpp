// Matrix products beside their peers, one thread, the weight rearranged beforehand for everyone.
//
//   taskset -c 1 build/release/bench/gemm_bench
//   taskset -c 1 build/release/bench/gemm_bench --benchmark_filter=int8 --benchmark_out=int8.json
//
// Names are int8_gemm/<who>/MxNxK and f32_gemm/<who>/MxNxK; time is the median of 9 repetitions.
// Inputs and outputs start on a cache line, as the peers' own memory does.
// Last come our speed over each peer's and over the limit (limits.h) of the same run, size by size,
// and its geometric mean. What differs from
// oneDNN by a single bit (int8) is an error before anything is timed. Products on two threads want
// two cores: taskset -c 0,1 … --benchmark_filter='f32_gemm/tinytorch.*(512x512x512|1024x)'.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "bench/limits.h"
#include "bench/medians.h"
#include "bench/peers.h"
#include "tinytorch/core/aligned.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/parallel_gemm.h"
#include "tinytorch/kernels/gemm/packed_gemm.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header

struct Size {
  std::int64_t m, n, k;

  std::string name() const {
    return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  }
  std::size_t inputs() const { return static_cast<std::size_t>(m * k); }
  std::size_t weights() const { return static_cast<std::size_t>(n * k); }
  std::size_t outputs() const { return static_cast<std::size_t>(m * n); }
};

std::vector<Size> sizes() {
  std::vector<Size> all;
  for (const std::int64_t side : {64, 128, 256, 512, 1024, 2048}) all.push_back({side, side, side});
  for (const std::int64_t m : {1, 8, 32}) {
    for (const std::int64_t side : {512, 1024, 4096}) all.push_back({m, side, side});
  }
  return all;
}

void add(const std::string& kind, const std::string& who, const Size& size,
         std::function<void()> product) {
  const auto body = [size, product = std::move(product)](benchmark::State& state) {
    for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores)
      product();
      benchmark::ClobberMemory();
    }
    const double operations =
        2.0 * static_cast<double>(size.outputs()) * static_cast<double>(size.k);
    state.counters["GOP/s"] =
        benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  };
  benchmark::RegisterBenchmark((kind + "/" + who + "/" + size.name()).c_str(), body)
      ->Repetitions(9)
      ->ReportAggregatesOnly()
      ->MinTime(0.02)
      ->Unit(benchmark::kMicrosecond);
}

template <typename T>
[[maybe_unused]] void require_same(std::span<const T> ours, std::span<const T> theirs,
                                   const Size& size) {
  if (std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end())) return;
  std::fprintf(stderr, "int8 %s: our results differ from the peer's\n", size.name().c_str());
  std::exit(1);
}

void add_int8(const Size& size, bool unsigned_input) {
  const std::string kind = unsigned_input ? "u8s8" : "s8s8";
  Rng rng(1);
  auto x = std::make_shared<AlignedVector<std::int8_t>>(size.inputs());
  std::vector<std::int8_t> weight(size.weights());
  for (const std::span<std::int8_t> codes : {std::span(*x), std::span(weight)}) {
    for (std::int8_t& code : codes) code = static_cast<std::int8_t>(rng.below(256));
  }
  const auto packed = std::make_shared<quantization::PackedWeights>(
      quantization::pack_weights(weight, size.n, size.k));
  const auto acc = std::make_shared<AlignedVector<std::int32_t>>(size.outputs());
  const auto bias = std::make_shared<std::vector<std::int32_t>>(size.n, 0);
  const auto ours = [=] {
    if (unsigned_input) {
      const std::span bytes(reinterpret_cast<const std::uint8_t*>(x->data()), x->size());
      quantization::int8_gemm_u8(bytes, *packed, *bias, *acc, quantization::best_isa());
    } else {
      quantization::int8_gemm(*x, *packed, *bias, *acc);
    }
  };
  add("int8_gemm", "tinytorch_" + kind, size, ours);
  for (const quantization::Isa isa : quantization::supported_isas()) {
    if (unsigned_input || isa == quantization::Isa::kScalar || isa == quantization::best_isa()) {
      continue;
    }
    add("int8_gemm", concat("tinytorch_", quantization::name(isa), "_s8s8"), size,
        [=] { quantization::int8_gemm(*x, *packed, *bias, *acc, isa); });
  }
#ifdef BENCH_ONEDNN
  const auto peer = std::make_shared<bench::OneDnnInt8>(size.m, size.n, size.k, unsigned_input);
  std::copy(x->begin(), x->end(), peer->input().begin());
  peer->set_weight(weight);
  ours();
  peer->run();
  require_same<std::int32_t>(*acc, peer->sums(), size);
  add("int8_gemm", "onednn_" + kind, size, [peer] { peer->run(); });
#endif
}

// Codes out instead of sums, which is all that XNNPACK offers.
void add_requantized(const Size& size) {
  constexpr std::size_t kReadBeyond = 16;  // XNNPACK may read, not use, as many bytes
  Rng rng(3);
  auto x = std::make_shared<AlignedVector<std::int8_t>>(size.inputs() + kReadBeyond);
  std::vector<std::int8_t> weight(size.weights());
  for (const std::span<std::int8_t> codes : {std::span(*x), std::span(weight)}) {
    for (std::int8_t& code : codes) code = static_cast<std::int8_t>(rng.below(256));
  }
  // A sum of k products of codes has about 5400·√k for a deviation: a third of the range then.
  const float multiplier = 42.0f / (5400.0f * std::sqrt(static_cast<float>(size.k)));
  const auto multipliers = std::make_shared<std::vector<float>>(size.n, multiplier);
  const auto packed = std::make_shared<quantization::PackedWeights>(
      quantization::pack_weights(weight, size.n, size.k));
  const auto bias = std::make_shared<std::vector<std::int32_t>>(size.n, 0);
  const auto y = std::make_shared<AlignedVector<std::int8_t>>(size.outputs());
  const auto ours = [=] {
    quantization::int8_gemm_requantized(std::span(*x).first(size.inputs()), *packed, *bias,
                                        {*multipliers, 0, {-128, 127}}, *y,
                                        quantization::best_isa());
  };
  add("int8_gemm", "tinytorch_qc8", size, ours);
#ifdef BENCH_XNNPACK
  const auto theirs = std::make_shared<AlignedVector<std::int8_t>>(size.outputs());
  const auto peer = std::make_shared<bench::XnnpackInt8>(size.m, size.n, size.k, weight,
                                                         *multipliers, x->data(), theirs->data());
  ours();
  peer->run();
  require_same<std::int8_t>(*y, *theirs, size);
  add("int8_gemm", "xnnpack_qc8", size, [peer, theirs] { peer->run(); });
#endif
}

void add_float(const Size& size) {
  Rng rng(2);
  auto a = std::make_shared<AlignedVector<float>>(size.inputs() + 4);  // XNNPACK reads beyond
  auto b = std::make_shared<AlignedVector<float>>(size.weights());
  for (float& value : *a) value = rng.normal();
  for (float& value : *b) value = rng.normal();
  const auto packed = std::make_shared<kernels::PackedFloats>();
  kernels::pack({b->data(), size.n, 1}, size.k, size.n, *packed);
  const auto c = std::make_shared<AlignedVector<float>>(size.outputs());
  add("f32_gemm", "tinytorch", size, [=] {
    kernels::gemm_packed({a->data(), size.k, 1}, size.m, *packed, c->data(), false);
  });
#ifdef BENCH_ONEDNN
  const auto peer = std::make_shared<bench::OneDnnFloat>(size.m, size.n, size.k);
  std::copy_n(a->begin(), size.inputs(), peer->input().begin());
  peer->set_weight(*b);
  add("f32_gemm", "onednn", size, [peer] { peer->run(); });
#endif
#ifdef BENCH_XNNPACK
  const auto theirs = std::make_shared<AlignedVector<float>>(size.outputs());
  const auto xnnpack =
      std::make_shared<bench::XnnpackFloat>(size.m, size.n, size.k, a->data(), *b, theirs->data());
  add("f32_gemm", "xnnpack", size, [xnnpack, theirs] { xnnpack->run(); });
#endif
  add("f32_gemm", "eigen", size,
      [=] { bench::eigen_gemm(size.m, size.n, size.k, a->data(), b->data(), c->data()); });
#ifdef BENCH_OPENBLAS
  add("f32_gemm", "openblas", size,
      [=] { bench::openblas_gemm(size.m, size.n, size.k, a->data(), b->data(), c->data()); });
#endif
}

// Our own products on two threads; what they are compared with is one of ours.
constexpr int kThreads = 2;

std::function<void()> on_threads(std::function<void()> product) {
  return [product = std::move(product)] {
    set_num_threads(kThreads);
    product();
    set_num_threads(1);
  };
}

void add_threads(const Size& size) {
  Rng rng(3);
  const auto a = std::make_shared<std::vector<float>>(size.inputs());
  const auto x = std::make_shared<std::vector<std::int8_t>>(size.inputs());
  std::vector<float> b(size.weights());
  std::vector<std::int8_t> weight(size.weights());
  for (float& value : *a) value = rng.normal();
  for (float& value : b) value = rng.normal();
  for (auto* codes : {x.get(), &weight}) {
    for (std::int8_t& code : *codes) code = static_cast<std::int8_t>(rng.below(256));
  }
  const auto packed = std::make_shared<kernels::PackedFloats>();
  kernels::pack({b.data(), size.n, 1}, size.k, size.n, *packed);
  const auto c = std::make_shared<std::vector<float>>(size.outputs());
  add("f32_gemm", "tinytorch_2threads", size, on_threads([=] {
        kernels::gemm_parallel({a->data(), size.k, 1}, size.m, *packed, c->data(), false);
      }));
  const auto codes = std::make_shared<quantization::PackedWeights>(
      quantization::pack_weights(weight, size.n, size.k));
  const auto acc = std::make_shared<std::vector<std::int32_t>>(size.outputs());
  const auto bias = std::make_shared<std::vector<std::int32_t>>(size.n, 0);
  add("int8_gemm", "tinytorch_s8s8_2threads", size,
      on_threads([=] { quantization::int8_gemm(*x, *codes, *bias, *acc); }));
}

// The processor's limit, beside everything else.
constexpr std::int64_t kLimitRounds = 100'000;

void add_limit(const std::string& kind, std::int64_t (*run)(std::int64_t)) {
  benchmark::RegisterBenchmark((kind + "/limit").c_str(),
                               [run](benchmark::State& state) {
                                 for (auto _ : state) run(kLimitRounds);
                               })
      ->Repetitions(9)
      ->ReportAggregatesOnly()
      ->MinTime(0.02)
      ->Unit(benchmark::kMicrosecond);
}

// The share of the limit that each size reached.
void print_share(const bench::Medians& medians, const std::string& ours, const std::string& kind,
                 std::int64_t operations) {
  const auto limit = medians.times().find(kind + "/limit");
  if (limit == medians.times().end()) return;
  const double rate = static_cast<double>(operations) / limit->second;  // a microsecond
  std::printf("\n%s over the limit of %.0f GOP/s\n", ours.c_str(), rate * 1e-3);
  for (const Size& size : sizes()) {
    const auto own = medians.times().find(ours + "/" + size.name());
    if (own == medians.times().end()) continue;
    const double reached = 2.0 * static_cast<double>(size.m * size.n * size.k) / own->second;
    std::printf("  %-16s %.0f %%\n", size.name().c_str(), 100 * reached / rate);
  }
}

// Our speed over `peer`'s for every size both were measured at, and the geometric mean.
void print_ratios(const bench::Medians& medians, const std::string& ours, const std::string& peer) {
  double logarithms = 0;
  int count = 0;
  for (const Size& size : sizes()) {
    const auto own = medians.times().find(ours + "/" + size.name());
    const auto other = medians.times().find(peer + "/" + size.name());
    if (own == medians.times().end() || other == medians.times().end()) continue;
    const double ratio = other->second / own->second;
    if (count++ == 0) std::printf("\n%s over %s\n", ours.c_str(), peer.c_str());
    std::printf("  %-16s %.2fx\n", size.name().c_str(), ratio);
    logarithms += std::log(ratio);
  }
  if (count > 0)
    std::printf("  geometric mean   %.3fx of %d\n", std::exp(logarithms / count), count);
}

}  // namespace

int main(int argc, char** argv) {
  for (const Size& size : sizes()) {
    add_int8(size, true);
    add_int8(size, false);
    add_requantized(size);
    add_float(size);
  }
  for (const std::int64_t side : {512, 1024, 2048}) add_threads({side, side, side});
  add_limit("int8_gemm", bench::run_int8_dots);
  add_limit("f32_gemm", bench::run_float_multiply_adds);
  bench::Medians medians;
  bench::run_interleaved(argc, argv, medians);
  print_share(medians, "int8_gemm/tinytorch_u8s8", "int8_gemm", bench::run_int8_dots(kLimitRounds));
  print_share(medians, "f32_gemm/tinytorch", "f32_gemm",
              bench::run_float_multiply_adds(kLimitRounds));
  print_ratios(medians, "int8_gemm/tinytorch_u8s8", "int8_gemm/onednn_u8s8");
  print_ratios(medians, "int8_gemm/tinytorch_s8s8", "int8_gemm/onednn_s8s8");
  print_ratios(medians, "f32_gemm/tinytorch", "f32_gemm/onednn");
  print_ratios(medians, "int8_gemm/tinytorch_qc8", "int8_gemm/xnnpack_qc8");
  print_ratios(medians, "f32_gemm/tinytorch", "f32_gemm/openblas");
  print_ratios(medians, "f32_gemm/tinytorch", "f32_gemm/eigen");
  print_ratios(medians, "f32_gemm/tinytorch", "f32_gemm/xnnpack");
  print_ratios(medians, "f32_gemm/tinytorch_2threads", "f32_gemm/tinytorch");
  print_ratios(medians, "int8_gemm/tinytorch_s8s8_2threads", "int8_gemm/tinytorch_s8s8");
}
