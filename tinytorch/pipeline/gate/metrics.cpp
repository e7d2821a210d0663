#include "tinytorch/pipeline/gate/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

#include "tinytorch/core/error.h"

namespace tinytorch::pipeline {
namespace {

struct Entry {
  Metric metric;
  std::string_view name;
  bool larger_is_better;
  bool needs_labels;
};
constexpr Entry kMetrics[] = {
    {Metric::kPlcc, "plcc", true, true},
    {Metric::kTop1, "top1", true, true},
    {Metric::kBpb, "bpb", false, true},
    {Metric::kRmse, "rmse", false, true},
    {Metric::kSqnr, "sqnr", true, false},
    {Metric::kCosine, "cosine", true, false},
    {Metric::kAgreement, "agreement", true, false},
};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

const Entry& entry(Metric metric) { return kMetrics[static_cast<std::size_t>(metric)]; }

using Row = std::span<const float>;

std::size_t largest(Row row) {
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

// Place of the sums: 0 count, 1 Σp, 2 Σt, 3 Σp², 4 Σt², 5 Σpt; of errors: 0 count, 1 Σ(p-t)²,
// 4 Σt²; of shares: 0 rows, 1 hits; of bits per byte: 1 nats, 2 bytes.
MetricSums moments(Row p, Row t, double p_centre, double t_centre) {
  MetricSums sums;
  auto& [count, sum_p, sum_t, sum_pp, sum_tt, sum_pt] = sums.values;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double x = p[i] - p_centre;
    const double y = t[i] - t_centre;
    count += 1.0;
    sum_p += x;
    sum_t += y;
    sum_pp += x * x;
    sum_tt += y * y;
    sum_pt += x * y;
  }
  return sums;
}

MetricSums errors(Row p, Row t) {
  MetricSums sums;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double error = static_cast<double>(p[i]) - static_cast<double>(t[i]);
    sums.values[0] += 1.0;
    sums.values[1] += error * error;
    sums.values[4] += static_cast<double>(t[i]) * static_cast<double>(t[i]);
  }
  return sums;
}

MetricSums share(bool hit) { return {{1.0, hit ? 1.0 : 0.0}}; }

MetricSums label_hit(Row p, Row t, std::size_t row) {
  const double label = t[0];
  if (label != std::floor(label) || label < 0.0 || label >= static_cast<double>(p.size())) {
    throw Error(concat("metric top1: label ", label, " of row ", row, " is none of the ", p.size(),
                       " classes"));
  }
  return share(largest(p) == static_cast<std::size_t>(label));
}

MetricSums bits(Row p, Row t, std::size_t row) {
  if (t[0] <= 0.0f) {
    throw Error(concat("metric bpb: row ", row, " has ", t[0], " bytes; expected at least one"));
  }
  return {{1.0, static_cast<double>(p[0]), static_cast<double>(t[0])}};
}

double mean(Row values) {
  double sum = 0.0;
  for (const float value : values) sum += value;
  return sum / static_cast<double>(std::max<std::size_t>(values.size(), 1));
}

void require_finite(Metric metric, Row values, const char* what) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw Error(concat("metric ", std::string(name(metric)), ": ", what, " hold ", values[i],
                       " at element ", i, "; every one must be finite"));
  }
}

// Labels and bytes: one a row. Everything else compares value by value.
bool one_target_a_row(Metric metric) { return metric == Metric::kTop1 || metric == Metric::kBpb; }

// Rows of `predictions`. Throws Error unless the shapes fit the metric.
std::int64_t rows_of(Metric metric, const Tensor& predictions, const Tensor& targets) {
  const auto refuse = [&](const char* wanted) {
    throw Error(concat("metric ", std::string(name(metric)), ": predictions ",
                       to_string(predictions.shape()), ", targets ", to_string(targets.shape()),
                       ": expected ", wanted));
  };
  if (predictions.ndim() < 1 || targets.ndim() < 1 || predictions.size(0) < 1) {
    refuse("at least one row on both sides");
  }
  const std::int64_t rows = predictions.size(0);
  const bool classes = metric == Metric::kTop1 || metric == Metric::kAgreement;
  if (targets.size(0) != rows) refuse("as many rows on both sides");
  if (classes && predictions.ndim() != 2) refuse("logits [rows, classes]");
  if (metric == Metric::kBpb && predictions.numel() != rows) refuse("one number a row, its nats");
  if (targets.numel() != (one_target_a_row(metric) ? rows : predictions.numel())) {
    refuse(one_target_a_row(metric) ? "one target a row" : "as many values on both sides");
  }
  if (predictions.numel() == 0) refuse("at least one value a row");
  return rows;
}

}  // namespace

std::string_view name(Metric metric) { return entry(metric).name; }
bool larger_is_better(Metric metric) { return entry(metric).larger_is_better; }
bool needs_labels(Metric metric) { return entry(metric).needs_labels; }

Metric metric_named(std::string_view name) {
  std::string known;
  for (const Entry& one : kMetrics) {
    if (one.name == name) return one.metric;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  throw Error(concat("metric \"", std::string(name), "\" is unknown; there are ", known));
}

std::vector<MetricSums> row_sums(Metric metric, const Tensor& predictions, const Tensor& targets) {
  const auto rows = static_cast<std::size_t>(rows_of(metric, predictions, targets));
  const Row p = predictions.data();
  const Row t = targets.data();
  require_finite(metric, p, "predictions");
  require_finite(metric, t, "targets");
  // Correlation does not change with the origin; sums near 0 keep their digits.
  const bool centred = metric == Metric::kPlcc;
  const double p_centre = centred ? mean(p) : 0.0;
  const double t_centre = centred ? mean(t) : 0.0;
  std::vector<MetricSums> sums(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const Row of_p = p.subspan(row * (p.size() / rows), p.size() / rows);
    const Row of_t = t.subspan(row * (t.size() / rows), t.size() / rows);
    switch (metric) {
      case Metric::kPlcc:
      case Metric::kCosine:
        sums[row] = moments(of_p, of_t, p_centre, t_centre);
        break;
      case Metric::kRmse:
      case Metric::kSqnr:
        sums[row] = errors(of_p, of_t);
        break;
      case Metric::kTop1:
        sums[row] = label_hit(of_p, of_t, row);
        break;
      case Metric::kAgreement:
        sums[row] = share(largest(of_p) == largest(of_t));
        break;
      case Metric::kBpb:
        sums[row] = bits(of_p, of_t, row);
        break;
    }
  }
  return sums;
}

double metric_of(Metric metric, const MetricSums& sums) {
  const auto& [count, sum_p, sum_t, sum_pp, sum_tt, sum_pt] = sums.values;
  switch (metric) {
    case Metric::kPlcc: {
      const double p = sum_pp - sum_p * sum_p / count;
      const double t = sum_tt - sum_t * sum_t / count;
      // What cancellation leaves of a constant is not a variance.
      constexpr double kNoise = 1e-13;
      if (!(p > kNoise * sum_pp) || !(t > kNoise * sum_tt)) return kNone;
      return std::clamp((sum_pt - sum_p * sum_t / count) / std::sqrt(p * t), -1.0, 1.0);
    }
    case Metric::kCosine: {
      if (!(sum_pp > 0.0) || !(sum_tt > 0.0)) return kNone;
      return std::clamp(sum_pt / std::sqrt(sum_pp * sum_tt), -1.0, 1.0);
    }
    case Metric::kRmse:
      return count > 0.0 ? std::sqrt(sum_p / count) : kNone;
    case Metric::kSqnr:
      if (!(sum_tt > 0.0)) return kNone;
      return 10.0 * std::log10(sum_tt / sum_p);
    case Metric::kBpb:
      return sum_t > 0.0 ? sum_p / (std::numbers::ln2 * sum_t) : kNone;
    case Metric::kTop1:
    case Metric::kAgreement:
      return count > 0.0 ? sum_p / count : kNone;
  }
  return kNone;
}

double measure(Metric metric, const Tensor& predictions, const Tensor& targets) {
  MetricSums total;
  for (const MetricSums& row : row_sums(metric, predictions, targets)) total += row;
  const double value = metric_of(metric, total);
  if (std::isnan(value)) {
    throw Error(concat("metric ", std::string(name(metric)),
                       ": constant predictions or targets have no value of it"));
  }
  return value;
}

double drop(Metric metric, double reference, double value) {
  if (std::isnan(reference) || std::isnan(value)) return kNone;
  if (metric == Metric::kSqnr) return std::pow(10.0, -value / 20.0);
  return larger_is_better(metric) ? reference - value : value - reference;
}

}  // namespace tinytorch::pipeline
