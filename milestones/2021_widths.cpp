// 2021: how many bits are enough? (Nagel et al., "A White Paper on Neural Network Quantization".)
// Weights of 8, 6, 4, 3 and 2 bits, quantized in five ways, on digits and on Fashion-MNIST.
//
//   per tensor    post-training, one scale for a whole weight
//   per channel   post-training, one scale for each output
//   repaired      per channel, after equalization, AdaRound and bias correction
//   QAT           fine-tuned through the deployed integers, straight-through
//   LSQ           the same with learned scales
//
// Every network is deployed and what is measured is the deployed integers. Activations have 8 bits.
// Each figure is the mean of several seeds (initial weights, order and split), ± their standard
// deviation.
//
//   milestone_2021_widths [--full] [--out FOLDER]
//
// --full takes three seeds and all widths on both data sets (about three minutes); without it one
// seed of digits with three widths shows the same picture in seconds.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "milestones/report/report.h"
#include "milestones/report/text.h"
#include "milestones/support/digits.h"
#include "milestones/support/fit.h"
#include "milestones/support/measure.h"
#include "milestones/support/program.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/fashion_mnist.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace {

using namespace tinytorch;              // NOLINT: a program, not a header
using namespace tinytorch::milestones;  // NOLINT
namespace fs = std::filesystem;
using quantization::Granularity;
using quantization::QatNetwork;
using quantization::QatPhase;
using quantization::QConfig;
using quantization::WeightQuantizer;

constexpr float kRate = 2e-3f;  // fine-tuning takes a quarter of it

struct Task {
  std::string name;
  std::function<Digits(std::uint64_t seed)> load;
  std::int64_t pixels;
  std::int64_t hidden;
  std::int64_t float_epochs;
  std::int64_t qat_epochs;
};

enum Method { kPerTensor, kPerChannel, kRepaired, kQat, kLsq, kMethods };
constexpr const char* kNames[kMethods] = {"per tensor", "per channel", "repaired", "QAT", "LSQ"};
constexpr const char* kColours[kMethods] = {"#d1495b", "#e0a030", "#7a5cb8", "#1b7f5c", "#2b6cb0"};

struct Figure {
  double mean = 0.0;
  double spread = 0.0;  // standard deviation over the seeds, 0 with one seed
};

Figure figure_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Figure result;
  for (const double v : values) result.mean += v / n;
  double squares = 0.0;
  for (const double v : values) squares += (v - result.mean) * (v - result.mean);
  if (values.size() > 1) result.spread = std::sqrt(squares / (n - 1.0));
  return result;
}

std::shared_ptr<nn::Sequential> make_mlp(const Task& task, std::uint64_t seed) {
  Rng rng(seed);
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Linear>(task.pixels, task.hidden, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Linear>(task.hidden, task.hidden, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Linear>(task.hidden, 10, rng));
  return model;
}

std::shared_ptr<QatNetwork> calibrated(const nn::Module& model, const QConfig& config,
                                       const Tensor& sample) {
  auto prepared = quantization::prepare_network(model, config);
  prepared->eval();
  (void)prepared->forward(sample);
  prepared->set_phase(QatPhase::kQuantize);
  return prepared;
}

double deployed_accuracy(QatNetwork& prepared, const data::TensorDataset& test) {
  const Tensor deployed = quantization::convert_network(prepared).forward(test.inputs());
  require_equal_outputs(prepared.forward(test.inputs()), deployed);
  return accuracy(deployed, test);
}

double run_method(Method method, int bits, const Task& task, const nn::Sequential& trained,
                  const Digits& data, std::uint64_t seed) {
  const Tensor sample = data.train.inputs().rows(0, 512);
  QConfig config{.weight_bits = bits};
  if (method == kPerTensor) config.granularity = Granularity::kPerTensor;
  if (method == kLsq) config.weight_quantizer = WeightQuantizer::kLsq;
  if (method == kRepaired) {
    const auto repaired = quantization::repaired_network(trained, sample, config);
    return deployed_accuracy(*calibrated(*repaired, config, sample), data.test);
  }
  auto copy = make_mlp(task, seed);
  copy->load_state_dict(trained.state_dict());
  const auto prepared = calibrated(*copy, config, sample);
  if (method == kQat || method == kLsq) {
    fit(*prepared, data.train,
        {.epochs = task.qat_epochs,
         .rate = kRate / 4.0f,
         .batch_size = 64,
         .weight_decay = 0.1f,
         .seed = seed + 1});
  }
  const autograd::NoGradGuard no_grad;
  return deployed_accuracy(*prepared, data.test);
}

struct Results {
  std::string name;
  Figure reference;
  std::vector<std::vector<Figure>> figures;  // [method][width]
};

Results run_task(const Task& task, const std::vector<int>& widths, std::uint64_t seeds) {
  std::vector<double> floats;
  std::vector<std::vector<std::vector<double>>> all(
      kMethods, std::vector<std::vector<double>>(widths.size()));
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Digits data = task.load(seed);
    const auto model = make_mlp(task, seed);
    fit(*model, data.train,
        {.epochs = task.float_epochs,
         .rate = kRate,
         .batch_size = 64,
         .weight_decay = 0.1f,
         .seed = seed});
    floats.push_back(accuracy(model->forward(data.test.inputs()), data.test));
    for (std::size_t w = 0; w < widths.size(); ++w) {
      for (int m = 0; m < kMethods; ++m) {
        std::fprintf(stderr, "\r  %s, seed %d of %d: %d bits, %-12s", task.name.c_str(),
                     static_cast<int>(seed), static_cast<int>(seeds), widths[w], kNames[m]);
        all[static_cast<std::size_t>(m)][w].push_back(
            run_method(static_cast<Method>(m), widths[w], task, *model, data, seed));
      }
    }
  }
  std::fprintf(stderr, "\r%70s\r", "");
  Results results{task.name, figure_of(floats), {}};
  for (const auto& method : all) {
    results.figures.emplace_back();
    for (const auto& values : method) results.figures.back().push_back(figure_of(values));
  }
  return results;
}

// Prints the table of one data set and adds its rows to what is written at the end.
void report_on(const Results& results, const std::vector<int>& widths, Report& all) {
  const auto shown = [](const Figure& figure) {
    return format("%.2f", 100.0 * figure.mean) + format(" ± %.2f", 100.0 * figure.spread);
  };
  std::vector<Column> columns{{"", "bits", 6}};
  for (const char* name : kNames) columns.push_back({"", name, 13});
  Report table(columns);
  say(results.name + ": float " + shown(results.reference) + " %\n");
  table.print_head();
  for (std::size_t w = 0; w < widths.size(); ++w) {
    std::vector<Cell> row{std::to_string(widths[w])};
    for (const auto& method : results.figures) row.emplace_back(shown(method[w]));
    table.add(row);
  }
  std::printf("\n");
  for (std::size_t m = 0; m < results.figures.size(); ++m) {
    for (std::size_t w = 0; w < widths.size(); ++w) {
      const Figure& figure = results.figures[m][w];
      all.add({results.name, kNames[m], static_cast<std::int64_t>(widths[w]), figure.mean,
               figure.spread, results.reference.mean});
    }
  }
}

Panel panel_of(const Results& results, const std::vector<int>& widths) {
  const double last = static_cast<double>(widths.size()) - 0.5;
  const double reference = 100.0 * results.reference.mean;
  Panel panel{
      .title = results.name,
      .x = {.low = -0.5, .high = last},
      .y = {.name = "accuracy, %", .low = 0.0, .high = 100.0},
      .references = {{.from = {-0.5, reference}, .to = {last, reference}, .label = "float"}},
      .width = 400.0};
  for (std::size_t w = 0; w < widths.size(); ++w) {
    panel.x.ticks.push_back({static_cast<double>(w), std::to_string(widths[w]) + " bits"});
  }
  for (std::size_t m = 0; m < results.figures.size(); ++m) {
    Series line{.name = kNames[m],
                .colour = kColours[m],
                .drawn = Drawn::kLine,
                .shift = 5.0 * (static_cast<double>(m) - 2.0)};
    for (std::size_t w = 0; w < widths.size(); ++w) {
      const Figure& figure = results.figures[m][w];
      line.marks.push_back(
          {.x = static_cast<double>(w), .y = 100.0 * figure.mean, .spread = 100.0 * figure.spread});
    }
    panel.series.push_back(std::move(line));
  }
  return panel;
}

// The claim of the program: at some width rounding alone fails and training recovers.
bool recovers(const Results& results, const std::vector<int>& widths) {
  for (std::size_t w = 0; w < widths.size(); ++w) {
    const Figure& rounded = results.figures[kPerChannel][w];
    const Figure& trained = results.figures[kQat][w];
    const bool fails = rounded.mean + rounded.spread < results.reference.mean - 0.03;
    if (fails && trained.mean - trained.spread > rounded.mean + rounded.spread + 0.02) {
      std::printf("  %s: at %d bits rounding loses %.1f points, training wins back %.1f of them.\n",
                  results.name.c_str(), widths[w], 100.0 * (results.reference.mean - rounded.mean),
                  100.0 * (trained.mean - rounded.mean));
      return true;
    }
  }
  std::printf("  %s: no width at which rounding fails and training recovers.\n",
              results.name.c_str());
  return false;
}

std::vector<Task> tasks(bool full) {
  const auto digits = [](std::uint64_t seed) {
    Rng rng(seed);
    return split_digits(data::load_digits(), rng);
  };
  const auto fashion = [](std::uint64_t) {
    data::FashionMnist both = data::load_fashion_mnist();
    return Digits{std::move(both.train), std::move(both.test)};
  };
  std::vector<Task> all{{"digits", digits, 64, 64, 60, 20}};
  if (full) all.push_back({"Fashion-MNIST", fashion, 784, 128, 20, 10});
  return all;
}

bool run(bool full, const fs::path& folder) {
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<int> widths = full ? std::vector{8, 6, 4, 3, 2} : std::vector{8, 4, 2};
  const std::uint64_t seeds = full ? 3 : 1;
  Report report({{"data"}, {"method"}, {"bits"}, {"accuracy"}, {"spread"}, {"float"}});
  report.set("seeds", static_cast<std::int64_t>(seeds));
  Chart chart{.title = "Accuracy of the deployed network by the width of its weights"};
  bool reached = true;
  for (const Task& task : tasks(full)) {
    const Results results = run_task(task, widths, seeds);
    report_on(results, widths, report);
    chart.panels.push_back(panel_of(results, widths));
    reached = recovers(results, widths) && reached;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  say(concat("\n", format("%.1f s", seconds), ". Test accuracy in %, mean ± standard deviation of ",
             seeds, seeds == 1 ? " seed." : " seeds."));
  report.write(folder, {{"widths.svg", chart}});
  return reached;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> rest;
  bool full = false;
  for (int i = 0; i < argc; ++i) {
    if (std::strcmp(argv[i], "--full") == 0) {
      full = true;
    } else {
      rest.push_back(argv[i]);
    }
  }
  rest.push_back(nullptr);
  return run_into_folder(static_cast<int>(rest.size()) - 1, rest.data(), "tinytorch_2021",
                         [&](const fs::path& folder) { return run(full, folder); });
}
