// 2019: bits where they are worth it (Dong et al., "HAWQ: Hessian AWare Quantization of Neural
// Networks With Mixed-Precision"). A CNN that reads digits, its layers at widths of their own.
//
// Post-training, weights only; activations keep 8 bits. First what each layer costs at each width,
// measured one layer at a time on training images. Then three budgets, each spent twice: the same
// width for everybody, and the assignment of least total cost. Last what 8 bits did to each layer,
// and the deployed integers beside a simulation in float, with the first code that differs and its
// cause.
//
//   milestone_2019_mixed_precision
#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "milestones/digits.h"
#include "milestones/digits_cnn.h"
#include "milestones/fit.h"
#include "milestones/layer_diagnosis.h"
#include "milestones/measure.h"
#include "milestones/program.h"
#include "milestones/svg_text.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/study/debug_network.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
using quantization::QConfig;
using quantization::QuantizedNetwork;

using Costs = std::vector<std::vector<double>>;

constexpr std::uint64_t kSeed = 2019;
const std::vector<int> kWidths{8, 6, 5, 4, 3, 2};
const std::vector<int> kBudgets{5, 4, 3};  // bits a weight, on average

struct Layer {
  std::string path;
  std::int64_t weights;
  std::vector<double> sqnr;  // of its weights, at each width
};

struct Setting {
  std::shared_ptr<nn::Sequential> model;
  milestones::Digits digits;
  Tensor sample;  // training images: calibration, and where costs are measured
  std::vector<std::int64_t> labels;
  std::vector<Layer> layers;
};

std::shared_ptr<quantization::QatNetwork> calibrated(const Setting& setting,
                                                     std::span<const int> bits) {
  QConfig config;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    config.bits_by_path[setting.layers[i].path] = bits[i];
  }
  auto prepared = quantization::prepare_network(*setting.model, config);
  prepared->eval();
  (void)prepared->forward(setting.sample);
  prepared->set_phase(quantization::QatPhase::kQuantize);
  return prepared;
}

QuantizedNetwork deploy(const Setting& setting, std::span<const int> bits) {
  return quantization::convert_network(*calibrated(setting, bits));
}

// Each layer's weights against themselves at each width, batch norm folded in, a scale a channel.
std::vector<Layer> layers_of(const Setting& setting) {
  std::vector<Layer> layers;
  const auto net = calibrated(setting, {});
  for (std::size_t i = 0; i < net->nodes().size(); ++i) {
    if (!net->nodes()[i].has_weight()) continue;
    const Tensor weight = net->folded(i).weight;
    Layer layer{net->nodes()[i].path, weight.numel(), {}};
    for (const int bits : kWidths) {
      const auto scales =
          quantization::max_scales(weight, quantization::Granularity::kPerChannel, bits);
      const Tensor rounded =
          quantization::quantize_weight(weight, scales, bits, quantization::ClipGradient::kBlocked);
      layer.sqnr.push_back(quantization::sqnr_db(weight.data(), std::as_const(rounded).data()));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

double loss_of(const Setting& setting, std::span<const int> bits) {
  const Tensor logits = deploy(setting, bits).forward(setting.sample);
  return losses::cross_entropy(logits, setting.labels).item();
}

void print_costs(const Setting& setting, const Costs& cost) {
  std::printf("  %-8s %8s", "layer", "weights");
  for (const int bits : kWidths) std::printf("  %10d bits", bits);
  std::printf("\n");
  for (std::size_t l = 0; l < cost.size(); ++l) {
    const Layer& layer = setting.layers[l];
    std::printf("  %-8s %8lld", layer.path.c_str(), static_cast<long long>(layer.weights));
    for (std::size_t w = 0; w < kWidths.size(); ++w) {
      std::printf("  %+7.4f %4.1f dB", cost[l][w], layer.sqnr[w]);
    }
    std::printf("\n");
  }
  std::printf("  (loss against all layers at 8 bits; SQNR of the weights)\n\n");
}

struct Spent {
  std::vector<int> chosen;  // bits of each layer
  double cost = 0.0;        // what the costs of single layers add up to
  double loss = 0.0;        // on the images that the costs were measured on
  double test_loss = 0.0;
  double accuracy = 0.0;
  std::int64_t bytes = 0;
};

Spent measure(const Setting& setting, const Costs& cost, std::vector<int> bits) {
  const QuantizedNetwork network = deploy(setting, bits);
  Spent spent{.chosen = std::move(bits), .bytes = network.weight_bytes()};
  for (std::size_t l = 0; l < cost.size(); ++l) {
    const auto width = std::find(kWidths.begin(), kWidths.end(), spent.chosen[l]);
    spent.cost += cost[l][static_cast<std::size_t>(width - kWidths.begin())];
  }
  spent.loss = loss_of(setting, spent.chosen);
  const Tensor logits = network.forward(setting.digits.test.inputs());
  spent.test_loss = losses::cross_entropy(logits, setting.digits.test.labels()).item();
  spent.accuracy = milestones::accuracy(logits, setting.digits.test);
  return spent;
}

void print_spent(const std::string& name, const Spent& spent) {
  std::string widths;
  for (const int width : spent.chosen) widths += concat(" ", width);
  std::printf("  %-10s%-10s %9lld %+10.4f %10.4f %10.4f %9.2f %%\n", name.c_str(), widths.c_str(),
              static_cast<long long>(spent.bytes), spent.cost, spent.loss, spent.test_loss,
              100.0 * spent.accuracy);
}

// How often the widths given out did better than the same width for everybody, and no worse, with
// no more bytes.
struct Score {
  int wins = 0;
  int draws = 0;
};

Score spend(const Setting& setting, const Costs& cost) {
  std::vector<std::int64_t> sizes;
  for (const Layer& layer : setting.layers) sizes.push_back(layer.weights);
  std::int64_t weights = 0;
  for (const std::int64_t size : sizes) weights += size;
  std::printf("  %-10s%-10s %9s %10s %10s %10s %11s\n", "budget", " widths", "bytes", "costs",
              "loss", "test loss", "test");
  Score score;
  for (const int uniform : kBudgets) {
    const Spent same = measure(setting, cost, std::vector<int>(sizes.size(), uniform));
    const Spent given = measure(
        setting, cost, quantization::allocate_bits(cost, sizes, kWidths, weights * uniform));
    print_spent(milestones::format("%.0f bits", uniform), same);
    print_spent("  mixed", given);
    if (given.bytes > same.bytes) continue;
    if (given.loss < same.loss) ++score.wins;
    if (given.loss == same.loss) ++score.draws;
  }
  return score;
}

void debug(const Setting& setting) {
  const QuantizedNetwork network = deploy(setting, {});
  const auto result = quantization::compare_with_simulation(network, setting.sample);
  std::printf("\n  Deployed integers beside a simulation in float, %lld images:\n",
              static_cast<long long>(setting.sample.size(0)));
  for (const quantization::LayerComparison& layer : result.layers) {
    std::printf("  %-8s %8lld codes, %lld differ, by at most %d\n", layer.path.c_str(),
                static_cast<long long>(layer.codes), static_cast<long long>(layer.differ),
                layer.largest);
  }
  std::printf("  %s\n", result.first ? result.explanation.c_str() : "Not a code differs.");
}

bool run() {
  Rng rng(kSeed);
  const data::TensorDataset all = data::load_digits();
  Setting setting{milestones::make_digits_cnn(rng),
                  milestones::split_digits({all.inputs().view({-1, 1, 8, 8}), all.labels()}, rng),
                  {},
                  {},
                  {}};
  milestones::fit(*setting.model, setting.digits.train,
                  {.epochs = 12, .rate = 4e-3f, .seed = kSeed});
  const autograd::NoGradGuard no_grad;
  constexpr std::int64_t kSample = 512;
  setting.sample = setting.digits.train.inputs().rows(0, kSample);
  setting.labels.assign(setting.digits.train.labels().begin(),
                        setting.digits.train.labels().begin() + kSample);
  setting.layers = layers_of(setting);
  std::printf("  A CNN of %zu layers; float: %.2f %% of the test images\n\n", setting.layers.size(),
              100.0 * milestones::accuracy(setting.model->forward(setting.digits.test.inputs()),
                                           setting.digits.test));
  const auto cost = quantization::leave_one_out(
      setting.layers.size(), kWidths,
      [&](std::span<const int> bits) { return loss_of(setting, bits); });
  print_costs(setting, cost);
  const Score score = spend(setting, cost);
  std::printf(
      "\n  Of %zu budgets mixed widths win %d and draw %d, by the loss on the images that the "
      "costs\n"
      "  were measured on. They have the least total cost within the budget; whether that holds\n"
      "  for the whole network, and for other images, only measuring tells.\n",
      kBudgets.size(), score.wins, score.draws);
  milestones::print_layer_diagnosis(*calibrated(setting, {}), setting.sample);
  debug(setting);
  return score.wins > 0;
}

}  // namespace

int main() {
  return tinytorch::milestones::run([] { return run(); });
}
