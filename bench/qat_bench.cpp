// What quantization-aware training costs: one step of an MLP 784-512-512-10 in float32 and through
// the deployed int8 arithmetic (W8A8), the same optimizer, interleaved.
//
//   taskset -c 1 build/release/bench/qat_bench
//
// A step is zero_grad, forward, cross-entropy, backward, SGD. Steady state: the observers have seen
// data, nothing is built at the switch that later steps do not build again; the first quantized
// step is measured by itself and printed last.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "bench/medians.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/quantization/qat.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header

std::shared_ptr<nn::Sequential> make_mlp(Rng& rng) {
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Linear>(784, 512, true, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Linear>(512, 512, true, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Linear>(512, 10, true, rng));
  return model;
}

// A model with its optimizer and one batch; the quantized one has been calibrated on that batch.
struct Training {
  explicit Training(std::int64_t batch, bool quantized) : Training(batch, quantized, Rng(3)) {}

  void step() {
    optimizer->zero_grad();
    const Tensor loss = losses::cross_entropy(model->forward(x), labels);
    loss.backward();
    optimizer->step();
  }

  std::shared_ptr<nn::Module> model;
  std::unique_ptr<optim::SGD> optimizer;
  Tensor x;
  std::vector<std::int64_t> labels;

 private:
  Training(std::int64_t batch, bool quantized, Rng rng) : x(Tensor::randn(Shape{batch, 784}, rng)) {
    const auto mlp = make_mlp(rng);
    model = mlp;
    for (std::int64_t i = 0; i < batch; ++i) {
      labels.push_back(static_cast<std::int64_t>(rng.below(10)));
    }
    if (quantized) {
      auto qat = quantization::prepare_qat(*mlp, {});
      qat->forward(x);
      qat->set_phase(quantization::QatPhase::kQuantize);
      model = qat;
    }
    model->train();
    optimizer = std::make_unique<optim::SGD>(model->parameters(),
                                             optim::SGDOptions{.learning_rate = 1e-3f});
  }
};

void run(benchmark::State& state, bool quantized) {
  Training training(state.range(0), quantized);
  training.step();
  for (auto _ : state) training.step();  // NOLINT(clang-analyzer-deadcode.DeadStores)
}
void float_step(benchmark::State& state) { run(state, false); }
void qat_step(benchmark::State& state) { run(state, true); }

void batches(benchmark::internal::Benchmark* bench) {
  bench->Arg(64)->Arg(256)->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();
}
BENCHMARK(float_step)->Apply(batches)->Name("step/float");
BENCHMARK(qat_step)->Apply(batches)->Name("step/qat_w8a8");

double first_step(std::int64_t batch) {
  Training training(batch, true);
  const auto begin = std::chrono::steady_clock::now();
  training.step();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
      .count();
}

}  // namespace

int main(int argc, char** argv) {
  bench::Medians medians;
  bench::run_interleaved(argc, argv, medians);
  for (const std::int64_t batch : {64, 256}) {
    const std::string size = "/" + std::to_string(batch);
    const auto plain = medians.times().find("step/float" + size);
    const auto quantized = medians.times().find("step/qat_w8a8" + size);
    if (plain == medians.times().end() || quantized == medians.times().end()) continue;
    std::printf("batch %d: a QAT step costs %.2fx a float step; the first one %.0f us\n",
                static_cast<int>(batch), quantized->second / plain->second, first_step(batch));
  }
}
