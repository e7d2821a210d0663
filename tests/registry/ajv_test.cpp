// Our validator of JSON Schema beside ajv, which others trust: the same verdict on every document,
// for both schemas that we publish. ajv comes with bin/install-packages check.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/registry/small_registry.h"
#include "tinytorch/registry/json_schema.h"

namespace tinytorch::registry {
namespace {

using Json = nlohmann::json;

// One place of a base document changed; "remove" takes it out.
struct Change {
  const char* pointer;
  const char* value;
  bool fits;
};

std::vector<std::string> documents_of(const Json& base, const std::vector<Change>& changes) {
  std::vector<std::string> all = {base.dump()};
  for (const Change& change : changes) {
    Json changed = base;
    const Json::json_pointer place(change.pointer);
    if (std::string(change.value) == "remove") {
      changed.at(place.parent_pointer()).erase(place.back());
    } else {
      changed[place] = Json::parse(change.value);
    }
    all.push_back(changed.dump());
  }
  for (const char* whole : {"[]", "null", "3", "\"text\"", "{}"}) all.emplace_back(whole);
  return all;
}

const Json kRecipe = Json::parse(R"({
  "name": "cats", "kind": "classifier", "model": {"architecture": "digits_mlp"},
  "data": {"set": "digits"}})");
const std::vector<Change> kRecipeChanges = {
    {"/name", "\"cats-2_b\"", true},
    {"/name", "\"Cats\"", false},
    {"/name", "\"\"", false},
    {"/name", "\"../../etc\"", false},
    {"/name", "3", false},
    {"/name", "null", false},
    {"/name", "remove", false},
    {"/kind", "\"lm\"", true},
    {"/kind", "\"LM\"", false},
    {"/kind", "[\"lm\"]", false},
    {"/extra", "1", false},
    {"/description", "\"äöü\"", true},
    {"/model", "remove", false},
    {"/model", "[]", false},
    {"/model/widths", "[64, 32]", true},
    {"/model/widths", "[]", true},
    {"/model/widths", "[0]", false},
    {"/model/widths", "[1.5]", false},
    {"/model/widths", "[8.0]", true},
    {"/model/widths", "64", false},
    {"/model/layers", R"([{"kind": "relu"}])", true},
    {"/model/layers", R"([{"kind": "rely"}])", false},
    {"/model/layers", R"([{"in": 3}])", false},
    {"/model/layers", R"([{"kind": "residual", "body": [{"kind": "relu"}]}])", true},
    {"/model/layers", R"([{"kind": "residual", "body": [{"kind": "relu", "size": 1}]}])", false},
    {"/model/layers", R"([{"kind": "residual", "body": [{"kind": "residual", "body": [3]}]}])",
     false},
    {"/model/layers", R"([{"kind": "conv2d", "kernel": 0}])", false},
    {"/model/keys", R"([{"from": "a*", "to": ""}])", true},
    {"/model/keys", R"([{"from": "a*"}])", false},
    {"/data/set", "\"birds\"", false},
    {"/data/holdout", "0.5", true},
    {"/data/holdout", "1", false},
    {"/data/holdout", "-0.5", false},
    {"/data/holdout", "\"0.5\"", false},
    {"/data/augment", "[\"flip\"]", true},
    {"/data/augment", "[\"flop\"]", false},
    {"/data/cross_validate", "true", true},
    {"/data/cross_validate", "1", false},
    {"/train", R"({"epochs": 3})", true},
    {"/train", R"({"epochs": 3.0})", true},
    {"/train", R"({"epochs": 3.5})", false},
    {"/train", R"({"epochs": 0})", false},
    {"/train", R"({"epochs": 99999999999999999999})", false},
    {"/train", R"({"epochs": true})", false},
    {"/train", R"({"epoch": 3})", false},
    {"/quantize", R"({"exclude": ["0.*"]})", true},
    {"/quantize", R"({"exclude": [0]})", false},
    {"/quantize", R"({"bits": [{"layers": "*", "bits": 4}]})", true},
    {"/quantize", R"({"bits": [{"layers": "*", "bits": 9}]})", false},
    {"/quantize", R"({"bits": [{"bits": 4}]})", false},
    {"/quantize", R"({"sensitivity": {"widths": [8, 4], "bits_per_weight": 5.5}})", true},
    {"/quantize", R"({"sensitivity": {"widths": [8, 4], "bits_per_weight": 1e9}})", false},
    {"/budget", R"({"drop": {"static": 0}})", true},
    {"/budget", R"({"drop": {"static": null}})", false},
    {"/budget", R"({"drop": 0.1})", false},
    {"/seeds", R"({"first": 0})", true},
    {"/seeds", R"({"first": -1})", false},
};

const Json kRegistry = Json::parse(R"({"schema_version": 1, "models": [
  {"id": "cats", "kind": "classifier", "onnx": "cats.onnx", "quant_mode": "static",
   "quant_calibration_set": "64 of cats",
   "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
   "int8_sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]})");
const std::vector<Change> kRegistryChanges = {
    {"/schema_version", "1.0", true},
    {"/schema_version", "2", false},
    {"/schema_version", "\"1\"", false},
    {"/schema_version", "remove", false},
    {"/models", "[]", true},
    {"/models", "{}", false},
    {"/models", "null", false},
    {"/models", "remove", false},
    {"/extra", "1", false},
    {"/models/0", "null", false},
    {"/models/0/id", "\"Cats\"", false},
    {"/models/0/id", "\"-cats\"", false},
    {"/models/0/id", "\"a\"", true},
    {"/models/0/id", "7", false},
    {"/models/0/kind", "\"nr\"", true},
    {"/models/0/kind", "\"video\"", false},
    {"/models/0/kind", "remove", false},
    {"/models/0/onnx", "\"/etc/cats.onnx\"", false},
    {"/models/0/onnx", "\"a/b.onnx\"", true},
    {"/models/0/onnx", "\"cats.onnxx\"", false},
    {"/models/0/sha256", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
     false},
    {"/models/0/sha256", "\"aaaa\"", false},
    {"/models/0/sha256", "null", false},
    {"/models/0/opset", "17", true},
    {"/models/0/opset", "17.0", true},
    {"/models/0/opset", "6", false},
    {"/models/0/opset", "22", false},
    {"/models/0/opset", "\"17\"", false},
    {"/models/0/quant_mode", "\"fp32\"", false},
    {"/models/0/quant_mode", "\"dynamic\"", true},
    {"/models/0/quant_mode", "\"int8\"", false},
    {"/models/0/quant_mode", "remove", false},
    {"/models/0/quant_calibration_set", "\"\"", false},
    {"/models/0/quant_calibration_set", "remove", false},
    {"/models/0/int8_sha256", "remove", false},
    {"/models/0/quant_accuracy_budget_plcc", "0", true},
    {"/models/0/quant_accuracy_budget_plcc", "1", true},
    {"/models/0/quant_accuracy_budget_plcc", "1.0000001", false},
    {"/models/0/quant_accuracy_budget_plcc", "-0.0", true},
    {"/models/0/quant_accuracy_budget_plcc", "\"0.01\"", false},
    {"/models/0/license", "\"MIT\"", true},
    {"/models/0/license", "[\"MIT\"]", false},
    {"/models/0/smoke", "true", true},
    {"/models/0/smoke", "\"true\"", false},
    {"/models/0/sigstore_bundle", "\"\"", false},
    {"/models/0/extra", "0", false},
};

std::vector<std::string> lines_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
    text.append(block.data(), n);
  ::pclose(pipe);
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Ajv, GivesTheSameVerdictOnEveryDocument) {
  ASSERT_TRUE(fs::exists(AJV_PACKAGE))
      << AJV_PACKAGE << " is missing; it comes with bin/install-packages check";
  struct Question {
    std::string schema;
    std::vector<std::string> documents;
    const std::vector<Change>& changes;
  };
  const fs::path root = PROJECT_ROOT;
  const std::vector<Question> questions = {
      {data::read_file((root / "recipes/recipe.schema.json").string()),
       documents_of(kRecipe, kRecipeChanges), kRecipeChanges},
      {data::read_file((root / "models/registry.schema.json").string()),
       documents_of(kRegistry, kRegistryChanges), kRegistryChanges}};
  Json asked = Json::array();
  for (const Question& one : questions)
    asked.push_back({{"schema", Json::parse(one.schema)}, {"documents", one.documents}});
  const Folder folder;
  const fs::path file = folder.write("questions.json", asked.dump());
  const std::vector<std::string> theirs =
      lines_of("node '" + (root / "tests/registry/ajv_verdicts.mjs").string() +
               "' '" AJV_PACKAGE "' '" + file.string() + "' 2>&1");
  std::size_t next = 0;
  for (const Question& one : questions) {
    for (std::size_t i = 0; i < one.documents.size(); ++i, ++next) {
      ASSERT_LT(next, theirs.size()) << (theirs.empty() ? "node printed nothing" : theirs.back());
      const bool ours = violations(one.documents[i], one.schema).empty();
      EXPECT_EQ(ours ? "fits" : "does not", theirs[next]) << one.documents[i];
      if (i == 0 || i > one.changes.size()) continue;
      EXPECT_EQ(ours, one.changes[i - 1].fits) << one.documents[i];
    }
  }
  EXPECT_EQ(next, theirs.size());
}

}  // namespace
}  // namespace tinytorch::registry
