#include "tinytorch/pipeline/data/model_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/pipeline/data/sources.h"

namespace tinytorch::pipeline {
namespace {

void require_apart(const Recipe& recipe, const ModelData& data) {
  if (data.train->size() == 0 || data.fixture_groups.empty())
    throw Error(concat(recipe.file, ": the training set or the fixture is empty"));
  const std::set<std::string> train(data.train_groups.begin(), data.train_groups.end());
  for (const std::string& group : data.fixture_groups) {
    if (train.contains(group))
      throw Error(concat(recipe.file, ": ", group, " stands in the training set and the fixture"));
  }
}

}  // namespace

ModelData load_data(const Recipe& recipe) {
  ModelData data;
  switch (recipe.data.set) {
    case DataSetName::kDigits:
      data = load_digit_images(recipe);
      break;
    case DataSetName::kFashionMnist:
      data = load_fashion_images(recipe);
      break;
    case DataSetName::kPhotos:
      data = load_photos(recipe);
      break;
    case DataSetName::kTinyVmaf:
      data = load_tiny_vmaf(recipe);
      break;
    case DataSetName::kMobyDick:
      data = load_text(recipe);
      break;
    case DataSetName::kFile:
      data = load_file(recipe);
      break;
  }
  if (!data.fixture_raw.defined()) data.fixture_raw = data.fixture_inputs;
  require_apart(recipe, data);
  return data;
}

std::vector<std::string> held_out(const std::vector<std::string>& groups, const DataSpec& data) {
  const std::set<std::string> different(groups.begin(), groups.end());
  const std::vector<std::string> names(different.begin(), different.end());
  const auto count = static_cast<std::int64_t>(names.size());
  if (count < 2)
    throw Error(concat("the data has ", count, " groups, expected 2 or more to split"));
  if (data.folds > count)
    throw Error(concat("data.folds is ", data.folds, ", and the data has ", count, " groups"));
  std::vector<std::int64_t> order(names.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Rng rng(kDataSeed);
  rng.shuffle(order);
  std::int64_t begin = 0;
  std::int64_t end = std::clamp<std::int64_t>(
      std::llround(data.holdout * static_cast<double>(count)), 1, count - 1);
  if (data.folds > 0) {
    begin = data.fold * count / data.folds;
    end = (data.fold + 1) * count / data.folds;
  }
  std::vector<std::string> chosen;
  for (std::int64_t i = begin; i < end; ++i)
    chosen.push_back(names[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<std::int64_t> some_rows(std::int64_t count, std::int64_t most, std::uint64_t seed) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  if (most <= 0 || most >= count) return rows;
  Rng rng(seed);
  rng.shuffle(rows);
  rows.resize(static_cast<std::size_t>(most));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Tensor rows_of(const Tensor& values, const std::vector<std::int64_t>& rows) {
  const std::int64_t width = values.numel() / std::max<std::int64_t>(values.size(0), 1);
  std::vector<std::int64_t> sizes = {static_cast<std::int64_t>(rows.size())};
  for (std::int64_t d = 1; d < values.ndim(); ++d) sizes.push_back(values.size(d));
  std::vector<float> copied;
  copied.reserve(rows.size() * static_cast<std::size_t>(width));
  for (const std::int64_t row : rows) {
    const auto from = values.data().subspan(static_cast<std::size_t>(row * width),
                                            static_cast<std::size_t>(width));
    copied.insert(copied.end(), from.begin(), from.end());
  }
  return {Shape(sizes), std::move(copied)};
}

std::vector<std::int64_t> calibration_rows(const ModelData& data, std::int64_t count,
                                           std::uint64_t draw) {
  return some_rows(data.train->size(), count, kDataSeed + 1 + draw);
}

}  // namespace tinytorch::pipeline
