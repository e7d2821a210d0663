#include "tinytorch/pipeline/recipe/read_recipe.h"

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/recipe/detail/yaml_fields.h"
#include "tinytorch/pipeline/recipe/fields.h"
#include "tinytorch/registry/sha256.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

// A file of inputs alone: nothing can be learned from it, and what is judged is how well the
// integers agree with the float model.
void require_file_fits(const Recipe& r, const YamlFields& where) {
  const bool is_file = r.data.set == DataSetName::kFile;
  if (is_file == r.data.file.empty()) {
    where.fail({"data"}, is_file ? "set file needs data.file" : "data.file belongs to set file");
  }
  const MetricName metric = r.budget.metric;
  const bool agrees = metric == MetricName::kSqnr || metric == MetricName::kCosine ||
                      metric == MetricName::kAgreement;
  if (is_file != agrees) {
    where.fail({"budget", "metric"},
               is_file ? "set file has no targets: expected sqnr, cosine or agreement"
                       : "sqnr, cosine and agreement compare with the float model's outputs; they "
                         "belong to data.set file");
  }
  if (is_file && r.quantize.mode != Mode::kStatic && r.quantize.mode != Mode::kDynamic) {
    where.fail({"quantize", "mode"},
               "set file has no targets to train on: expected static or dynamic");
  }
}

// What single values cannot say of themselves.
void require_consistent(const Recipe& r, const YamlFields& where) {
  const bool named = r.model.architecture != Architecture::kNone;
  const int ways = int{named} + int{!r.model.layers.empty()} + int{!r.model.file.empty()};
  if (ways != 1) {
    where.fail({"model"},
               ways == 0 ? "model has neither architecture nor layers nor a file, expected one "
                           "of them"
                         : "model has more than one of architecture, layers and file");
  }
  if (!named && !r.model.widths.empty())
    where.fail({"model", "widths"}, "widths belong to an architecture, and model has layers");
  if (r.data.folds > 0 && r.data.fold >= r.data.folds) {
    where.fail({"data", "fold"}, concat("fold ", r.data.fold, " of ", r.data.folds,
                                        " folds, expected 0 to ", r.data.folds - 1));
  }
  if (r.data.cross_validate && r.data.folds < 2) {
    where.fail({"data", "cross_validate"},
               concat("cross_validate needs data.folds of 2 or more, got ", r.data.folds));
  }
  if (r.data.folds == 1)
    where.fail({"data", "folds"}, "1 fold holds everything out; expected 2 or more");
  if (r.qat.quantize_from > r.qat.epochs) {
    where.fail({"qat", "quantize_from"},
               concat("quantize_from ", r.qat.quantize_from, " is behind the last of ",
                      r.qat.epochs, " epochs: nothing would be quantized"));
  }
  const auto& widths = r.quantize.sensitivity.widths;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (i > 0 && widths[i] >= widths[i - 1])
      where.fail({"quantize", "sensitivity", "widths"}, "widths must descend, as in [8, 6, 4]");
  }
  if (widths.empty())
    where.fail({"quantize", "sensitivity", "widths"}, "widths is empty, expected [8, 6, 4], say");
  require_file_fits(r, where);
  if (r.data.set == DataSetName::kFile) return;
  const bool labels = r.train.loss == Loss::kCrossEntropy;
  const bool has_labels = r.data.set == DataSetName::kDigits ||
                          r.data.set == DataSetName::kFashionMnist ||
                          r.data.set == DataSetName::kMobyDick;
  if (labels != has_labels) {
    where.fail(
        {"train", "loss"},
        concat("loss ", kLossNames[static_cast<std::size_t>(r.train.loss)], " does not fit ",
               kDataSetNames[static_cast<std::size_t>(r.data.set)], ", which has ",
               has_labels ? "labels: expected cross_entropy" : "targets: expected mse or l1"));
  }
}

}  // namespace

Recipe parse_recipe(const std::string& text, const std::string& name) {
  Recipe recipe;
  YamlFields fields(text, name);
  fields.check_keys([](Fields& f, Recipe& r) { describe_recipe(f, r); });
  describe_recipe(fields, recipe);
  require_consistent(recipe, fields);
  if (recipe.data.set == DataSetName::kFile) {  // there is nothing to train on
    recipe.train.epochs = 0;
    recipe.seeds.training = 1;
  }
  recipe.file = name;
  recipe.hash = registry::sha256_hex(text);
  return recipe;
}

Recipe read_recipe(const std::string& path) {
  return parse_recipe(data::read_file(path, kMostBytes), path);
}

Recipe smoke_variant(const Recipe& recipe) {
  Recipe smoke = recipe;
  smoke.train.epochs = std::min(recipe.train.epochs, recipe.smoke.epochs);
  smoke.qat.epochs = std::min(recipe.qat.epochs, recipe.smoke.qat_epochs);
  smoke.qat.quantize_from = std::min(recipe.qat.quantize_from, smoke.qat.epochs);
  smoke.data.examples = recipe.data.examples == 0
                            ? recipe.smoke.examples
                            : std::min(recipe.data.examples, recipe.smoke.examples);
  smoke.data.fixture = recipe.data.fixture == 0
                           ? recipe.smoke.examples
                           : std::min(recipe.data.fixture, recipe.smoke.examples);
  smoke.calibration.examples = std::min(recipe.calibration.examples, smoke.data.examples);
  smoke.seeds.training = std::min(recipe.seeds.training, recipe.smoke.training);
  smoke.seeds.calibration = std::min(recipe.seeds.calibration, recipe.smoke.calibration);
  return smoke;
}

bool matches(std::string_view pattern, std::string_view path) {
  // Greedy with one way back: the last star takes one more character.
  std::size_t p = 0;
  std::size_t s = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  while (s < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = s;
    } else if (p < pattern.size() && pattern[p] == path[s]) {
      ++p;
      ++s;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      s = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace tinytorch::pipeline
