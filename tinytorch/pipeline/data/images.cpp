// Digits and clothes: images with a label each.

#include <map>

#include "tinytorch/core/error.h"
#include "tinytorch/data/digits.h"
#include "tinytorch/data/fashion_mnist.h"
#include "tinytorch/data/split.h"
#include "tinytorch/pipeline/data/sources.h"

namespace tinytorch::pipeline {
namespace {

Tensor label_values(const std::vector<std::int64_t>& labels) {
  std::vector<float> values(labels.begin(), labels.end());
  return {Shape{static_cast<std::int64_t>(labels.size())}, std::move(values)};
}

// The same share of every class: the first images of a set need not be balanced.
std::vector<std::int64_t> balanced(const data::TensorDataset& set, std::int64_t most) {
  std::vector<std::int64_t> rows;
  if (most <= 0 || most >= set.size()) return some_rows(set.size(), 0, 0);
  const double share = static_cast<double>(most) / static_cast<double>(set.size());
  Rng rng(kDataSeed);
  return data::stratified_split(set.labels(), share, rng).test;
}

ModelData image_data(const data::TensorDataset& train, const data::TensorDataset& fixture,
                     const std::string& name, std::int64_t side, const Recipe& recipe) {
  const data::TensorDataset taught = train.subset(balanced(train, recipe.data.examples));
  const data::TensorDataset judged = fixture.subset(balanced(fixture, recipe.data.fixture));
  ModelData result;
  const auto images = [&](const data::TensorDataset& set) {
    return set.inputs().view(Shape{set.size(), 1, side, side});
  };
  result.train = std::make_shared<data::TensorDataset>(images(taught), taught.labels());
  result.fixture_inputs = images(judged);
  result.fixture_targets = label_values(judged.labels());
  for (std::int64_t i = 0; i < taught.size(); ++i)
    result.train_groups.push_back(concat(name, " training image ", i));
  for (std::int64_t i = 0; i < judged.size(); ++i)
    result.fixture_groups.push_back(concat(name, " test image ", i));
  result.target = "the class, 0 to 9";
  return result;
}

}  // namespace

ModelData load_digit_images(const Recipe& recipe) {
  const data::TensorDataset all = data::load_digits();
  Rng rng(kDataSeed);
  const auto split = data::stratified_split(all.labels(), recipe.data.holdout, rng);
  return image_data(all.subset(split.train), all.subset(split.test), "digits", 8, recipe);
}

ModelData load_fashion_images(const Recipe& recipe) {
  const data::FashionMnist set = data::load_fashion_mnist();
  return image_data(set.train, set.test, "fashion", 28, recipe);
}

}  // namespace tinytorch::pipeline
