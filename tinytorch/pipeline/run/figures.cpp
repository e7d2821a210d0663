#include "tinytorch/pipeline/run/figures.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/metrics.h"

namespace tinytorch::pipeline {
namespace {

// −ln of what the model gave the bytes that came, summed over each row: logits [N, T, classes].
Tensor nats(const Tensor& logits, const Tensor& labels) {
  const std::int64_t classes = logits.size(logits.ndim() - 1);
  const std::int64_t tokens = labels.numel() / labels.size(0);
  std::vector<float> rows(static_cast<std::size_t>(labels.size(0)));
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    const auto row = logits.data().subspan(static_cast<std::size_t>(i * classes),
                                           static_cast<std::size_t>(classes));
    const double most = *std::max_element(row.begin(), row.end());
    double sum = 0.0;
    for (const float v : row) sum += std::exp(v - most);
    const auto label = static_cast<std::size_t>(labels.data()[static_cast<std::size_t>(i)]);
    rows[static_cast<std::size_t>(i / tokens)] +=
        static_cast<float>(most + std::log(sum) - row[label]);
  }
  return {Shape{labels.size(0)}, std::move(rows)};
}

}  // namespace

Metric metric_of_recipe(MetricName wanted) {
  return metric_named(kMetricNames[static_cast<std::size_t>(wanted)]);
}

Tensor answers(const Job& job, const Tensor& predictions) {
  if (job.recipe.budget.metric != MetricName::kBpb) return predictions;
  return nats(predictions, job.data.fixture_targets);
}

Fixture fixture_of(const Job& job) {
  Fixture fixture{job.data.fixture_raw, job.data.fixture_targets, job.data.fixture_groups};
  if (job.recipe.budget.metric == MetricName::kBpb) {
    const Tensor& labels = job.data.fixture_targets;
    const std::int64_t tokens = labels.numel() / labels.size(0);
    fixture.targets = Tensor::full(Shape{labels.size(0)}, static_cast<float>(tokens));
  }
  return fixture;
}

double metric_on(const Job& job, const Tensor& answers) {
  return measure(metric_of_recipe(job.recipe.budget.metric), answers, fixture_of(job).targets);
}

}  // namespace tinytorch::pipeline
