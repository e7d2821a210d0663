#include "lab/qat_ablation/step_times.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "lab/qat_ablation/plan.h"
#include "lab/qat_ablation/row_clips.h"
#include "milestones/support/paired_interval.h"
#include "milestones/support/text_training.h"

namespace tinytorch::lab {
namespace {

using milestones::TextTraining;
using quantization::WeightQat;
using quantization::WeightQatOptions;

constexpr std::size_t kBlocks = 6;

class Arm {
 public:
  // `switched`: each timed step is the first quantized one, and making the WeightQat is part of it.
  Arm(std::string name, const Settings& settings, const std::optional<WeightQatOptions>& options,
      bool switched)
      : name_(std::move(name)), training_(settings.plan, 1) {
    if (switched) switched_to_ = options;
    if (options && !switched) qat_ = std::make_unique<WeightQat>(training_.model(), *options);
  }

  double timed_step(const std::string& text) {
    training_.step(text, step_++, qat_.get());
    const double before = milestones::processor_seconds();
    if (switched_to_) qat_ = std::make_unique<WeightQat>(training_.model(), *switched_to_);
    training_.step(text, step_++, qat_.get());
    const double after = milestones::processor_seconds();
    if (switched_to_) qat_ = nullptr;
    return 1e3 * (after - before);
  }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  TextTraining training_;
  std::unique_ptr<WeightQat> qat_;
  std::optional<WeightQatOptions> switched_to_;
  std::int64_t step_ = 0;
};

std::vector<std::unique_ptr<Arm>> all_arms(const Settings& settings) {
  std::vector<std::unique_ptr<Arm>> arms;
  const auto add = [&](const std::string& name, const std::optional<WeightQatOptions>& options,
                       bool switched = false) {
    arms.push_back(std::make_unique<Arm>(name, settings, options, switched));
  };
  add("float", {});
  WeightQatOptions off;
  off.start_step = std::numeric_limits<std::int64_t>::max();
  add("prepared, off", off);
  add("int8, first", options_of({.bits = 8}), true);
  std::set<std::string> seen;
  for (const Run& run : all_runs(settings)) {
    if (run.start == Start::kNever || !seen.insert(timed_arm(run)).second) continue;
    WeightQatOptions options = options_of(run.stored.front());
    if (run.way == Way::kNthElement) options.clip_of = clip_by_nth_element;
    if (run.way == Way::kSort) options.clip_of = clip_by_sort;
    add(timed_arm(run), options);
  }
  return arms;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double half_interval(const std::vector<double>& ratios) {
  std::vector<double> medians;
  const std::size_t block = std::max<std::size_t>(ratios.size() / kBlocks, 1);
  for (std::size_t begin = 0; begin + block <= ratios.size(); begin += block) {
    const auto first = ratios.begin() + static_cast<std::ptrdiff_t>(begin);
    medians.push_back(median({first, first + static_cast<std::ptrdiff_t>(block)}));
  }
  return milestones::mean_interval(medians).half;
}

}  // namespace

Timing measure_step_times(const Settings& settings, const std::string& text) {
  const auto arms = all_arms(settings);
  std::vector<std::vector<double>> ms(arms.size());
  for (std::int64_t round = 0; round < settings.timing_rounds; ++round) {
    for (std::size_t i = 0; i < arms.size(); ++i) {
      const std::size_t turn = (i + static_cast<std::size_t>(round)) % arms.size();
      ms[turn].push_back(arms[turn]->timed_step(text));
    }
  }
  Timing timing;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    std::vector<double> ratios;
    for (std::size_t r = 0; r < ms[i].size(); ++r) ratios.push_back(ms[i][r] / ms[0][r]);
    timing.arms.push_back({arms[i]->name(), median(ms[i]), median(ratios), half_interval(ratios)});
  }
  timing.arms[0].half = 0.0;
  return timing;
}

}  // namespace tinytorch::lab
