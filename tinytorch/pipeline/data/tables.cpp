// Features of video frames, and the score that a model of others gave them. The split is by
// clip, pieces of one video together.

#include <algorithm>
#include <cmath>
#include <set>

#include "tinytorch/core/error.h"
#include "tinytorch/data/csv.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/data/sources.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::array kFeatures = {"adm2",       "vif_scale0", "vif_scale1",
                                  "vif_scale2", "vif_scale3", "motion2"};
constexpr auto kWidth = static_cast<std::int64_t>(kFeatures.size());

Scaler scaler_of(const Tensor& x) {
  Scaler scaler;
  const auto n = static_cast<double>(x.size(0));
  for (std::int64_t f = 0; f < kWidth; ++f) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      const double v = x.data()[static_cast<std::size_t>(i * kWidth + f)];
      sum += v;
      squares += v * v;
    }
    const double mean = sum / n;
    const double variance = std::max(squares / n - mean * mean, 1e-12);
    scaler.mean.push_back(static_cast<float>(mean));
    scaler.deviation.push_back(static_cast<float>(std::sqrt(variance)));
  }
  return scaler;
}

void standardize(Tensor& x, const Scaler& scaler) {
  const auto values = x.data();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t f = i % static_cast<std::size_t>(kWidth);
    values[i] = (values[i] - scaler.mean[f]) / scaler.deviation[f];
  }
}

// Clips "vtest_00" and "vtest_08" are pieces of one video: the name without its number.
std::string source_of(const std::string& clip) {
  const std::size_t end = clip.find_last_not_of("0123456789");
  const bool numbered = end != std::string::npos && end + 1 < clip.size() && clip[end] == '_';
  return numbered ? clip.substr(0, end) : clip;
}

struct Rows {
  std::vector<float> inputs;
  std::vector<float> targets;
  std::vector<std::string> groups;
};

Tensor tensor_of(std::vector<float> values, std::int64_t width) {
  const auto rows = static_cast<std::int64_t>(values.size()) / width;
  return {Shape{rows, width}, std::move(values)};
}

void keep(Rows& rows, std::int64_t most, std::uint64_t seed) {
  const auto chosen = some_rows(static_cast<std::int64_t>(rows.groups.size()), most, seed);
  Rows kept;
  for (const std::int64_t row : chosen) {
    const auto r = static_cast<std::size_t>(row);
    kept.inputs.insert(kept.inputs.end(), rows.inputs.begin() + row * kWidth,
                       rows.inputs.begin() + (row + 1) * kWidth);
    kept.targets.push_back(rows.targets[r]);
    kept.groups.push_back(rows.groups[r]);
  }
  rows = std::move(kept);
}

}  // namespace

ModelData load_tiny_vmaf(const Recipe& recipe) {
  const auto table = data::CsvTable::read(data::find_data_file("tiny_vmaf/vmaf_table.csv.gz"),
                                          {.has_header = true});
  std::vector<std::string> clips;
  for (std::int64_t i = 0; i < table.rows(); ++i)
    clips.push_back(source_of(table.text(i, table.column("clip"))));
  const auto names = held_out(clips, recipe.data);
  const std::set<std::string> judged(names.begin(), names.end());
  const std::int64_t score = table.column("vmaf");
  Rows taught;
  Rows held;
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    Rows& to = judged.contains(clips[static_cast<std::size_t>(i)]) ? held : taught;
    for (const char* feature : kFeatures) {
      // The first frame of a clip has no motion, and its cell is empty.
      const std::int64_t column = table.column(feature);
      to.inputs.push_back(table.text(i, column).empty() ? 0.0f : table.number(i, column));
    }
    to.targets.push_back(table.number(i, score) / 100.0f);
    to.groups.push_back(clips[static_cast<std::size_t>(i)]);
  }
  keep(taught, recipe.data.examples, kDataSeed);
  keep(held, recipe.data.fixture, kDataSeed + 1);
  ModelData result;
  Tensor inputs = tensor_of(std::move(taught.inputs), kWidth);
  result.scaler = scaler_of(inputs);
  standardize(inputs, *result.scaler);
  result.train =
      std::make_shared<data::TensorDataset>(inputs, tensor_of(std::move(taught.targets), 1));
  result.train_groups = std::move(taught.groups);
  result.fixture_inputs = tensor_of(std::move(held.inputs), kWidth);
  result.fixture_raw = result.fixture_inputs.clone();
  standardize(result.fixture_inputs, *result.scaler);
  result.fixture_targets = tensor_of(std::move(held.targets), 1);
  result.fixture_groups = std::move(held.groups);
  result.target = "VMAF / 100, as vmaf_v0.6.1 gave it: distillation, no human opinion";
  return result;
}

}  // namespace tinytorch::pipeline
