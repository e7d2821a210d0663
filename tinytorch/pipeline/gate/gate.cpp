#include "tinytorch/pipeline/gate/gate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/figures.h"

namespace tinytorch::pipeline {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Which group each row belongs to, as a number.
struct Groups {
  std::vector<std::size_t> of_row;
  std::size_t count = 0;
};

Groups number_groups(const Fixture& fixture) {
  Groups groups;
  std::map<std::string, std::size_t> numbers;
  for (const std::string& name : fixture.groups) {
    groups.of_row.push_back(numbers.emplace(name, numbers.size()).first->second);
  }
  groups.count = numbers.size();
  return groups;
}

using GroupSums = std::vector<MetricSums>;

GroupSums by_group(const std::vector<MetricSums>& rows, const Groups& groups) {
  if (rows.size() != groups.of_row.size()) {
    throw Error(
        concat("the fixture has ", groups.of_row.size(), " rows, the predictions ", rows.size()));
  }
  GroupSums sums(groups.count);
  for (std::size_t row = 0; row < rows.size(); ++row) sums[groups.of_row[row]] += rows[row];
  return sums;
}

double resampled(Metric metric, const GroupSums& sums, std::span<const std::uint32_t> times) {
  MetricSums total;
  for (std::size_t g = 0; g < sums.size(); ++g) {
    for (std::size_t i = 0; i < total.values.size(); ++i) {
      total.values[i] += times[g] * sums[g].values[i];
    }
  }
  return metric_of(metric, total);
}

// What both models of a trial left of each group. Nothing of the int8 model when its predictions
// have no metric.
struct Measured {
  GroupSums in_float;
  GroupSums in_int8;
  std::string problem;  // empty: none
};

class Judge {
 public:
  explicit Judge(const GateQuestion& question)
      : question_(question), groups_(number_groups(question.fixture)) {
    require();
    draws_ = measure_all(question.draws);
    seeds_ = measure_all(question.seeds);
  }

  GateVerdict verdict() {
    verdict_.metric = question_.metric;
    verdict_.budget = question_.budget;
    verdict_.rows = static_cast<std::int64_t>(groups_.of_row.size());
    verdict_.groups = static_cast<std::int64_t>(groups_.count);
    verdict_.float_bytes = question_.float_bytes;
    verdict_.int8_bytes = question_.int8_bytes;
    verdict_.latency = question_.latency;
    measure_drops();
    check_trials("draws", "draws of the calibration set", verdict_.draws, question_.needed_draws);
    check_trials("seeds", "training seeds", verdict_.seeds, question_.needed_seeds);
    check_accuracy();
    check_bytes();
    for (const std::string& runtime : question_.needed_runtimes) check_latency(runtime);
    verdict_.pass = std::all_of(verdict_.checks.begin(), verdict_.checks.end(),
                                [](const GateCheck& check) { return check.pass; });
    return std::move(verdict_);
  }

 private:
  void require() const {
    const std::size_t rows = question_.fixture.groups.size();
    if (rows == 0) throw Error("gate: the fixture has no rows");
    if (question_.fixture.inputs.defined() &&
        question_.fixture.inputs.size(0) != static_cast<std::int64_t>(rows)) {
      throw Error(concat("gate: the fixture has ", question_.fixture.inputs.size(0), " rows and ",
                         rows, " groups; expected a group for each row"));
    }
    if (groups_.count < kFewestGroups) {
      throw Error(concat("gate: the fixture's ", rows, " rows come from ", groups_.count,
                         groups_.count == 1 ? " group" : " groups",
                         ", and the interval needs at "
                         "least ",
                         kFewestGroups,
                         ": hold out more photographs, clips, chapters or "
                         "images"));
    }
    if (question_.draws.empty() && question_.seeds.empty()) {
      throw Error("gate: no trials; expected draws of the calibration set and training seeds");
    }
    if (!(question_.budget >= 0.0) || !std::isfinite(question_.budget)) {
      throw Error(
          concat("gate: the budget must be finite and not negative, got ", question_.budget));
    }
  }

  Measured measure_trial(const Trial& trial) const {
    const Metric metric = question_.metric;
    const Tensor& targets =
        needs_labels(metric) ? question_.fixture.targets : trial.float_predictions;
    const std::vector<std::uint32_t> once(groups_.count, 1);
    Measured measured;
    at_place(concat("gate: the float model, ", trial.label), [&] {
      measured.in_float = by_group(row_sums(metric, trial.float_predictions, targets), groups_);
      if (std::isnan(resampled(metric, measured.in_float, once))) {
        throw Error(concat(std::string(name(metric)),
                           " has no value: its predictions or the "
                           "targets are constant"));
      }
    });
    try {
      measured.in_int8 = by_group(row_sums(metric, trial.predictions, targets), groups_);
      if (std::isnan(resampled(metric, measured.in_int8, once))) {
        throw Error(concat(std::string(name(metric)), " has no value: predictions are constant"));
      }
    } catch (const Error& error) {
      measured.problem = concat(trial.label, ": ", error.what());
    }
    return measured;
  }

  std::vector<Measured> measure_all(const std::vector<Trial>& trials) const {
    std::vector<Measured> all;
    for (const Trial& trial : trials) all.push_back(measure_trial(trial));
    return all;
  }

  double drop_of(const Measured& trial, std::span<const std::uint32_t> times) const {
    if (!trial.problem.empty()) return kNone;
    return drop(question_.metric, resampled(question_.metric, trial.in_float, times),
                resampled(question_.metric, trial.in_int8, times));
  }

  Interval interval_of(const std::vector<Measured>& trials) const {
    const FigureOf figure = [&](std::size_t trial, std::span<const std::uint32_t> times) {
      return drop_of(trials[trial], times);
    };
    Interval interval = bootstrap(groups_.count, trials.size(), figure, question_.bootstrap);
    if (std::isnan(interval.estimate)) interval.estimate = kInfinity;
    return interval;
  }

  Spread spread_of(const std::vector<Measured>& trials) const {
    if (trials.empty()) return {};
    const std::vector<std::uint32_t> once(groups_.count, 1);
    std::vector<double> drops;
    for (const Measured& trial : trials) {
      const double one = drop_of(trial, once);
      drops.push_back(std::isnan(one) ? kInfinity : one);
    }
    std::sort(drops.begin(), drops.end());
    const std::size_t middle = drops.size() / 2;
    const double median =
        drops.size() % 2 == 1 ? drops[middle] : 0.5 * (drops[middle - 1] + drops[middle]);
    return {static_cast<std::int64_t>(drops.size()), drops.front(), median, drops.back()};
  }

  // Of the first trial alone: the models that ship.
  Interval metric_interval(const Measured& shipped, const GroupSums& sums) const {
    if (sums.empty() || !shipped.problem.empty()) return {kNone, kNone, kNone};
    return bootstrap(
        groups_.count, 1,
        [&](std::size_t, std::span<const std::uint32_t> times) {
          return resampled(question_.metric, sums, times);
        },
        question_.bootstrap);
  }

  void measure_drops() {
    verdict_.draws = spread_of(draws_);
    verdict_.seeds = spread_of(seeds_);
    if (!draws_.empty()) verdict_.by_draw = interval_of(draws_);
    if (!seeds_.empty()) verdict_.by_seed = interval_of(seeds_);
    if (draws_.empty()) verdict_.by_draw = verdict_.by_seed;
    if (seeds_.empty()) verdict_.by_seed = verdict_.by_draw;
    verdict_.drop = {verdict_.by_draw.estimate,
                     std::min(verdict_.by_draw.low, verdict_.by_seed.low),
                     std::max(verdict_.by_draw.high, verdict_.by_seed.high)};
    const Measured& shipped = draws_.empty() ? seeds_.front() : draws_.front();
    verdict_.float_metric = bootstrap_float(shipped);
    verdict_.int8_metric = metric_interval(shipped, shipped.in_int8);
  }

  Interval bootstrap_float(const Measured& shipped) const {
    Measured as_if_fine = shipped;
    as_if_fine.problem.clear();
    return metric_interval(as_if_fine, shipped.in_float);
  }

  void add(std::string name, bool pass, std::string why) {
    verdict_.checks.push_back({std::move(name), pass, std::move(why)});
  }

  void check_trials(const char* name, const char* what, const Spread& spread, std::int64_t needed) {
    const bool pass = spread.trials >= needed;
    add(name, pass,
        concat(spread.trials, " ", what, pass ? ", at least " : "; needed are ", needed,
               pass ? " needed" : ""));
  }

  void check_accuracy() {
    std::string problems;
    for (const auto* trials : {&draws_, &seeds_}) {
      for (const Measured& trial : *trials) {
        if (problems.empty()) problems = trial.problem;
      }
    }
    const bool pass = verdict_.drop.high <= question_.budget;
    const std::string confidence = figure(100.0 * question_.bootstrap.confidence);
    add("accuracy", pass,
        concat("the drop of ", std::string(name(question_.metric)), " is at most ",
               figure(verdict_.drop.high), " with ", confidence, " % confidence, ",
               pass ? "within" : "above", " the budget of ", figure(question_.budget),
               problems.empty() ? "" : concat(" (", problems, ")")));
  }

  void check_bytes() {
    const std::int64_t now = question_.int8_bytes;
    const std::int64_t before = question_.float_bytes;
    if (now <= 0 || before <= 0) {
      add("bytes", false,
          concat("the sizes of the files were not measured, got ", before, " and ", now, " bytes"));
    } else if (now >= before) {
      add("bytes", false, concat(now, " bytes are no fewer than the float file's ", before));
    } else if (question_.most_bytes && now > *question_.most_bytes) {
      add("bytes", false, concat(now, " bytes are above the budget of ", *question_.most_bytes));
    } else {
      add("bytes", true, concat(now, " bytes instead of ", before));
    }
  }

  void check_latency(const std::string& runtime) {
    const std::string check = concat("latency in ", runtime);
    const auto found =
        std::find_if(question_.latency.begin(), question_.latency.end(),
                     [&](const PairedLatency& one) { return one.runtime == runtime; });
    if (found == question_.latency.end()) {
      add(check, false, concat("not measured in ", runtime));
      return;
    }
    const PairedLatency& of = *found;
    const std::string figures =
        concat("int8 takes ", figure(of.ratio.estimate), " (", figure(of.ratio.low), " to ",
               figure(of.ratio.high), ") of the float model's time, ", microseconds(of.int8_ns),
               " against ", microseconds(of.float_ns));
    if (of.machine_busy) {
      add(check, false,
          concat("machine busy: wall time exceeded processor time by ", figure(100.0 * of.busy),
                 " %; measure again on a quiet machine (", figures, ")"));
      return;
    }
    // Written so that NaN fails.
    const bool pass = of.ratio.high <= question_.most_latency_ratio;
    add(check, pass,
        concat(figures, pass ? ", within " : "; at most ", figure(question_.most_latency_ratio),
               pass ? "" : " may pass"));
  }

  const GateQuestion& question_;
  Groups groups_;
  std::vector<Measured> draws_;
  std::vector<Measured> seeds_;
  GateVerdict verdict_;
};

}  // namespace

double default_budget(std::string_view mode) {
  if (mode == "dynamic") return kDynamicBudget;
  if (mode == "static" || mode == "repaired") return kStaticBudget;
  if (mode == "qat") return kQatBudget;
  throw Error(concat("gate: no default budget for mode \"", std::string(mode),
                     "\"; there are dynamic, static, repaired and qat"));
}

GateVerdict judge(const GateQuestion& question) { return Judge(question).verdict(); }

}  // namespace tinytorch::pipeline
