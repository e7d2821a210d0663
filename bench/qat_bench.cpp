// What quantization-aware training costs: one step of an MLP 784-512-512-10 and of a small CNN
// with batch normalization, in float32 and through the deployed int8 arithmetic (W8A8), the same
// optimizer, interleaved.
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
#include <utility>
#include <vector>

#include "bench/medians.h"
#include "tinytorch/core/error.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header

std::shared_ptr<nn::Sequential> make_mlp(Rng& rng) {
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Linear>(784, 512, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Linear>(512, 512, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Linear>(512, 10, rng));
  return model;
}

// [N, 1, 28, 28] → [N, 16, 14, 14] → [N, 32, 7, 7] → [N, 10]
std::shared_ptr<nn::Sequential> make_cnn(Rng& rng) {
  auto model = std::make_shared<nn::Sequential>();
  for (const auto& [in, out] : {std::pair{1, 16}, {16, 32}}) {
    const nn::Conv2dOptions same{.padding = 1, .bias = false};
    model->append(std::make_shared<nn::Conv2d>(in, out, 3, same, rng));
    model->append(std::make_shared<nn::BatchNorm2d>(out));
    model->append(std::make_shared<nn::ReLU>());
    model->append(std::make_shared<nn::MaxPool2d>(2));
  }
  model->append(std::make_shared<nn::Flatten>());
  model->append(std::make_shared<nn::Linear>(32 * 7 * 7, 10, rng));
  return model;
}

enum class Net { kMlp, kCnn };

// What prepares it and lets it see one batch.
template <typename Qat>
std::shared_ptr<nn::Module> quantizing(std::shared_ptr<Qat> prepared, const Tensor& x) {
  prepared->forward(x);
  prepared->set_phase(quantization::QatPhase::kQuantize);
  return prepared;
}

// A model with its optimizer and one batch; the quantized one has been calibrated on that batch.
struct Training {
  Training(Net net, std::int64_t batch, bool quantized) : Training(net, batch, quantized, Rng(3)) {}

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
  Training(Net net, std::int64_t batch, bool quantized, Rng rng)
      : x(Tensor::randn(net == Net::kMlp ? Shape{batch, 784} : Shape{batch, 1, 28, 28}, rng)) {
    const auto plain = net == Net::kMlp ? make_mlp(rng) : make_cnn(rng);
    for (std::int64_t i = 0; i < batch; ++i) {
      labels.push_back(static_cast<std::int64_t>(rng.below(10)));
    }
    if (!quantized) {
      model = plain;
    } else if (net == Net::kMlp) {
      model = quantizing(quantization::prepare_qat(*plain, {}), x);
    } else {
      model = quantizing(quantization::prepare_network(*plain, {}), x);
    }
    model->train();
    optimizer = std::make_unique<optim::SGD>(model->parameters(),
                                             optim::SGDOptions{.learning_rate = 1e-3f});
  }
};

void run(benchmark::State& state, Net net, bool quantized) {
  Training training(net, state.range(0), quantized);
  training.step();
  for (auto _ : state) training.step();  // NOLINT(clang-analyzer-deadcode.DeadStores)
}

void batches(benchmark::internal::Benchmark* bench) {
  bench->Arg(64)->Arg(256)->Unit(benchmark::kMicrosecond)->Repetitions(9)->ReportAggregatesOnly();
}
BENCHMARK_CAPTURE(run, mlp_float, Net::kMlp, false)->Apply(batches)->Name("step/mlp_float");
BENCHMARK_CAPTURE(run, mlp_w8a8, Net::kMlp, true)->Apply(batches)->Name("step/mlp_w8a8");
BENCHMARK_CAPTURE(run, cnn_float, Net::kCnn, false)->Apply(batches)->Name("step/cnn_float");
BENCHMARK_CAPTURE(run, cnn_w8a8, Net::kCnn, true)->Apply(batches)->Name("step/cnn_w8a8");

double first_step(Net net, std::int64_t batch) {
  Training training(net, batch, true);
  const auto begin = std::chrono::steady_clock::now();
  training.step();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
      .count();
}

}  // namespace

int main(int argc, char** argv) {
  bench::Medians medians;
  bench::run_interleaved(argc, argv, medians);
  const auto step = [&medians](const char* net, const char* how, std::int64_t batch) {
    return medians.times().find(concat("step/", net, "_", how, "/", batch));
  };
  for (const auto& [net, name] : {std::pair{Net::kMlp, "mlp"}, {Net::kCnn, "cnn"}}) {
    for (const std::int64_t batch : {64, 256}) {
      const auto plain = step(name, "float", batch);
      const auto quantized = step(name, "w8a8", batch);
      if (plain == medians.times().end() || quantized == medians.times().end()) continue;
      std::printf("%s, batch %d: a QAT step costs %.2fx a float step; the first one %.0f us\n",
                  name, static_cast<int>(batch), quantized->second / plain->second,
                  first_step(net, batch));
    }
  }
}
