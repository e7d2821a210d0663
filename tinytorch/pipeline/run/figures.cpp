#include "tinytorch/pipeline/run/figures.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/metrics.h"

namespace tinytorch::pipeline {
namespace {

// What the gate wants of a run that is to be believed.
constexpr std::int64_t kNeededDraws = 20;
constexpr std::int64_t kNeededSeeds = 5;

double budget_of(const BudgetSpec& budget, Form form) {
  if (form == Form::kDynamic) return budget.drop_dynamic;
  return form == Form::kQat ? budget.drop_qat : budget.drop_static;
}

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

bool is_calibrated(Form form) { return form == Form::kStatic || form == Form::kRepaired; }

GateQuestion question_of(const Job& job, const FormFigures& figures, Fixture fixture) {
  const BudgetSpec& budget = job.recipe.budget;
  const SeedSpec& seeds = job.recipe.seeds;
  GateQuestion question;
  question.fixture = std::move(fixture);
  question.metric = metric_of_recipe(budget.metric);
  question.budget = budget_of(budget, figures.form);
  question.draws = figures.draws;
  question.seeds = figures.seeds;
  // Where nothing is trained, there is one float model.
  const bool one = job.smoke || job.recipe.data.set == DataSetName::kFile;
  question.needed_seeds = one ? seeds.training : kNeededSeeds;
  question.needed_draws = job.smoke ? seeds.calibration : kNeededDraws;
  if (!is_calibrated(figures.form)) question.needed_draws = 0;
  if (budget.bytes > 0) question.most_bytes = budget.bytes;
  question.most_latency_ratio = budget.latency_ratio;
  // A smoke run is no measurement: it shares its machine with whatever else CI does.
  if (job.smoke || budget.latency_ratio == 0.0) question.needed_runtimes.clear();
  return question;
}

double metric_on(const Job& job, const Tensor& answers) {
  return measure(metric_of_recipe(job.recipe.budget.metric), answers, fixture_of(job).targets);
}

}  // namespace tinytorch::pipeline
