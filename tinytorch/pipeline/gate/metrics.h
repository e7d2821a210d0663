#pragma once
// How good predictions are, in the one number that a budget speaks of.
//
// Every metric is a function of sums over rows. So a set of rows drawn again and again, as the
// bootstrap draws them, costs additions and nothing else (bootstrap.h).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::pipeline {

// With p the predictions and t the targets, sums over all values:
enum class Metric {
  kPlcc,  // Pearson's linear correlation: cov(p, t) / √(var p · var t); p and t of one shape
  kTop1,  // share of rows of logits p [N, classes] whose largest value stands at label t [N]
  kBpb,   // bits per byte: Σp / (ln 2 · Σt), p the nats of each row, t its bytes, both [N]
  kRmse,  // √(Σ(p - t)² / count); one shape
  kSqnr,  // 10 · log10(Σt² / Σ(p - t)²) in dB, t the float model's outputs; +infinity when p = t
  kCosine,     // Σpt / √(Σp² · Σt²), t the float model's outputs
  kAgreement,  // share of rows whose largest values stand at one place in p and in t [N, classes]
};

// "plcc", "top1", "bpb", "rmse", "sqnr", "cosine", "agreement".
std::string_view name(Metric metric);
// Throws Error naming the metrics there are.
Metric metric_named(std::string_view name);

// PLCC, top-1, SQNR, cosine and agreement; bits per byte and RMSE are better when smaller.
bool larger_is_better(Metric metric);
// SQNR, cosine and agreement compare with the float model's outputs and need no labels.
bool needs_labels(Metric metric);

// What the metric keeps of some rows. Sums of several rows are added up.
struct MetricSums {
  std::array<double, 6> values{};
  MetricSums& operator+=(const MetricSums& other) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += other.values[i];
    return *this;
  }
};

// One for each row. Ties: the first of equals is the largest. Throws Error on a shape that does not
// fit, on targets that are not finite, not labels, or no positive number of bytes, and on
// predictions that are not finite: a model that answers NaN has no metric, good or bad.
std::vector<MetricSums> row_sums(Metric metric, const Tensor& predictions, const Tensor& targets);

// The metric of the rows behind `sums`. PLCC of constant predictions or targets is NaN, the cosine
// of an all-zero side too: whoever compares must ask (judge() refuses).
double metric_of(Metric metric, const MetricSums& sums);

// The metric of all rows. Throws Error as row_sums does, and where the metric has no value: on no
// rows, on the PLCC of constant predictions or targets, on the cosine or SQNR of all zeros.
double measure(Metric metric, const Tensor& predictions, const Tensor& targets);

// How much worse `value` is than `reference`, the float model's: positive is worse, NaN when either
// is. reference - value where larger is better, value - reference otherwise. For SQNR, of which the
// float model has infinitely much, the error relative to the signal: 10^(-value / 20), so that a
// drop of 0.01 means 40 dB.
double drop(Metric metric, double reference, double value);

}  // namespace tinytorch::pipeline
