// 2009: the roofline (Williams, Waterman & Patterson, "Roofline: An Insightful Visual Performance
// Model for Multicore Architectures"). Every layer of the digits network under what this machine
// could do for it: its limits, and each layer's time, measured in this run.
//
//   milestone_2009_roofline [--out FOLDER]
//
// FOLDER receives roofline.svg.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "milestones/report/roofline_svg.h"
#include "milestones/support/digits.h"
#include "milestones/support/digits_cnn.h"
#include "milestones/support/program.h"
#include "tinytorch/core/error.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/profiling/machine.h"
#include "tinytorch/profiling/memory.h"
#include "tinytorch/profiling/profile.h"
#include "tinytorch/profiling/roofline.h"

namespace {

using namespace tinytorch;  // NOLINT: a program, not a header
namespace fs = std::filesystem;
using milestones::RooflineRow;
using profiling::LayerProfile;
using profiling::Machine;

constexpr std::int64_t kBatch = 64;
constexpr std::int64_t kFlopsOfOneImage = 174'218;      // counted by hand in the lesson
constexpr std::int64_t kMainMemoryBytes = 256'000'000;  // more than any cache here holds
constexpr profiling::TimingOptions kTiming{.warmup = 50, .samples = 300};
constexpr int kAdamStates = 2;

std::int64_t largest_working_set(const std::vector<LayerProfile>& profiles) {
  std::int64_t most = 0;
  for (const LayerProfile& profile : profiles) most = std::max(most, profile.cost.bytes);
  return most;
}

std::string kind_of(const profiling::Layer& layer) {
  const std::string kind = layer.module->describe();
  return kind.substr(0, kind.find('('));
}

// "Conv2d → [64, 16, 8, 8]"
std::string label_of(const profiling::Layer& layer) {
  return kind_of(layer) + " → " + to_string(layer.output);
}

// "0 Conv2d 16x8x8": the output of one image.
std::string name_of(const profiling::Layer& layer) {
  std::string text = layer.name + " " + kind_of(layer) + " ";
  for (std::int64_t dim = 1; dim < layer.output.ndim(); ++dim) {
    text += concat(dim == 1 ? "" : "x", layer.output[dim]);
  }
  return text;
}

void print_machine(const Machine& near, const Machine& far, std::int64_t working_set) {
  std::printf("  one core: peak %.0f GFLOP/s (float multiply-adds)\n", near.peak.value());
  std::printf("  reading %lld kB (the largest layer): %.0f GB/s, ridge at %.1f FLOPs a byte\n",
              static_cast<long long>(working_set / 1000), near.bandwidth.value(),
              profiling::ridge_point(near));
  std::printf("  reading %lld MB (main memory):      %.0f GB/s, ridge at %.1f FLOPs a byte\n\n",
              static_cast<long long>(kMainMemoryBytes / 1'000'000), far.bandwidth.value(),
              profiling::ridge_point(far));
}

void print_heading() {
  std::printf("  forward, batch %lld; outputs are those of one image\n\n",
              static_cast<long long>(kBatch));
  constexpr const char* kHead = "  %-21s %5s %4s %6s %7s %7s %7s %6s %6s\n";
  std::printf(kHead, "layer, output", "kFLOP", "kB", "FLOP/B", "median", "p99", "GFLOP/s", "of its",
              "back/");
  std::printf(kHead, "", "", "", "", "us", "us", "", "roof", "forw");
}

void print_row(const LayerProfile& profile, const profiling::RooflinePoint& point) {
  std::printf("  %-21s %5.0f %4.0f %6.2f %7.2f %7.1f %7.1f %4.0f %% %6.2f\n",
              name_of(profile.layer).c_str(), static_cast<double>(profile.cost.flops) / 1e3,
              static_cast<double>(profile.cost.bytes) / 1e3, point.intensity,
              profile.forward.median.value() / 1e3, profile.forward.p99.value() / 1e3,
              point.achieved, 100.0 * point.efficiency,
              profiling::backward_over_forward(profile.training));
}

std::vector<RooflineRow> place_layers(const std::vector<LayerProfile>& profiles,
                                      const Machine& machine) {
  std::vector<RooflineRow> rows;
  print_heading();
  for (const LayerProfile& profile : profiles) {
    if (profile.layer.is_view(false)) {
      std::printf("  %-21s a view: nothing is computed, no byte moves\n",
                  name_of(profile.layer).c_str());
      continue;
    }
    rows.push_back({profiling::place(profile.layer.name, profile.cost, profile.forward, machine),
                    label_of(profile.layer)});
    print_row(profile, rows.back().point);
  }
  return rows;
}

void print_memory(const nn::Module& model, const std::vector<profiling::Layer>& layers) {
  const profiling::TrainingBytes training = profiling::training_bytes(model, layers, kAdamStates);
  std::printf(
      "\n  memory, batch %lld: parameters %.1f kB, activations %.0f kB to infer,\n"
      "  %.0f kB to train; a training step with AdamW in all %.0f kB\n",
      static_cast<long long>(kBatch), static_cast<double>(training.parameters) / 1e3,
      static_cast<double>(profiling::inference_bytes(layers)) / 1e3,
      static_cast<double>(training.activations) / 1e3, static_cast<double>(training.total()) / 1e3);
}

// The whole network with its real loss, both passes.
void print_training(nn::Module& model) {
  Rng rng(2009);
  const Tensor x = Tensor::randn({kBatch, 1, 8, 8}, rng);
  std::vector<std::int64_t> labels(kBatch);
  for (std::int64_t& label : labels) label = static_cast<std::int64_t>(rng.below(10));
  const auto latency = profiling::time_training(
      [&] { return losses::cross_entropy(model.forward(x), labels); }, kTiming);
  std::printf(
      "  a step of the whole network, measured: forward %.0f us, backward %.0f us,\n"
      "  %.2f times as long\n",
      latency.forward.median.value() / 1e3, latency.backward.median.value() / 1e3,
      profiling::backward_over_forward(latency));
}

// The layer that takes most of the time, which is where to begin.
void print_advice(const std::vector<LayerProfile>& profiles, const std::vector<RooflineRow>& rows) {
  double total = 0.0;
  double most = 0.0;
  const LayerProfile* slowest = &profiles.front();
  for (const LayerProfile& profile : profiles) {
    if (!profile.forward.median.measured()) continue;
    const double median = profile.forward.median.value();
    total += median;
    if (median > most) slowest = &profile;
    most = std::max(most, median);
  }
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const RooflineRow& candidate) {
    return candidate.point.name == slowest->layer.name;
  });
  std::printf("  begin with layer %s, %s: %.0f %% of the time, at %.0f %% of its roof\n",
              slowest->layer.name.c_str(), kind_of(slowest->layer).c_str(), 100.0 * most / total,
              100.0 * row->point.efficiency);
}

// What does not depend on the machine or the moment: the counts.
bool counted_right(const std::vector<profiling::Layer>& layers) {
  const std::int64_t counted = profiling::model_cost(layers).flops;
  const std::int64_t expected = kBatch * kFlopsOfOneImage;
  if (counted == expected) return true;
  std::printf("\n  %lld FLOPs were counted, these layers have %lld\n",
              static_cast<long long>(counted), static_cast<long long>(expected));
  return false;
}

bool run(const fs::path& folder) {
  Rng rng(2009);
  const auto model = milestones::make_digits_cnn(rng);
  const Shape input{kBatch, 1, 8, 8};
  const auto layers = profiling::walk_model(*model, input);
  const auto profiles = profiling::profile_model(*model, input, kTiming);

  const std::int64_t working_set = largest_working_set(profiles);
  const Machine near = profiling::measure_machine(working_set);
  const Machine far = profiling::measure_machine(kMainMemoryBytes);
  print_machine(near, far, working_set);
  const std::vector<RooflineRow> rows = place_layers(profiles, near);
  print_memory(*model, layers);
  print_training(*model);
  print_advice(profiles, rows);

  milestones::write_file(
      folder / "roofline.svg",
      milestones::roofline_svg("The digits network under the roofline of this machine, "
                               "batch 64, one core",
                               near, far, rows));
  std::printf("  Written to %s/roofline.svg\n", folder.string().c_str());
  return counted_right(layers);
}

}  // namespace

int main(int argc, char** argv) {
  return milestones::run_into_folder(argc, argv, "tinytorch_2009", run);
}
