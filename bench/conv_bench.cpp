// Convolutions in int8 beside our own float ones and oneDNN's, one thread.
//
//   taskset -c 1 build/release/bench/conv_bench
//   taskset -c 1 build/release/bench/conv_bench --benchmark_filter=32to64
//
// Names are int8_conv/<who>/shape and f32_conv/<who>/shape, a shape INtoOUT_kKERNEL_HxW_bBATCH
// (dw: depthwise); time is the median of 9 repetitions. int8 means codes in, codes out: padding,
// sums and requantization. A peer's code that differs from ours is an error before anything is
// timed. Last come our int8 speed over our float's and over the peer's int8.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "bench/medians.h"
#include "bench/peers.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/quantization/deployed/quantized_conv2d.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using bench::ConvShape;
using quantization::Dialect;
using quantization::QuantizedConv2d;

std::vector<ConvShape> shapes() {
  //      batch height width  in  out kernel stride padding groups
  return {{1, 8, 8, 1, 16, 3, 1, 1, 1},  // the digits' network
          {1, 4, 4, 16, 32, 3, 1, 1, 1},    {64, 8, 8, 1, 16, 3, 1, 1, 1},
          {64, 4, 4, 16, 32, 3, 1, 1, 1},   {1, 64, 64, 16, 16, 3, 1, 1, 1},
          {1, 64, 64, 32, 32, 3, 1, 1, 32}, {1, 64, 64, 32, 64, 1, 1, 0, 1},
          {1, 56, 56, 64, 64, 3, 1, 1, 1},  {1, 28, 28, 128, 128, 3, 2, 1, 1}};
}

std::string name(const ConvShape& s) {
  return std::to_string(s.in) + "to" + std::to_string(s.out) + "_k" + std::to_string(s.kernel) +
         (s.groups > 1 ? "dw" : "") + (s.stride > 1 ? "s" + std::to_string(s.stride) : "") + "_" +
         std::to_string(s.height) + "x" + std::to_string(s.width) + "_b" + std::to_string(s.batch);
}

void add(const std::string& kind, const std::string& who, const ConvShape& shape,
         std::function<void()> convolution) {
  const auto body = [shape, convolution = std::move(convolution)](benchmark::State& state) {
    for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores)
      convolution();
      benchmark::ClobberMemory();
    }
    const auto places = [&](std::int64_t size) {
      return (size + 2 * shape.padding - shape.kernel) / shape.stride + 1;
    };
    const std::int64_t window = shape.kernel * shape.kernel * (shape.in / shape.groups);
    const std::int64_t sums = shape.batch * places(shape.height) * places(shape.width) * shape.out;
    const double operations = 2.0 * static_cast<double>(sums * window);
    state.counters["GOP/s"] =
        benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  };
  benchmark::RegisterBenchmark((kind + "/" + who + "/" + name(shape)).c_str(), body)
      ->Repetitions(9)
      ->ReportAggregatesOnly()
      ->MinTime(0.02)
      ->Unit(benchmark::kMicrosecond);
}

std::vector<std::int8_t> draw_codes(std::size_t count, Rng& rng) {
  std::vector<std::int8_t> codes(count);
  for (std::int8_t& code : codes) {
    code = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
  }
  return codes;
}

// A layer, an image and room for the result.
struct Int8Case {
  ConvShape shape;
  quantization::ImageSize image;
  std::vector<std::int8_t> weight;
  std::vector<float> scales;
  std::vector<std::int32_t> bias;
  std::vector<std::int8_t> x;
  std::vector<std::int8_t> y;

  Int8Case(const ConvShape& s, Rng& rng)
      : shape(s),
        image{s.batch, s.height, s.width},
        weight(draw_codes(static_cast<std::size_t>(s.out * s.in / s.groups * s.kernel * s.kernel),
                          rng)),
        x(draw_codes(static_cast<std::size_t>(s.batch * s.height * s.width * s.in), rng)) {
    for (std::int64_t o = 0; o < s.out; ++o) {
      scales.push_back(rng.uniform(0.001f, 0.002f));
      bias.push_back(static_cast<std::int32_t>(rng.below(2001)) - 1000);
    }
  }

  QuantizedConv2d layer(Dialect dialect) {
    QuantizedConv2d conv(
        {shape.in, shape.out, shape.kernel, shape.stride, shape.padding, shape.groups}, weight,
        scales, bias, {1.0f, 0}, 8, quantization::Activation::kNone);
    conv.set_output({1.0f, 0}, quantization::full_range(8), dialect);
    const quantization::ImageSize out = conv.output_size(image);
    y.resize(static_cast<std::size_t>(out.batch * out.height * out.width * shape.out));
    return conv;
  }
};

#ifdef BENCH_ONEDNN
// [out, kernel, kernel, in/groups] → [out, in/groups, kernel, kernel].
std::vector<std::int8_t> channels_first(const Int8Case& c) {
  const std::int64_t taps = c.shape.kernel * c.shape.kernel;
  const std::int64_t in = c.shape.in / c.shape.groups;
  std::vector<std::int8_t> turned(c.weight.size());
  for (std::int64_t o = 0; o < c.shape.out; ++o) {
    for (std::int64_t t = 0; t < taps; ++t) {
      for (std::int64_t i = 0; i < in; ++i) {
        turned[static_cast<std::size_t>((o * in + i) * taps + t)] =
            c.weight[static_cast<std::size_t>((o * taps + t) * in + i)];
      }
    }
  }
  return turned;
}

void require_same(std::span<const std::int8_t> ours, std::span<const std::int8_t> theirs,
                  const ConvShape& shape) {
  if (std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end())) return;
  std::fprintf(stderr, "int8 %s: our codes differ from the peer's\n", name(shape).c_str());
  std::exit(1);
}
#endif

void add_int8(const ConvShape& shape) {
  Rng rng(1);
  const auto c = std::make_shared<Int8Case>(shape, rng);
  const auto tflite = std::make_shared<QuantizedConv2d>(c->layer(Dialect::kTflite));
  add("int8_conv", "tinytorch_tflite", shape, [=] { tflite->forward(c->x, c->image, c->y); });
  const auto ours = std::make_shared<QuantizedConv2d>(c->layer(Dialect::kOrt));
  add("int8_conv", "tinytorch", shape, [=] { ours->forward(c->x, c->image, c->y); });
#ifdef BENCH_ONEDNN
  const auto peer = std::make_shared<bench::OneDnnInt8Conv>(shape, channels_first(*c), c->bias,
                                                            ours->multipliers());
  std::copy(c->x.begin(), c->x.end(), peer->input().begin());
  ours->forward(c->x, c->image, c->y);
  peer->run();
  require_same(c->y, peer->output(), shape);
  add("int8_conv", "onednn", shape, [peer] { peer->run(); });
#endif
}

void add_float(const ConvShape& shape) {
  Rng rng(2);
  const nn::Conv2dOptions options{
      .stride = shape.stride, .padding = shape.padding, .groups = shape.groups};
  const auto conv = std::make_shared<nn::Conv2d>(shape.in, shape.out, shape.kernel, options, rng);
  const Tensor x = Tensor::randn(Shape{shape.batch, shape.in, shape.height, shape.width}, rng);
  add("f32_conv", "tinytorch", shape, [=] {
    const autograd::NoGradGuard no_grad;
    benchmark::DoNotOptimize(conv->forward(x));
  });
#ifdef BENCH_ONEDNN
  const auto peer = std::make_shared<bench::OneDnnFloatConv>(shape);
  add("f32_conv", "onednn", shape, [peer] { peer->run(); });
#endif
}

// How many times as fast the first is as the second, shape by shape.
void print_ratios(const bench::Medians& medians, const std::string& ours,
                  const std::string& other) {
  double logarithms = 0;
  int count = 0;
  for (const ConvShape& shape : shapes()) {
    const auto a = medians.times().find(ours + "/" + name(shape));
    const auto b = medians.times().find(other + "/" + name(shape));
    if (a == medians.times().end() || b == medians.times().end()) continue;
    const double ratio = b->second / a->second;
    if (count++ == 0) std::printf("\n%s over %s\n", ours.c_str(), other.c_str());
    std::printf("  %-28s %.2fx\n", name(shape).c_str(), ratio);
    logarithms += std::log(ratio);
  }
  if (count > 0)
    std::printf("  geometric mean   %.3fx of %d\n", std::exp(logarithms / count), count);
}

}  // namespace

int main(int argc, char** argv) {
  for (const ConvShape& shape : shapes()) {
    add_int8(shape);
    add_float(shape);
  }
  bench::Medians medians;
  bench::run_interleaved(argc, argv, medians);
  print_ratios(medians, "int8_conv/tinytorch", "f32_conv/tinytorch");
  print_ratios(medians, "int8_conv/tinytorch", "int8_conv/onednn");
  print_ratios(medians, "int8_conv/tinytorch", "f32_conv/onednn");
}
