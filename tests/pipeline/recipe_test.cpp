// Recipes: what the reader takes, what it says about the rest, and the schema beside it.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/recipe/new_recipe.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/pipeline/recipe/recipe_schema.h"

namespace tinytorch::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSmallest =
    "name: cats\n"
    "kind: classifier\n"
    "model:\n"
    "  architecture: digits_mlp\n"
    "data:\n"
    "  set: digits\n";

std::string file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string complaint(const std::string& text) {
  try {
    (void)parse_recipe(text, "cats.yaml");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Recipe, ASmallOneTakesTheDefaults) {
  const Recipe recipe = parse_recipe(kSmallest, "cats.yaml");
  EXPECT_EQ(recipe.qat.epochs, 10);
  EXPECT_EQ(recipe.qat.learning_rate_factor, 0.1);
  EXPECT_EQ(recipe.budget.drop_dynamic, 0.01);
  EXPECT_EQ(recipe.budget.drop_static, 0.005);
  EXPECT_EQ(recipe.budget.drop_qat, 0.002);
  EXPECT_EQ(recipe.seeds.training, 5);
  EXPECT_EQ(recipe.seeds.calibration, 20);
  EXPECT_EQ(recipe.hash.size(), 64U);
}

// Anchors within anchors: a few lines that stand for 10^15 layers, or for endless ones.
TEST(Recipe, AnchorsWithinAnchorsAreRefusedSoon) {
  std::string laughs =
      "name: cats\nkind: classifier\ndata:\n  set: digits\nmodel:\n  layers:\n"
      "    - &a0 {kind: relu}\n";
  for (int i = 1; i < 16; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    std::string all = before;
    for (int k = 1; k < 10; ++k) all += ", " + before;
    laughs += "    - &a" + std::to_string(i) + " {kind: residual, body: [" + all + "]}\n";
  }
  EXPECT_NE(complaint(laughs).find("more than 10000 mappings"), std::string::npos);
  const std::string circle =
      "name: cats\nkind: classifier\ndata:\n  set: digits\n"
      "model:\n  layers: &l\n    - {kind: residual, body: *l}\n    - {kind: residual, body: *l}\n";
  EXPECT_NE(complaint(circle).find("levels deep"), std::string::npos) << complaint(circle);
}

TEST(Recipe, EveryComplaintNamesFileLineAndWhatWasExpected) {
  const std::string base = kSmallest;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {base + "train:\n  epoch: 3\n",
       "cats.yaml:8: unknown key \"epoch\" in train, expected one of: epochs,"},
      {base + "train:\n  epochs: many\n",
       "cats.yaml:8: epochs is \"many\", expected a whole number from 1 to 100000"},
      {base + "train:\n  epochs: 3\n  epochs: 4\n",
       "cats.yaml:9: \"epochs\" stands twice in train"},
      {base + "train:\n  optimizer: adamv\n", "Did you mean adamw"},
      {base + "trian:\n  epochs: 3\n", "cats.yaml:7: unknown key \"trian\" in the recipe"},
      {base + "qat:\n  epochs: 3\n  quantize_from: 4\n", "cats.yaml:9: quantize_from 4"},
      {base + "train: 3\n", "cats.yaml:7: train is \"3\", expected `key: value` lines"},
      {base + "train:\n  loss: mse\n", "cats.yaml:8: loss mse does not fit digits"},
      {base + "quantize:\n  bits:\n    - layers: \"0\"\n", "quantize.bits[0] has no \"bits\""},
      {base + "quantize:\n  bits:\n    - {layers: a, bit: 4}\n",
       "cats.yaml:9: unknown key \"bit\""},
      {"name: Cats\nkind: classifier\n", "cats.yaml:1: name is \"Cats\""},
      {"kind: classifier\n", "cats.yaml:1: the recipe has no \"name\""},
      {"- 1\n", "cats.yaml:1: a list where a recipe should be"},
      {"name: [\n", "not YAML"},
      {"", "cats.yaml:1: empty where a recipe should be"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_NE(complaint(text).find(expected), std::string::npos) << text << complaint(text);
}

TEST(Recipe, AnUnknownKeyBringsTheNearestLegalOne) {
  EXPECT_NE(complaint(std::string(kSmallest) + "qat:\n  epcohs: 3\n").find("Did you mean epochs?"),
            std::string::npos);
}

TEST(Recipe, LayersNestInResiduals) {
  const Recipe recipe = parse_recipe(
      "name: cats\nkind: classifier\nmodel:\n  layers:\n"
      "    - {kind: conv2d, name: stem, in: 1, out: 4, padding: 1}\n"
      "    - kind: residual\n      body:\n        - {kind: conv2d, in: 4, out: 4, padding: 1}\n"
      "data:\n  set: digits\n",
      "cats.yaml");
  ASSERT_EQ(recipe.model.layers.size(), 2U);
  EXPECT_EQ(recipe.model.layers[0].name, "stem");
  EXPECT_EQ(recipe.model.layers[1].body.at(0).out, 4);
}

TEST(Recipe, PatternsMatchPaths) {
  EXPECT_TRUE(matches("3.*", "3.body.0"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*.0", "3.body.0"));
  EXPECT_FALSE(matches("3", "3.body"));
  EXPECT_FALSE(matches("3.?", "3.b"));
}

TEST(Recipe, ASmokeVariantIsNeverLarger) {
  const Recipe recipe = parse_recipe(std::string(kSmallest) + "train:\n  epochs: 1\n", "cats.yaml");
  const Recipe smoke = smoke_variant(recipe);
  EXPECT_EQ(smoke.train.epochs, 1);
  EXPECT_EQ(smoke.qat.epochs, recipe.smoke.qat_epochs);
  EXPECT_LE(smoke.qat.quantize_from, smoke.qat.epochs);
}

TEST(Recipe, ThePublishedSchemaIsWhatTheReaderReadsBy) {
  EXPECT_EQ(file_text(fs::path(PROJECT_ROOT) / "recipes" / "recipe.schema.json"), recipe_schema())
      << "write it anew: tito model schema > recipes/recipe.schema.json";
}

// The schema's keys one by one against the reader: each is taken with its default, and refused
// with a value of another type.
void probe(const nlohmann::json& schema, const std::string& indent, const std::string& before,
           int& probed) {
  for (const auto& [key, value] : schema.at("properties").items()) {
    if (value.at("type") == "object") {
      probe(value, indent + "  ", before + indent + key + ":\n", probed);
      continue;
    }
    if (value.at("type") == "array" || value.at("type") == "string") continue;
    const std::string text = std::string(kSmallest) + before + indent + key + ": [1]\n";
    if (before.starts_with("data:") || before.starts_with("model:")) continue;  // there already
    EXPECT_NE(complaint(text).find(key + " is "), std::string::npos) << text << complaint(text);
    ++probed;
  }
}

TEST(Recipe, TheReaderKnowsEveryKeyOfTheSchema) {
  int probed = 0;
  probe(nlohmann::json::parse(recipe_schema()), "", "", probed);
  EXPECT_GT(probed, 20);
}

TEST(Recipe, ANewOneRunsAsItIs) {
  const Recipe recipe = parse_recipe(new_recipe("cats"), "cats.yaml");
  EXPECT_EQ(recipe.name, "cats");
  EXPECT_THROW((void)new_recipe("No Cats"), Error);
}

TEST(Recipe, AllThatAreShippedAreRead) {
  int read = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(PROJECT_ROOT) / "recipes")) {
    if (entry.path().extension() != ".yaml") continue;
    const Recipe recipe = read_recipe(entry.path().string());
    EXPECT_EQ(recipe.name, entry.path().stem().string());
    ++read;
  }
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace tinytorch::pipeline
