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

#include "milestones/digits.h"
#include "milestones/fit.h"
#include "milestones/measure.h"
#include "milestones/program.h"
#include "milestones/widths_svg.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/fashion_mnist.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
namespace fs = std::filesystem;
using quantization::Granularity;
using quantization::QatNetwork;
using quantization::QatPhase;
using quantization::QConfig;
using quantization::WeightQuantizer;

constexpr float kRate = 2e-3f;  // fine-tuning takes a quarter of it

struct Task {
  std::string name;
  std::function<milestones::Digits(std::uint64_t seed)> load;
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
  milestones::require_equal_outputs(prepared.forward(test.inputs()), deployed);
  return milestones::accuracy(deployed, test);
}

double run_method(Method method, int bits, const Task& task, const nn::Sequential& trained,
                  const milestones::Digits& data, std::uint64_t seed) {
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
    milestones::fit(*prepared, data.train,
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
    const milestones::Digits data = task.load(seed);
    const auto model = make_mlp(task, seed);
    milestones::fit(*model, data.train,
                    {.epochs = task.float_epochs,
                     .rate = kRate,
                     .batch_size = 64,
                     .weight_decay = 0.1f,
                     .seed = seed});
    floats.push_back(milestones::accuracy(model->forward(data.test.inputs()), data.test));
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

void print_table(const Results& results, const std::vector<int>& widths) {
  std::printf("  %s: float %.2f %% ± %.2f\n\n  %-6s", results.name.c_str(),
              100.0 * results.reference.mean, 100.0 * results.reference.spread, "bits");
  for (const char* name : kNames) std::printf(" %16s", name);
  std::printf("\n");
  for (std::size_t w = 0; w < widths.size(); ++w) {
    std::printf("  %-6d", widths[w]);
    for (const auto& method : results.figures) {
      std::printf("   %7.2f ± %4.2f", 100.0 * method[w].mean, 100.0 * method[w].spread);
    }
    std::printf("\n");
  }
  std::printf("\n");
}

std::string to_json(const std::vector<Results>& all, const std::vector<int>& widths,
                    std::uint64_t seeds) {
  std::string out = concat("{\"seeds\":", seeds, ",\"rows\":[");
  std::string comma;
  for (const Results& results : all) {
    for (std::size_t m = 0; m < results.figures.size(); ++m) {
      for (std::size_t w = 0; w < widths.size(); ++w) {
        const Figure& figure = results.figures[m][w];
        out += concat(comma, "{\"data\":\"", results.name, "\",\"method\":\"", kNames[m],
                      "\",\"bits\":", widths[w], ",\"accuracy\":", figure.mean,
                      ",\"spread\":", figure.spread, ",\"float\":", results.reference.mean, "}");
        comma = ",";
      }
    }
  }
  return out + "]}\n";
}

std::string picture(const std::vector<Results>& all, const std::vector<int>& widths) {
  std::vector<milestones::WidthPanel> panels;
  for (const Results& results : all) {
    milestones::WidthPanel panel{results.name, results.reference.mean, {}};
    for (std::size_t m = 0; m < results.figures.size(); ++m) {
      milestones::WidthLine line{kNames[m], kColours[m], {}, {}};
      for (const Figure& figure : results.figures[m]) {
        line.mean.push_back(figure.mean);
        line.spread.push_back(figure.spread);
      }
      panel.lines.push_back(std::move(line));
    }
    panels.push_back(std::move(panel));
  }
  return milestones::widths_svg("Accuracy of the deployed network by the width of its weights",
                                widths, panels);
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
  std::vector<Task> all{{.name = "digits",
                         .load =
                             [](std::uint64_t seed) {
                               Rng rng(seed);
                               return milestones::split_digits(data::load_digits(), rng);
                             },
                         .pixels = 64,
                         .hidden = 64,
                         .float_epochs = 60,
                         .qat_epochs = 20}};
  if (full) {
    all.push_back(
        {.name = "Fashion-MNIST",
         .load =
             [](std::uint64_t) {
               data::FashionMnist fashion = data::load_fashion_mnist();
               return milestones::Digits{std::move(fashion.train), std::move(fashion.test)};
             },
         .pixels = 784,
         .hidden = 128,
         .float_epochs = 20,
         .qat_epochs = 10});
  }
  return all;
}

bool run(bool full, const fs::path& folder) {
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<int> widths =
      full ? std::vector<int>{8, 6, 4, 3, 2} : std::vector<int>{8, 4, 2};
  const std::uint64_t seeds = full ? 3 : 1;
  std::vector<Results> all;
  bool reached = true;
  for (const Task& task : tasks(full)) {
    all.push_back(run_task(task, widths, seeds));
    print_table(all.back(), widths);
    reached = recovers(all.back(), widths) && reached;
  }
  milestones::write_file(folder / "results.json", to_json(all, widths, seeds));
  milestones::write_file(folder / "widths.svg", picture(all, widths));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf(
      "\n  %.1f s. Test accuracy in %%, mean ± standard deviation of %d seed%s.\n"
      "  Written to %s: widths.svg, results.json\n",
      seconds, static_cast<int>(seeds), seeds == 1 ? "" : "s", folder.string().c_str());
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
  return milestones::run_into_folder(static_cast<int>(rest.size()) - 1, rest.data(),
                                     "tinytorch_2021",
                                     [&](const fs::path& folder) { return run(full, folder); });
}
