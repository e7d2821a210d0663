// 2009: the roofline (Williams, Waterman & Patterson, "Roofline: An Insightful Visual Performance
// Model for Multicore Architectures"). Every layer of the digits network under what this machine
// could do for it: its limits, and each layer's time, measured in this run.
//
//   milestone_2009_roofline [--out FOLDER]
//
// FOLDER receives roofline.svg and results.json.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "milestones/report/report.h"
#include "milestones/report/text.h"
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

using namespace tinytorch;              // NOLINT: a program, not a header
using namespace tinytorch::milestones;  // NOLINT
namespace fs = std::filesystem;
using profiling::LayerProfile;
using profiling::Machine;
using profiling::RooflinePoint;

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

// "0 Conv2d"
std::string title_of(const profiling::Layer& layer) { return layer.name + " " + kind_of(layer); }

// "0 Conv2d 16x8x8": the output of one image.
std::string name_of(const profiling::Layer& layer) {
  std::string text = title_of(layer) + " ";
  for (std::int64_t dim = 1; dim < layer.output.ndim(); ++dim) {
    text += concat(dim == 1 ? "" : "x", layer.output[dim]);
  }
  return text;
}

void print_machine(const Machine& near, const Machine& far, std::int64_t working_set) {
  const auto reading = [](const Machine& machine) {
    return format(": %.0f GB/s, ", machine.bandwidth.value()) +
           format("ridge at %.1f FLOPs a byte\n", profiling::ridge_point(machine));
  };
  say(concat("one core: ", format("peak %.0f GFLOP/s", near.peak.value()),
             " (float multiply-adds)\nreading ", working_set / 1000, " kB (the largest layer)",
             reading(near), "reading ", kMainMemoryBytes / 1'000'000, " MB (main memory)",
             reading(far)));
}

Report make_report() {
  return Report({{"layer", "layer, output", 21},
                 {"flops", "kFLOP", 5, "%.0f", 1e-3},
                 {"bytes", "kB", 4, "%.0f", 1e-3},
                 {"intensity", "FLOP/B", 6, "%.2f"},
                 {"median_us", "median\nus", 7, "%.2f"},
                 {"p99_us", "p99\nus", 7, "%.1f"},
                 {"gflop_per_s", "GFLOP/s", 7, "%.1f"},
                 {"efficiency", "of its\nroof", 6, "%.0f %%", 100.0},
                 {"backward_over_forward", "back/\nforw", 6, "%.2f"}});
}

std::vector<RooflinePoint> place_layers(const std::vector<LayerProfile>& profiles,
                                        const Machine& machine, Report& report) {
  std::vector<RooflinePoint> points;
  std::printf("  forward, batch %lld; outputs are those of one image\n\n",
              static_cast<long long>(kBatch));
  report.print_head();
  for (const LayerProfile& profile : profiles) {
    if (profile.layer.is_view(false)) {
      std::printf("  %-21s a view: nothing is computed, no byte moves\n",
                  name_of(profile.layer).c_str());
      continue;
    }
    points.push_back(
        profiling::place(title_of(profile.layer), profile.cost, profile.forward, machine));
    report.add({name_of(profile.layer), static_cast<double>(profile.cost.flops),
                static_cast<double>(profile.cost.bytes), points.back().intensity,
                profile.forward.median.value() / 1e3, profile.forward.p99.value() / 1e3,
                points.back().achieved, points.back().efficiency,
                profiling::backward_over_forward(profile.training)});
  }
  return points;
}

void print_memory(const nn::Module& model, const std::vector<profiling::Layer>& layers) {
  const profiling::TrainingBytes training = profiling::training_bytes(model, layers, kAdamStates);
  const auto kilobytes = [](std::int64_t bytes) {
    return format("%.1f kB", static_cast<double>(bytes) / 1e3);
  };
  say(concat("\nmemory, batch ", kBatch, ": parameters ", kilobytes(training.parameters),
             ", activations ", kilobytes(profiling::inference_bytes(layers)), " to infer, ",
             kilobytes(training.activations), " to train; a training step with AdamW in all ",
             kilobytes(training.total())));
}

// The whole network with its real loss, both passes.
void print_training(nn::Module& model) {
  Rng rng(2009);
  const Tensor x = Tensor::randn({kBatch, 1, 8, 8}, rng);
  std::vector<std::int64_t> labels(kBatch);
  for (std::int64_t& label : labels) label = static_cast<std::int64_t>(rng.below(10));
  const auto latency = profiling::time_training(
      [&] { return losses::cross_entropy(model.forward(x), labels); }, kTiming);
  say(format("a step of the whole network, measured: forward %.0f us, ",
             latency.forward.median.value() / 1e3) +
      format("backward %.0f us, ", latency.backward.median.value() / 1e3) +
      format("%.2f times as long", profiling::backward_over_forward(latency)));
}

// The layer that takes most of the time, which is where to begin.
void print_advice(const std::vector<LayerProfile>& profiles,
                  const std::vector<RooflinePoint>& points) {
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
  const auto point = std::find_if(
      points.begin(), points.end(),
      [&](const RooflinePoint& candidate) { return candidate.name == title_of(slowest->layer); });
  say("begin with layer " + point->name + format(": %.0f %% of the time, ", 100.0 * most / total) +
      format("at %.0f %% of its roof", 100.0 * point->efficiency));
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

// The slope of a bandwidth up to the peak.
Reference slope(const Machine& machine, double from, const char* name, const Stroke& stroke) {
  const double bandwidth = machine.bandwidth.value();
  return {.from = {from, from * bandwidth},
          .to = {profiling::ridge_point(machine), machine.peak.value()},
          .label = name + format(" %.0f GB/s", bandwidth),
          .stroke = stroke};
}

// Every layer under what the machine could do for it, both axes logarithmic. The solid roof is
// `near`, by which the points were placed; the dashed slope is the main memory's.
Chart picture(const Machine& near, const Machine& far, const std::vector<RooflinePoint>& points) {
  Series memory{.name = "its roof is the memory", .colour = kOrange};
  Series compute{.name = "its roof is the arithmetic", .colour = kBlue};
  double least = profiling::ridge_point(near);
  double most = 2.0 * profiling::ridge_point(far);
  std::vector<Reference> references;
  for (const RooflinePoint& point : points) {
    Series& series = point.bound == profiling::Bound::kMemory ? memory : compute;
    series.marks.push_back({.x = point.intensity,
                            .y = point.achieved,
                            .label = point.name + format(", %.0f %%", 100.0 * point.efficiency),
                            .radius = 5.0});
    references.push_back({.from = {point.intensity, point.achieved},
                          .to = {point.intensity, point.attainable},
                          .stroke = {series.colour, 1.0, "2 3"}});
    least = std::min(least, point.intensity);
    most = std::max(most, point.intensity);
  }
  least /= 1.3;
  most *= 1.3;
  const Stroke solid{"#222222", 2.0};
  references.push_back(slope(near, least, "cache", solid));
  references.push_back(slope(far, least, "main memory", {"#888888", 1.0, "6 4"}));
  references.push_back({.from = {profiling::ridge_point(near), near.peak.value()},
                        .to = {most, near.peak.value()},
                        .label = format("peak %.0f GFLOP/s", near.peak.value()),
                        .stroke = solid});
  return {.title = "The digits network under the roofline of this machine, batch 64, one core",
          .note = "A label says how much of its roof a layer reaches.",
          .panels = {{.x = {.name = "FLOPs for each byte moved",
                            .logarithmic = true,
                            .low = least / 3.0,
                            .high = most},
                      .y = {.name = "GFLOP/s", .logarithmic = true},
                      .series = {memory, compute},
                      .references = references,
                      .width = 700.0,
                      .height = 400.0}}};
}

bool run(const fs::path& folder) {
  Rng rng(2009);
  const auto model = make_digits_cnn(rng);
  const Shape input{kBatch, 1, 8, 8};
  const auto layers = profiling::walk_model(*model, input);
  const auto profiles = profiling::profile_model(*model, input, kTiming);

  const std::int64_t working_set = largest_working_set(profiles);
  const Machine near = profiling::measure_machine(working_set);
  const Machine far = profiling::measure_machine(kMainMemoryBytes);
  print_machine(near, far, working_set);
  Report report = make_report();
  const std::vector<RooflinePoint> points = place_layers(profiles, near, report);
  print_memory(*model, layers);
  print_training(*model);
  print_advice(profiles, points);

  report.set("peak_gflop_per_s", near.peak.value());
  report.set("cache_gb_per_s", near.bandwidth.value());
  report.set("memory_gb_per_s", far.bandwidth.value());
  report.write(folder, {{"roofline.svg", picture(near, far, points)}});
  return counted_right(layers);
}

}  // namespace

int main(int argc, char** argv) { return run_into_folder(argc, argv, "tinytorch_2009", run); }
