// What weight-only quantization-aware training costs a transformer: a training step of a GPT (4
// layers, 128 wide, 16 texts of 64 bytes) in float32 and through WeightQat, the two taking turns.
//
//   taskset -c 1 build/release/bench/gpt_qat_bench [rounds]
//
// A step is zero_grad, forward, cross-entropy, backward, AdamW. Every matrix is quantized, row by
// row. Medians over the rounds: of a step in the steady state, of its ratio to the float step
// beside it, of the quantizing alone, and of the first quantized step of a run, which is the cost
// of the switch.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/quantization/qat/weight_qat.h"
#include "tinytorch/transformer/gpt.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using quantization::WeightClip;
using quantization::WeightQat;
using quantization::WeightQatOptions;

constexpr std::int64_t kTexts = 16;
constexpr std::int64_t kTokens = 64;
constexpr std::int64_t kVocabulary = 256;

// A model with its optimizer and one batch.
class Training {
 public:
  Training() : rng_(1), model_(nn::GptConfig{}, rng_), optimizer_(model_.parameters(), {}) {
    std::vector<std::int64_t> tokens;
    for (std::int64_t i = 0; i < kTexts * kTokens; ++i) {
      tokens.push_back(static_cast<std::int64_t>(rng_.below(kVocabulary)));
      next_.push_back(static_cast<std::int64_t>(rng_.below(kVocabulary)));
    }
    ids_ = nn::ids_tensor(tokens, Shape{kTexts, kTokens});
  }

  void quantize(const WeightQatOptions& options) {
    qat_ = std::make_unique<WeightQat>(model_, options);
  }

  void step() {
    optimizer_.zero_grad();
    if (qat_ == nullptr) {
      forward_and_backward();
    } else {
      qat_->train_step([this] { forward_and_backward(); });
    }
    optimizer_.step();
  }

  // What a quantized step does more than a float one, with the gradients of the step before.
  void only_quantize() {
    qat_->train_step([] {});
  }

  const WeightQat& qat() const { return *qat_; }

 private:
  void forward_and_backward() {
    const Tensor logits = ops::reshape(model_(ids_), Shape{kTexts * kTokens, kVocabulary});
    losses::cross_entropy(logits, next_).backward();
  }

  Rng rng_;
  nn::Gpt model_;
  optim::AdamW optimizer_;
  Tensor ids_;
  std::vector<std::int64_t> next_;
  std::unique_ptr<WeightQat> qat_;
};

struct Variant {
  const char* name;
  WeightQatOptions options;
};

const std::vector<Variant> kVariants = {
    {"int8, maximum", {.bits = 8, .clip = WeightClip::kMax}},
    {"int8, quantile", {.bits = 8}},
    {"int6, quantile", {.bits = 6}},
    {"int4, quantile", {.bits = 4}},
};

// Processor time of this one-threaded program: what others do with the core meanwhile is not in it.
double milliseconds(const std::function<void()>& work) {
  const std::clock_t begin = std::clock();
  work();
  return 1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// What was measured of a variant, a value a round.
struct Times {
  std::vector<double> step;
  std::vector<double> ratio;  // over the float step next to it
  std::vector<double> quantizing;
  std::vector<double> first;
};

// A float step and a quantized one, each after a step that warms the caches for it; which of the
// two comes first changes from round to round.
void measure_steady(Training& plain, Training& quantized, int round, Times& times) {
  double float_step = 0.0;
  double quantized_step = 0.0;
  for (const bool float_now : {round % 2 == 0, round % 2 != 0}) {
    Training& training = float_now ? plain : quantized;
    training.step();
    (float_now ? float_step : quantized_step) = milliseconds([&] { training.step(); });
  }
  times.step.push_back(quantized_step);
  times.ratio.push_back(quantized_step / float_step);
  times.quantizing.push_back(milliseconds([&] { quantized.only_quantize(); }));
}

// The sixth step of a run, the first that is quantized.
double first_quantized_step(WeightQatOptions options) {
  options.start_step = 5;
  Training training;
  training.quantize(options);
  for (int i = 0; i < 5; ++i) training.step();
  const double time = milliseconds([&] { training.step(); });
  training.qat().require_was_on();
  return time;
}

void print(const Variant& variant, const Times& times) {
  std::printf("%-14s %7.1f ms %12.3fx %16.2f ms %10.1f ms\n", variant.name, median(times.step),
              median(times.ratio), median(times.quantizing), median(times.first));
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 21;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: gpt_qat_bench [rounds, 21 by default]\n");
    return 2;
  }
  Training plain;
  std::printf("%-14s %10s %13s %19s %13s\n", "weights", "a step", "over float", "of it quantizing",
              "first step");
  for (const Variant& variant : kVariants) {
    Training quantized;
    quantized.quantize(variant.options);
    Times times;
    for (int round = 0; round < rounds; ++round) {
      measure_steady(plain, quantized, round, times);
      times.first.push_back(first_quantized_step(variant.options));
    }
    quantized.qat().require_was_on();
    print(variant, times);
  }
}
