// 2018: integer-only inference (Jacob et al., "Quantization and Training of Neural Networks for
// Efficient Integer-Arithmetic-Only Inference"). Handwritten digits in int8, int4 and int2.
//
// One classifier is trained in float32 and deployed six ways: weights of 8, 4 and 2 bits, each by
// post-training quantization (PTQ: calibrate, convert) and by quantization-aware training (QAT:
// fine-tune through the deployed integers, convert). Activations have 8 bits. Every number it
// prints was measured in this run: accuracy on the test set, bytes of the saved model, time per
// sample.
//
//   milestone_2018_integer_inference [--out FOLDER]
//
// FOLDER receives the models, results.json and an SVG.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "milestones/bars_svg.h"
#include "milestones/digits.h"
#include "milestones/fit.h"
#include "milestones/measure.h"
#include "milestones/program.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/train/checkpoint.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using milestones::Digits;
using quantization::QatNetwork;
using quantization::QatPhase;
using quantization::QuantizedNetwork;

constexpr std::uint64_t kSeed = 2;
constexpr std::int64_t kHidden = 256;
constexpr std::int64_t kFloatEpochs = 60;
constexpr std::int64_t kQatEpochs = 10;
constexpr float kLearningRate = 2e-3f;  // QAT fine-tunes with a tenth of it

struct Row {
  std::string name;
  double accuracy = 0.0;
  std::int64_t file_bytes = 0;
  std::int64_t weight_bytes = 0;
  double us_batch_1 = 0.0;   // per sample
  double us_batch_64 = 0.0;  // per sample
};

std::shared_ptr<nn::Sequential> make_classifier() {
  Rng rng(kSeed);
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Linear>(64, kHidden, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Dropout>(0.2f, kSeed));
  model->append(std::make_shared<nn::Linear>(kHidden, kHidden, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Dropout>(0.2f, kSeed + 1));
  model->append(std::make_shared<nn::Linear>(kHidden, 10, rng));
  return model;
}

template <typename Forward>
void measure_time(Row& row, const Tensor& x, Forward forward) {
  for (const std::int64_t batch : {1, 64}) {
    const Tensor rows = x.rows(0, batch);
    const double us = milestones::time_per_sample([&] { (void)forward(rows); }, batch);
    (batch == 1 ? row.us_batch_1 : row.us_batch_64) = us;
  }
}

Row measure_float(nn::Sequential& model, const Digits& digits, const fs::path& folder) {
  const autograd::NoGradGuard no_grad;
  Row row{.name = "fp32"};
  row.accuracy = milestones::accuracy(model.forward(digits.test.inputs()), digits.test);
  train::save_checkpoint((folder / "fp32.safetensors").string(), model);
  row.file_bytes = static_cast<std::int64_t>(fs::file_size(folder / "fp32.safetensors"));
  for (const nn::NamedTensor& parameter : model.named_parameters()) {
    if (parameter.second.ndim() == 2) row.weight_bytes += parameter.second.numel() * 4;
  }
  measure_time(row, digits.test.inputs(), [&](const Tensor& x) { return model.forward(x); });
  return row;
}

// What is measured is the model read back from its file.
Row measure_quantized(const std::string& name, const QuantizedNetwork& model, const Digits& digits,
                      const fs::path& folder) {
  std::string file = name + ".safetensors";
  std::replace(file.begin(), file.end(), ' ', '_');
  quantization::save_network((folder / file).string(), model);
  const QuantizedNetwork deployed = quantization::load_network((folder / file).string()).network;
  Row row{.name = name};
  row.accuracy = milestones::accuracy(deployed.forward(digits.test.inputs()), digits.test);
  row.file_bytes = static_cast<std::int64_t>(fs::file_size(folder / file));
  row.weight_bytes = deployed.weight_bytes();
  measure_time(row, digits.test.inputs(), [&](const Tensor& x) { return deployed.forward(x); });
  return row;
}

std::shared_ptr<QatNetwork> calibrated(nn::Sequential& model, int weight_bits,
                                       const Digits& digits) {
  auto copy = make_classifier();
  copy->load_state_dict(model.state_dict());
  auto qat = quantization::prepare_qat(*copy, {.weight_bits = weight_bits});
  (void)qat->forward(digits.train.inputs());
  qat->set_phase(QatPhase::kQuantize);
  qat->eval();
  return qat;
}

QuantizedNetwork train_quantized(nn::Sequential& model, int weight_bits, const Digits& digits) {
  auto qat = calibrated(model, weight_bits, digits);
  milestones::fit(
      *qat, digits.train,
      {.epochs = kQatEpochs, .rate = kLearningRate / 10.0f, .weight_decay = 0.1f, .seed = kSeed});
  QuantizedNetwork deployed = quantization::convert(*qat);
  milestones::require_equal_outputs(qat->forward(digits.test.inputs()),
                                    deployed.forward(digits.test.inputs()));
  return deployed;
}

void print_row(const Row& row) {
  std::printf("  %-10s %9.2f %% %11lld %11lld %12.2f %12.2f\n", row.name.c_str(),
              100.0 * row.accuracy, static_cast<long long>(row.file_bytes),
              static_cast<long long>(row.weight_bytes), row.us_batch_1, row.us_batch_64);
  std::fflush(stdout);
}

std::string to_json(const std::vector<Row>& rows, const Digits& digits, double seconds) {
  std::string out =
      concat("{\"train_samples\":", digits.train.size(), ",\"test_samples\":", digits.test.size(),
             ",\"seed\":", kSeed, ",\"seconds\":", seconds, ",\"rows\":[");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    out += concat(i == 0 ? "" : ",", "{\"name\":\"", row.name, "\",\"accuracy\":", row.accuracy,
                  ",\"file_bytes\":", row.file_bytes, ",\"weight_bytes\":", row.weight_bytes,
                  ",\"us_per_sample_batch_1\":", row.us_batch_1,
                  ",\"us_per_sample_batch_64\":", row.us_batch_64, "}");
  }
  return out + "]}\n";
}

void write_results(const std::vector<Row>& rows, const Digits& digits, double seconds,
                   const fs::path& folder) {
  milestones::write_file(folder / "results.json", to_json(rows, digits, seconds));
  std::vector<milestones::FrontierRow> bars;
  bars.reserve(rows.size());
  for (const Row& row : rows) {
    bars.push_back({row.name, row.accuracy, static_cast<double>(row.file_bytes), row.us_batch_64});
  }
  milestones::write_file(
      folder / "quantized_digits.svg",
      milestones::bars_svg("Handwritten digits, deployed seven ways", bars, 0.5));
}

// What this program claims, on whatever engine it is linked with.
bool reached_goals(const std::vector<Row>& rows) {
  const auto named = [&](const std::string& name) {
    return std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; })
        ->accuracy;
  };
  const bool reached = named("fp32") >= 0.97 && named("PTQ int8") >= named("fp32") - 0.01 &&
                       named("QAT int8") >= named("fp32") - 0.01 &&
                       named("QAT int4") >= named("fp32") - 0.02 &&
                       named("QAT int2") >= named("PTQ int2") + 0.05;
  if (!reached) {
    std::printf(
        "\n  Below the goal: fp32 97 %%, int8 within 1 point of it, QAT int4 within 2, and QAT "
        "int2 at\n"
        "  least 5 points above PTQ int2.\n");
  }
  return reached;
}

bool run(const fs::path& folder) {
  const auto begin = Clock::now();
  Rng rng(kSeed);
  const Digits digits = milestones::split_digits(data::load_digits(), rng);
  std::printf("  %lld images to train on, %lld to test; a 64-%lld-%lld-10 network\n\n",
              static_cast<long long>(digits.train.size()),
              static_cast<long long>(digits.test.size()), static_cast<long long>(kHidden),
              static_cast<long long>(kHidden));
  std::printf("  %-10s %11s %11s %11s %12s %12s\n", "", "accuracy", "file bytes", "weights",
              "us/sample", "us/sample");
  std::printf("  %-10s %11s %11s %11s %12s %12s\n", "", "(test)", "", "bytes", "batch 1",
              "batch 64");
  auto model = make_classifier();
  milestones::fit(
      *model, digits.train,
      {.epochs = kFloatEpochs, .rate = kLearningRate, .weight_decay = 0.1f, .seed = kSeed});
  std::vector<Row> rows{measure_float(*model, digits, folder)};
  print_row(rows.back());
  for (const int bits : {8, 4, 2}) {
    const std::string width = "int" + std::to_string(bits);
    rows.push_back(measure_quantized(
        "PTQ " + width, quantization::convert(*calibrated(*model, bits, digits)), digits, folder));
    print_row(rows.back());
    rows.push_back(
        measure_quantized("QAT " + width, train_quantized(*model, bits, digits), digits, folder));
    print_row(rows.back());
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  write_results(rows, digits, seconds, folder);
  std::printf(
      "\n  %.1f s in all. Weights have the bits named, activations 8; one test image is %.2f %%.\n"
      "  Written to %s: quantized_digits.svg, results.json and the models.\n",
      seconds, 100.0 / static_cast<double>(digits.test.size()), folder.string().c_str());
  return reached_goals(rows);
}

}  // namespace

int main(int argc, char** argv) {
  return milestones::run_into_folder(argc, argv, "tinytorch_2018", run);
}
