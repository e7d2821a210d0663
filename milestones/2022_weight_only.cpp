// 2022: weights alone in few bits (Frantar et al., "GPTQ: Accurate Post-Training Quantization for
// Generative Pre-trained Transformers"; Dettmers et al., "LLM.int8()"). No calibration, no
// training.
//
// One classifier of handwritten digits is trained in float32. Then its weights are stored with 8,
// 4, 3 and 2 bits, with a scale for the whole weight, for each output or for each 16 neighbours,
// symmetric or not; rounding is plain. Beside them dynamic quantization: int8 weights, and int8
// inputs with parameters of each batch. Every figure was measured in this run, on the model read
// back from its file (dynamic: on the model): accuracy on the test set, bytes in memory and on
// disk, signal over noise of the weights in dB, the lowest of the three layers.
//
//   milestone_2022_weight_only [--out FOLDER]
//
// FOLDER receives the models and results.json.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
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
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"
#include "tinytorch/quantization/weight_only/weight_only_file.h"
#include "tinytorch/train/checkpoint.h"

namespace {

using namespace tinytorch;              // NOLINT: a program, not a header
using namespace tinytorch::milestones;  // NOLINT
namespace fs = std::filesystem;
using quantization::Granularity;
using quantization::WeightScheme;

constexpr std::uint64_t kSeed = 2;
constexpr std::int64_t kWidth = 128;
constexpr std::int64_t kGroup = 16;
constexpr Granularity kGranularities[] = {Granularity::kPerTensor, Granularity::kPerChannel,
                                          Granularity::kPerGroup};

std::shared_ptr<nn::Sequential> make_model() {
  Rng rng(kSeed);
  return std::make_shared<nn::Sequential>(std::vector<std::shared_ptr<nn::Module>>{
      std::make_shared<nn::Linear>(64, kWidth, rng), std::make_shared<nn::ReLU>(),
      std::make_shared<nn::Linear>(kWidth, kWidth, rng), std::make_shared<nn::ReLU>(),
      std::make_shared<nn::Linear>(kWidth, 10, rng)});
}

struct Row {
  std::string name;
  int bits = 32;
  double accuracy = 0.0;
  double sqnr = std::numeric_limits<double>::infinity();
  std::int64_t stored_bytes = 0;
  std::int64_t file_bytes = 0;  // 0: no file
};

double accuracy_of(nn::Module& model, const data::TensorDataset& test) {
  const autograd::NoGradGuard no_grad;
  return accuracy(model.forward(test.inputs()), test);
}

std::int64_t size_of(const fs::path& file) {
  return static_cast<std::int64_t>(fs::file_size(file));
}

Row measure_float(nn::Sequential& model, const Digits& digits, const fs::path& folder) {
  const fs::path file = folder / "fp32.safetensors";
  train::save_checkpoint(file.string(), model);
  return {.name = "float",
          .accuracy = accuracy_of(model, digits.test),
          .stored_bytes = quantization::stored_bytes(model),
          .file_bytes = size_of(file)};
}

// Of the layer that suffers most.
double lowest_sqnr(const nn::Sequential& reference, const nn::Sequential& packed) {
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < reference.layers().size(); ++i) {
    const auto* exact = dynamic_cast<const nn::Linear*>(reference.layers()[i].get());
    if (exact == nullptr) continue;
    const auto& stored =
        dynamic_cast<const quantization::WeightOnlyLinear&>(*packed.layers()[i]).weight();
    const Tensor rounded = quantization::dequantize_tensor(stored);
    lowest = std::min(lowest, quantization::sqnr_db(exact->weight().data(), rounded.data()));
  }
  return lowest;
}

Row measure_packed(const nn::Sequential& trained, const WeightScheme& scheme, const Digits& digits,
                   const fs::path& folder) {
  const auto model = make_model();
  model->load_state_dict(trained.state_dict());
  (void)quantization::weight_only(*model, scheme);
  const std::string name = concat("per ", quantization::name(scheme.granularity),
                                  scheme.symmetric ? ", symmetric" : ", asymmetric");
  std::string file_name = concat(name, "_", scheme.bits, ".safetensors");
  std::erase(file_name, ',');
  std::replace(file_name.begin(), file_name.end(), ' ', '_');
  const fs::path file = folder / file_name;
  quantization::save_weight_only(file.string(), *model);
  const auto deployed = make_model();
  quantization::load_weight_only(file.string(), *deployed);
  require_equal_outputs(model->forward(digits.test.inputs()),
                        deployed->forward(digits.test.inputs()));
  return {.name = name,
          .bits = scheme.bits,
          .accuracy = accuracy_of(*deployed, digits.test),
          .sqnr = lowest_sqnr(trained, *deployed),
          .stored_bytes = quantization::stored_bytes(*deployed),
          .file_bytes = size_of(file)};
}

Row measure_dynamic(const nn::Sequential& trained, const Digits& digits) {
  const auto model = make_model();
  model->load_state_dict(trained.state_dict());
  (void)quantization::dynamic(*model);
  // Biases, codes and scales; the panels that its kernel reads are padded besides.
  std::int64_t bytes = quantization::stored_bytes(*model);
  for (const auto& layer : model->layers()) {
    const auto* linear = dynamic_cast<const quantization::DynamicLinear*>(layer.get());
    if (linear == nullptr) continue;
    bytes += linear->in_features() * linear->out_features() + 4 * linear->out_features();
  }
  return {.name = "dynamic, per channel",
          .bits = 8,
          .accuracy = accuracy_of(*model, digits.test),
          .stored_bytes = bytes};
}

Report make_report() {
  Report report({{"name", "weights", 24},
                 {"bits", "bits", 4},
                 {"accuracy", "accuracy", 12, "%.2f %%", 100.0},
                 {"sqnr_db", "dB", 8, "%.1f"},
                 {"stored_bytes", "stored", 10},
                 {"file_bytes", "file", 10}});
  report.set("seed", static_cast<std::int64_t>(kSeed));
  report.set("group_size", kGroup);
  return report;
}

void add(Report& report, const Row& row) {
  report.add({row.name, static_cast<std::int64_t>(row.bits), row.accuracy,
              std::isinf(row.sqnr) ? Cell{} : row.sqnr, row.stored_bytes,
              row.file_bytes == 0 ? Cell{} : row.file_bytes});
}

// What this program claims, on whatever engine it is linked with: 8 bits cost nothing in any form,
// and at every width finer scales keep more of the signal.
bool reached_goals(const std::vector<Row>& rows) {
  const double in_float = rows.front().accuracy;
  bool reached = in_float >= 0.95;
  for (const Row& row : rows) {
    reached = reached && (row.bits != 8 || row.accuracy >= in_float - 0.006);
  }
  // Rows come as (tensor, channel, group), twice a width.
  for (std::size_t i = 2; i + 2 < rows.size(); i += 3) {
    reached = reached && rows[i].sqnr < rows[i + 1].sqnr && rows[i + 1].sqnr < rows[i + 2].sqnr;
  }
  if (!reached) {
    say("\nBelow the goal: float 95 %, 8 bits within two images of it, and at each width more "
        "decibels per channel than per tensor, and per group than per channel.");
  }
  return reached;
}

bool run(const fs::path& folder) {
  Rng rng(kSeed);
  const Digits digits = split_digits(data::load_digits(), rng);
  const auto model = make_model();
  fit(*model, digits.train, {.epochs = 40, .rate = 2e-3f, .weight_decay = 0.1f, .seed = kSeed});
  Report report = make_report();
  report.print_head();
  std::vector<Row> rows{measure_float(*model, digits, folder), measure_dynamic(*model, digits)};
  for (const Row& row : rows) add(report, row);
  for (const int bits : {8, 4, 3, 2}) {
    for (const bool symmetric : {true, false}) {
      for (const Granularity granularity : kGranularities) {
        const WeightScheme scheme{bits, granularity, kGroup, symmetric};
        rows.push_back(measure_packed(*model, scheme, digits, folder));
        add(report, rows.back());
      }
    }
  }
  say(concat("\nStored are codes, scales, zero-points and biases. Groups have ", kGroup,
             " weights; one test image is ",
             format("%.2f %%", 100.0 / static_cast<double>(digits.test.size())), "."));
  report.write(folder, {});
  return reached_goals(rows);
}

}  // namespace

int main(int argc, char** argv) { return run_into_folder(argc, argv, "tinytorch_2022", run); }
