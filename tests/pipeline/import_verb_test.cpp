// Somebody's ONNX file, from `tito model import` to its integers, and weights under other names.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/pipeline/drive.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/data/npy.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/pipeline/run/weights.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::pipeline {
namespace {

namespace fs = std::filesystem;

// A small convolutional classifier of images 6 × 5 whose height is open.
void write_model(const fs::path& file) {
  using onnx::ElementType;
  Rng rng(4);
  onnx::ModelBuilder model("small");
  model.add_input("x", ElementType::kFloat, {"batch", 2, "height", 5});
  model.add_output("y", ElementType::kFloat, {"batch", 3});
  model.add_initializer("w", {4, 2, 3, 3}, Tensor::randn({4, 2, 3, 3}, rng).data());
  model.add_initializer("d", {4, 3}, Tensor::randn({4, 3}, rng).data());
  const std::vector<std::int64_t> pads = {1, 1, 1, 1};
  model.add_node("Conv", {"x", "w"}, {"c"}, {{"pads", pads}});
  model.add_node("HardSwish", {"c"}, {"h"});
  model.add_node("GlobalAveragePool", {"h"}, {"p"});
  model.add_node("Flatten", {"p"}, {"f"});
  model.add_node("MatMul", {"f", "d"}, {"y"});
  model.save(file);
}

TEST(ImportVerb, FromAnOnnxFileToItsIntegers) {
  const fs::path folder = scratch("import");
  write_model(folder / "Small Net.onnx");
  Rng rng(6);
  data::write_file_atomically((folder / "inputs.npy").string(),
                              data::encode_npy(Tensor::randn({60, 2, 6, 5}, rng)));
  const Outcome imported =
      drive({"import", (folder / "Small Net.onnx").string(), "--size", "height=6", "--calibration",
             (folder / "inputs.npy").string(), "--out", (folder / "made").string()});
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_NE(imported.out.find("agrees with ONNX Runtime"), std::string::npos) << imported.out;
  const fs::path recipe = folder / "made/small_net.yaml";
  ASSERT_TRUE(fs::exists(recipe)) << imported.out;
  const Outcome run = drive({"run", recipe.string(), "--out", (folder / "run").string()});
  EXPECT_TRUE(run.status == 0 || run.status == 1) << run.err;  // 1: over budget, or slower
  EXPECT_NE(run.out.find("static"), std::string::npos) << run.out;
  EXPECT_TRUE(fs::exists(folder / "run/small_net.onnx")) << run.out << run.err;
}

TEST(ImportVerb, SaysWhatIsWrongWithItsArguments) {
  const fs::path folder = scratch("import_wrong");
  write_model(folder / "small.onnx");
  const std::string file = (folder / "small.onnx").string();
  const Outcome open = drive({"import", file, "--out", (folder / "made").string()});
  EXPECT_EQ(open.status, 2);
  EXPECT_NE(open.err.find("size height is open; give it a value, as in --size height=224"),
            std::string::npos)
      << open.err;
  EXPECT_FALSE(fs::exists(folder / "made"));
  EXPECT_EQ(drive({"import", file, "--size", "height"}).status, 2);
  EXPECT_EQ(drive({"import", (folder / "none.onnx").string()}).status, 2);
}

// What is wrong with the inputs is said with the recipe's key, or the file, and before anything
// runs.
TEST(ImportVerb, SaysWhatIsWrongWithTheInputs) {
  const fs::path folder = scratch("import_inputs");
  write_model(folder / "small.onnx");
  const std::string inputs = (folder / "inputs.npy").string();
  const Outcome missing = drive({"import", (folder / "small.onnx").string(), "--size", "height=6",
                                 "--calibration", inputs, "--out", folder.string()});
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.err.find("--calibration " + inputs + " is no file"), std::string::npos)
      << missing.err;
  write_text(inputs, "");
  ASSERT_EQ(drive({"import", (folder / "small.onnx").string(), "--size", "height=6",
                   "--calibration", inputs, "--out", folder.string()})
                .status,
            0);
  const auto refused = [&](const std::string& wanted) {
    const Outcome run = drive(
        {"run", (folder / "small.yaml").string(), "--quiet", "--out", (folder / "run").string()});
    EXPECT_EQ(run.status, 2);
    EXPECT_NE(run.err.find(wanted), std::string::npos) << run.err;
  };
  fs::remove(inputs);
  refused("small.yaml: data.file: " + inputs + ": cannot be opened");
  Rng rng(1);
  Tensor x = Tensor::randn({4, 2, 6, 5}, rng);
  x.data()[7] = NAN;
  data::write_file_atomically(inputs, data::encode_npy(x));
  refused("value 7 is nan; every input must be finite");
  data::write_file_atomically(inputs, data::encode_npy(Tensor::randn({1, 2, 6, 5}, rng)));
  refused("1 rows; expected 2 or more");
  data::write_file_atomically(inputs, data::encode_npy(Tensor::randn({4, 2, 5, 6}, rng)));
  refused("the model takes [N, …] of [2, 6, 5]");
}

TEST(KeyRules, RenameAsTheyAreWritten) {
  const std::vector<KeyRule> rules = {
      {"num_batches_tracked", ""}, {"module.*.w", "*.weight"}, {"module.*", "*"}};
  EXPECT_EQ(renamed(rules, "module.0.w"), "0.weight");
  EXPECT_EQ(renamed(rules, "module.0.bias"), "0.bias");
  EXPECT_EQ(renamed(rules, "num_batches_tracked"), "");
  EXPECT_EQ(renamed(rules, "1.bias"), "1.bias");
}

TEST(KeyRules, LoadAStateDictUnderOtherNames) {
  const fs::path folder = scratch("keys");
  Rng rng(2);
  const nn::Linear from(3, 2, rng);
  train::SafeTensors content;
  content.tensors = {train::store("fc.w", from.weight()), train::store("fc.bias", from.bias())};
  train::write_safetensors((folder / "fc.safetensors").string(), content);
  Recipe recipe;
  recipe.file = (folder / "r.yaml").string();
  recipe.model.weights = "fc.safetensors";
  recipe.model.keys = {{"fc.w", "weight"}, {"fc.*", "*"}};
  nn::Linear to(3, 2, rng);
  load_weights(recipe, to);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(std::as_const(to).weight().data()[i], from.weight().data()[i]);
  }
  recipe.model.keys = {{"fc.*", "weight"}};
  try {
    load_weights(recipe, to);
    FAIL() << "two tensors of one name";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("are both called weight"), std::string::npos);
  }
}

}  // namespace
}  // namespace tinytorch::pipeline
