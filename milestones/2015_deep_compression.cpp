// 2015: deep compression (Han, Mao & Dally, "Deep compression: compressing deep neural networks
// with pruning, trained quantization and Huffman coding"). Handwritten digits, made small in ten
// ways.
//
// One classifier is trained in float32. Then its weights are pruned, its neurons removed, its
// matrices factorized, a smaller network taught by it, and what is left is quantized and coded.
// Every number it prints was measured in this run: accuracy on the test set, by the model read back
// from its compressed file; bytes of that file; time per sample. It fails when accuracy or size
// miss the goal, never because of a time.
//
//   milestone_2015_deep_compression [--out FOLDER]
//
// FOLDER receives the models in their smallest form, results.json and the frontier of accuracy and
// bytes as an SVG.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "milestones/support/compressed_model.h"
#include "milestones/support/digits.h"
#include "milestones/support/fit.h"
#include "milestones/support/program.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/compression/distillation.h"
#include "tinytorch/compression/gradual.h"
#include "tinytorch/compression/low_rank.h"
#include "tinytorch/compression/sparse_storage.h"
#include "tinytorch/compression/structured.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/split.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/quantization/qat/qat.h"

namespace {

using namespace tinytorch;               // NOLINT: a program, not a header
using namespace tinytorch::compression;  // NOLINT
namespace fs = std::filesystem;
using milestones::Digits;
using Row = milestones::CompressedRow;
using Model = std::shared_ptr<nn::Sequential>;

constexpr std::uint64_t kSeed = 2;
constexpr std::int64_t kEpochs = 40;
constexpr std::int64_t kFineTuning = 15;
constexpr float kRate = 2e-3f;
constexpr float kFineRate = 1e-3f;
constexpr double kSparsity = 0.9;  // of all weights
constexpr double kNeurons = 0.75;  // of each hidden layer, taken away
constexpr double kEnergy = 0.9;    // of each factorized matrix, kept
constexpr std::int64_t kStudent = 32;

Model make_classifier(std::int64_t hidden, float dropout = 0.1f) {
  Rng rng(kSeed);
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Linear>(64, hidden, rng))
      .append(std::make_shared<nn::ReLU>())
      .append(std::make_shared<nn::Dropout>(dropout, kSeed))
      .append(std::make_shared<nn::Linear>(hidden, hidden, rng))
      .append(std::make_shared<nn::ReLU>())
      .append(std::make_shared<nn::Dropout>(dropout, kSeed + 1))
      .append(std::make_shared<nn::Linear>(hidden, 10, rng));
  return model;
}

Model copy_of(const nn::Module& model, std::int64_t hidden) {
  Model copy = make_classifier(hidden);
  copy->load_state_dict(model.state_dict());
  return copy;
}

struct Lesson {
  std::int64_t epochs = kFineTuning;
  float rate = kFineRate;
  train::Loss loss = train::cross_entropy();
  std::shared_ptr<train::Callback> callback{};
};

std::int64_t batches_per_epoch(const Digits& digits) { return (digits.train.size() + 31) / 32; }

void fit(nn::Module& model, const Digits& digits, Lesson lesson) {
  milestones::fit(model, digits.train,
                  {.epochs = lesson.epochs,
                   .rate = lesson.rate,
                   .weight_decay = 0.1f,
                   .seed = kSeed,
                   .loss = std::move(lesson.loss),
                   .callback = std::move(lesson.callback)});
}

// --- The ways to make it small ---

Model prune_weights(const nn::Module& dense, const Digits& digits, double ratio) {
  Model model = copy_of(dense, 256);
  // The last weights go after half of the fine-tuning; the rest of it heals.
  const PruningSchedule schedule{
      .final = ratio, .every = batches_per_epoch(digits) / 2, .updates = kFineTuning};
  auto pruner = std::make_shared<GradualPruner>(prunable_weights(*model), schedule, Scope::kGlobal);
  fit(*model, digits, {.callback = pruner});
  return model;
}

// The last layer stays dense: it is small, and its 256 inputs are all that the answers have.
Model prune_two_of_four(const nn::Module& dense, const Digits& digits) {
  Model model = copy_of(dense, 256);
  std::vector<MaskedWeight> held;
  auto weights = prunable_weights(*model);
  weights.pop_back();
  for (const auto& [name, weight] : weights) held.push_back({name, weight, n_m_mask(weight, {})});
  fit(*model, digits, {.callback = std::make_shared<GradualPruner>(std::move(held))});
  return model;
}

Model remove_neurons(const nn::Module& dense, const Digits& digits) {
  const Model model = copy_of(dense, 256);
  Model small = shrink(*model, plan_pruning(*model, kNeurons));
  fit(*small, digits, {});
  return small;
}

Model factorize_layers(const nn::Module& dense, const Digits& digits, std::string& ranks) {
  const Model model = copy_of(dense, 256);
  auto thin = std::make_shared<nn::Sequential>();
  for (const auto& layer : model->layers()) {
    const auto* linear = dynamic_cast<const nn::Linear*>(layer.get());
    const bool wide = linear != nullptr && linear->out_features() == 256;
    if (!wide) {
      thin->append(layer);
      continue;
    }
    const std::int64_t rank = rank_for_energy(svd(linear->weight()).s, kEnergy);
    ranks += concat(ranks.empty() ? "" : " and ", rank, " of ", linear->in_features());
    const std::int64_t most = largest_saving_rank(linear->in_features(), linear->out_features());
    thin->append(factorize(*linear, std::min(rank, most)));
  }
  fit(*thin, digits, {});
  return thin;
}

// A small network that is told the answers of a tenth of the images, shown ten times as often.
Model train_student(const Digits& digits) {
  Model student = make_classifier(kStudent, 0.0f);
  Rng rng(kSeed);
  const auto tenth = data::stratified_split(digits.train.labels(), 0.1, rng).test;
  const Digits few{digits.train.subset(tenth), digits.test};
  fit(*student, few, {.epochs = 10 * kEpochs, .rate = kRate});
  return student;
}

// The same network, told no answer at all: it sees all images, and what the teacher thinks of them.
Model teach_student(const Model& teacher, const Digits& digits) {
  Model student = make_classifier(kStudent, 0.0f);
  const train::Loss loss = [teacher](const Tensor& output, const data::Batch& batch) {
    const Tensor opinion = [&] {
      const autograd::NoGradGuard no_grad;
      return teacher->forward(batch.inputs);
    }();
    return distillation_loss(output, opinion, batch.labels, {.temperature = 2.0f, .soft = 1.0f});
  };
  fit(*student, digits, {.epochs = kEpochs, .rate = kRate, .loss = loss});
  return student;
}

// `training` goes on in the deployed integers, with the zeros held; without it, calibration alone.
quantization::QuantizedNetwork quantize(nn::Sequential& model, const Digits& digits, int bits,
                                        bool training) {
  auto qat = quantization::prepare_qat(model, {.weight_bits = bits});
  (void)qat->forward(digits.train.inputs());
  qat->set_phase(quantization::QatPhase::kQuantize);
  qat->eval();
  if (training) {
    std::vector<MaskedWeight> held;
    for (const auto& [name, weight] : prunable_weights(model)) {
      Mask keep;
      for (const float w : weight.data()) keep.push_back(w != 0.0f ? 1 : 0);
      held.push_back({name, weight, std::move(keep)});
    }
    fit(*qat, digits,
        {.rate = kRate / 10.0f, .callback = std::make_shared<GradualPruner>(std::move(held))});
  }
  return quantization::convert(*qat);
}

std::vector<Row> make_all(const Digits& digits, const fs::path& folder, std::string& ranks,
                          milestones::Report& report) {
  std::vector<Row> rows;
  const auto add = [&](const std::string& name, auto&& model) {
    rows.push_back(milestones::measure_compressed(name, model, digits.test, folder));
    milestones::add(report, rows.back());
  };
  const Model dense = make_classifier(256);
  fit(*dense, digits, {.epochs = kEpochs, .rate = kRate});
  add("fp32", *dense);
  const Model pruned = prune_weights(*dense, digits, kSparsity);
  add("pruned", *pruned);
  add("2:4", *prune_two_of_four(*dense, digits));
  const Model narrow = remove_neurons(*dense, digits);
  add("narrow", *narrow);
  add("low rank", *factorize_layers(*dense, digits, ranks));
  add("student", *train_student(digits));
  add("distilled", *teach_student(dense, digits));
  add("int8", quantize(*dense, digits, 8, false));
  add("pruned int8", quantize(*pruned, digits, 8, false));
  add("narrow int8", quantize(*narrow, digits, 8, false));
  add("pruned int4", quantize(*pruned, digits, 4, true));
  return rows;
}

struct Goal {
  const char* name;
  double points_lost;    // at most, against fp32
  double times_smaller;  // at least, against fp32's deflated file
};

const Row& row_named(const std::vector<Row>& rows, const std::string& name) {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
}

// What this program claims, on whatever engine it is linked with.
bool reached_goals(const std::vector<Row>& rows) {
  const auto named = [&](const std::string& name) { return row_named(rows, name); };
  const Row dense = named("fp32");
  bool reached = dense.accuracy >= 0.965;
  if (!reached) std::printf("\n  Below the goal: fp32 96.5 %%\n");
  const double taught = 100.0 * (named("distilled").accuracy - named("student").accuracy);
  if (taught < 2.0) {
    reached = false;
    std::printf("\n  Below the goal: the teacher gained %.2f points over few labels (at least 2)\n",
                taught);
  }
  for (const Goal& goal : {Goal{"pruned", 1.5, 6.0},
                           {"2:4", 1.5, 1.6},
                           {"narrow", 2.0, 8.0},
                           {"low rank", 1.5, 1.6},
                           {"distilled", 3.5, 20.0},
                           {"int8", 1.0, 3.5},
                           {"pruned int8", 1.5, 14.0},
                           {"narrow int8", 2.0, 25.0},
                           {"pruned int4", 2.0, 20.0}}) {
    const Row row = named(goal.name);
    const double lost = 100.0 * (dense.accuracy - row.accuracy);
    const double smaller = static_cast<double>(dense.dense_bytes) / static_cast<double>(row.bytes);
    if (lost <= goal.points_lost && smaller >= goal.times_smaller) continue;
    reached = false;
    std::printf(
        "\n  Below the goal: %s lost %.2f points (at most %.1f)\n"
        "  and is %.1f times smaller (at least %.1f)\n",
        goal.name, lost, goal.points_lost, smaller, goal.times_smaller);
  }
  return reached;
}

void print_findings(const std::vector<Row>& rows, const std::string& ranks) {
  const Row& two_of_four = row_named(rows, "2:4");
  std::printf(
      "\n  Nothing here is both smaller and more accurate than\n  %s.\n"
      "  2:4 as kept values and places takes %lld bytes, as a bitmap %lld.\n"
      "  Ranks that hold %.0f %% of the energy: %s.\n",
      milestones::names_on_frontier(rows).c_str(), static_cast<long long>(two_of_four.bytes),
      static_cast<long long>(two_of_four.bitmap_bytes), 100.0 * kEnergy, ranks.c_str());
}

bool run(const fs::path& folder) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  Rng rng(kSeed);
  const Digits digits = milestones::split_digits(data::load_digits(), rng);
  std::printf("  %lld images to train on, %lld to test; a 64-256-256-10 network\n\n",
              static_cast<long long>(digits.train.size()),
              static_cast<long long>(digits.test.size()));
  milestones::Report report = milestones::compressed_report();
  report.print_head();
  std::string ranks;
  const std::vector<Row> rows = make_all(digits, folder, ranks, report);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  print_findings(rows, ranks);
  std::printf("  One test image is %.2f %%; %.1f s in all.\n",
              100.0 / static_cast<double>(digits.test.size()), seconds);
  report.set("seed", static_cast<std::int64_t>(kSeed));
  report.set("seconds", seconds);
  report.write(
      folder, {{"compressed_digits.svg", milestones::compressed_frontier(
                                             "Handwritten digits, made small in ten ways", rows)}});
  return reached_goals(rows);
}

}  // namespace

int main(int argc, char** argv) {
  return milestones::run_into_folder(argc, argv, "tinytorch_2015", run);
}
