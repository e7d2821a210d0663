// 2019: bits where they are worth it (Dong et al., "HAWQ: Hessian AWare Quantization of Neural
// Networks With Mixed-Precision"). A CNN that reads digits, its layers at widths of their own.
//
// Post-training, weights only; activations keep 8 bits. First what each layer costs at each width,
// measured one layer at a time on training images. Then three budgets, each spent twice: the same
// width for every layer, and the widths of least total cost. Last what 8 bits did to each layer,
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

#include "milestones/report/report.h"
#include "milestones/report/text.h"
#include "milestones/support/digits.h"
#include "milestones/support/digits_cnn.h"
#include "milestones/support/fit.h"
#include "milestones/support/measure.h"
#include "milestones/support/program.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/study/debug_network.h"
#include "tinytorch/quantization/study/layer_report.h"

namespace {

using namespace tinytorch;              // NOLINT: a program, not a header
using namespace tinytorch::milestones;  // NOLINT
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
  Digits digits;
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
  std::vector<Column> columns{{"", "layer", 6}, {"", "weights", 8}};
  for (const int bits : kWidths) columns.push_back({"", concat(bits, " bits"), 9});
  Report report(columns);
  report.print_head();
  for (std::size_t l = 0; l < cost.size(); ++l) {
    const Layer& layer = setting.layers[l];
    std::vector<Cell> row{layer.path, layer.weights};
    for (std::size_t w = 0; w < kWidths.size(); ++w) {
      row.emplace_back(format("%+.4f\n", cost[l][w]) + format("%.1f dB", layer.sqnr[w]));
    }
    report.add(row);
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
  spent.accuracy = accuracy(logits, setting.digits.test);
  return spent;
}

void add(Report& report, const std::string& name, const Spent& spent) {
  std::string widths;
  for (const int width : spent.chosen) widths += concat(widths.empty() ? "" : " ", width);
  report.add({name, widths, spent.bytes, spent.cost, spent.loss, spent.test_loss, spent.accuracy});
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
  Report report({{"", "budget", 8},
                 {"", "widths", 9},
                 {"", "bytes", 9},
                 {"", "costs", 10, "%+.4f"},
                 {"", "loss", 10, "%.4f"},
                 {"", "test loss", 10, "%.4f"},
                 {"", "test", 11, "%.2f %%", 100.0}});
  report.print_head();
  Score score;
  for (const int uniform : kBudgets) {
    const Spent same = measure(setting, cost, std::vector<int>(sizes.size(), uniform));
    const Spent given = measure(
        setting, cost, quantization::allocate_bits(cost, sizes, kWidths, weights * uniform));
    add(report, concat(uniform, " bits"), same);
    add(report, "  mixed", given);
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
  say(result.first ? result.explanation : "Not a code differs.");
}

bool run() {
  Rng rng(kSeed);
  const data::TensorDataset all = data::load_digits();
  Setting setting{make_digits_cnn(rng),
                  split_digits({all.inputs().view({-1, 1, 8, 8}), all.labels()}, rng),
                  {},
                  {},
                  {}};
  fit(*setting.model, setting.digits.train, {.epochs = 12, .rate = 4e-3f, .seed = kSeed});
  const autograd::NoGradGuard no_grad;
  constexpr std::int64_t kSample = 512;
  setting.sample = setting.digits.train.inputs().rows(0, kSample);
  setting.labels.assign(setting.digits.train.labels().begin(),
                        setting.digits.train.labels().begin() + kSample);
  setting.layers = layers_of(setting);
  std::printf(
      "  A CNN of %zu layers; float: %.2f %% of the test images\n\n", setting.layers.size(),
      100.0 * accuracy(setting.model->forward(setting.digits.test.inputs()), setting.digits.test));
  const auto cost = quantization::leave_one_out(
      setting.layers.size(), kWidths,
      [&](std::span<const int> bits) { return loss_of(setting, bits); });
  print_costs(setting, cost);
  const Score score = spend(setting, cost);
  say(concat(
      "\nOf ", kBudgets.size(), " budgets mixed widths win ", score.wins, " and draw ", score.draws,
      ", by the loss on the images that the costs were measured on. They have the least total cost "
      "within the budget; whether that holds for the whole network, and for other images, only "
      "measuring tells."));
  std::printf("\n  What quantizing did to each layer, %lld images:\n%s",
              static_cast<long long>(kSample),
              quantization::layer_table(
                  quantization::report_layers(*calibrated(setting, {}), setting.sample))
                  .c_str());
  debug(setting);
  return score.wins > 0;
}

}  // namespace

int main() {
  return tinytorch::milestones::run_program([] { return run(); });
}
