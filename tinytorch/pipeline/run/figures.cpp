#include "tinytorch/pipeline/run/figures.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/metrics.h"

namespace tinytorch::pipeline {
namespace {

double correlation(std::span<const float> a, std::span<const float> b) {
  const auto n = static_cast<double>(a.size());
  double ma = 0.0;
  double mb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ma += a[i] / n;
    mb += b[i] / n;
  }
  double ab = 0.0;
  double aa = 0.0;
  double bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

double top1(const Tensor& logits, const Tensor& labels) {
  const std::int64_t classes = logits.size(logits.ndim() - 1);
  const auto values = logits.data();
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    const auto row =
        values.subspan(static_cast<std::size_t>(i * classes), static_cast<std::size_t>(classes));
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    if (best == static_cast<std::int64_t>(labels.data()[static_cast<std::size_t>(i)])) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(labels.numel());
}

// Bits a byte: −log₂ of what the model gave the byte that came.
double bits_per_byte(const Tensor& logits, const Tensor& labels) {
  const std::int64_t classes = logits.size(logits.ndim() - 1);
  double nats = 0.0;
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    const auto row = logits.data().subspan(static_cast<std::size_t>(i * classes),
                                           static_cast<std::size_t>(classes));
    const double most = *std::max_element(row.begin(), row.end());
    double sum = 0.0;
    for (const float v : row) sum += std::exp(v - most);
    const auto label = static_cast<std::size_t>(labels.data()[static_cast<std::size_t>(i)]);
    nats += most + std::log(sum) - row[label];
  }
  return nats / std::log(2.0) / static_cast<double>(labels.numel());
}

double rmse(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

}  // namespace

bool larger_is_better(MetricName metric) {
  return metric != MetricName::kBpb && metric != MetricName::kRmse;
}

double metric_of(MetricName metric, const Tensor& predictions, const Tensor& targets) {
  switch (metric) {
    case MetricName::kPlcc:
      return correlation(predictions.data(), targets.data());
    case MetricName::kTop1:
      return top1(predictions, targets);
    case MetricName::kBpb:
      return bits_per_byte(predictions, targets);
    case MetricName::kRmse:
      return rmse(predictions.data(), targets.data());
    case MetricName::kSqnr:
      return measure(Metric::kSqnr, predictions, targets);
    case MetricName::kCosine:
      return measure(Metric::kCosine, predictions, targets);
    case MetricName::kAgreement:
      return measure(Metric::kAgreement, predictions, targets);
  }
  throw std::logic_error("an unknown metric");
}

double drop_of(MetricName metric, const Sample& sample, const Tensor& targets) {
  if (metric == MetricName::kSqnr)  // of which the float model has infinitely much
    return drop(Metric::kSqnr, HUGE_VAL, metric_of(metric, sample.predictions, targets));
  const double sign = larger_is_better(metric) ? 1.0 : -1.0;
  return sign * (metric_of(metric, sample.float_predictions, targets) -
                 metric_of(metric, sample.predictions, targets));
}

}  // namespace tinytorch::pipeline
