// Defect 6 of the pipeline that this one follows: its document said symmetric, its files were
// affine with reduced range. Here the exported graph is asked.

#include "tinytorch/pipeline/run/scheme.h"

#include <gtest/gtest.h>

#include "drive.h"
#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/pipeline/run/export_files.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/make_model.h"
#include "tinytorch/pipeline/run/sensitivity.h"

namespace tinytorch::pipeline {
namespace {

std::string recipe_with(const std::string& quantize) {
  return "name: scheme\nkind: classifier\nmodel:\n  architecture: digits_mlp\n"
         "data:\n  set: digits\n  examples: 100\n  fixture: 50\ncalibration:\n  examples: 50\n"
         "quantize:\n  mode: static\n" +
         quantize;
}

std::string exported(const std::string& quantize) {
  Progress progress(true);
  Job job{.recipe = parse_recipe(recipe_with(quantize), "scheme.yaml"), .progress = progress};
  job.data = load_data(job.recipe);
  Rng rng(3);
  const auto model = make_model(job.recipe, rng);
  return onnx_bytes(job, *model, static_form(job, *model, Form::kStatic, 0));
}

std::string refused(const std::string& made, const std::string& said) {
  try {
    require_scheme(exported(made), parse_recipe(recipe_with(said), "scheme.yaml"));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Defect6, AnAffineFileIsNotSymmetric) {
  EXPECT_NE(refused("", "  activations: symmetric\n").find("the recipe says symmetric"),
            std::string::npos);
  EXPECT_EQ(refused("  activations: symmetric\n", "  activations: symmetric\n"), "");
  EXPECT_EQ(refused("", "  activations: affine\n"), "");
}

TEST(Defect6, OneScaleForAllIsNotOnePerChannel) {
  EXPECT_NE(refused("", "  granularity: per_tensor\n").find("per_tensor"), std::string::npos);
  EXPECT_EQ(refused("  granularity: per_tensor\n", "  granularity: per_tensor\n"), "");
}

TEST(Defect6, CodesKeepToTheRecipesBits) {
  EXPECT_NE(refused("", "  weight_bits: 4\n").find("expected at most ±7"), std::string::npos);
  EXPECT_EQ(refused("  weight_bits: 4\n", "  weight_bits: 4\n"), "");
}

TEST(Scheme, BitsGoByPatternAndAPatternThatMatchesNothingIsAnError) {
  const Recipe recipe = parse_recipe(
      recipe_with("  bits:\n    - {layers: \"1\", bits: 4}\n    - {layers: \"*\", bits: 6}\n"),
      "scheme.yaml");
  Rng rng(0);
  const auto model = make_model(recipe, rng);
  const auto config = scheme_of(recipe, *model, Form::kStatic, {{"3", 3}});
  EXPECT_EQ(config.bits_by_path.at("3"), 6);  // the last rule that matches
  const Recipe wrong =
      parse_recipe(recipe_with("  bits:\n    - {layers: \"x\", bits: 4}\n"), "scheme.yaml");
  try {
    (void)scheme_of(wrong, *model, Form::kStatic);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("no layer matches \"x\"; the layers are 1, 3, 5"),
              std::string::npos)
        << error.what();
  }
}

TEST(Scheme, ALayerWithoutAnIntegerFormIsRefusedBeforeTraining) {
  const auto folder = scratch("refused");
  write_text(folder / "refused.yaml",
             "name: refused\nkind: lm\nmodel:\n  architecture: moby_gpt\n  widths: [1, 1, 8]\n"
             "data:\n  set: moby_dick\n  size: 8\n  examples: 16\n  fixture: 8\n"
             "quantize:\n  mode: qat\nseeds:\n  training: 1\ntrain:\n  epochs: 1\n"
             "budget:\n  metric: bpb\n");
  const std::string recipe = (folder / "refused.yaml").string();
  const Outcome refused = drive({"run", recipe, "--out", (folder / "out").string()});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("mode qat"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("Gpt("), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  const Outcome trained = drive({"train", recipe, "--out", (folder / "out").string()});
  EXPECT_EQ(trained.status, 0) << trained.err;
}

TEST(Sensitivity, GivesTheBitsThatTheBudgetAllows) {
  Progress progress(true);
  Job job{
      .recipe = parse_recipe(
          recipe_with("  sensitivity: {widths: [8, 4, 2], bits_per_weight: 4.5}\n"), "scheme.yaml"),
      .progress = progress};
  job.data = load_data(job.recipe);
  Rng rng(3);
  const auto model = make_model(job.recipe, rng);
  const auto layers = sensitivity_of(job, *model);
  ASSERT_EQ(layers.size(), 3U);
  std::int64_t bits = 0;
  std::int64_t weights = 0;
  for (const auto& layer : layers) {
    EXPECT_EQ(layer.cost.size(), 3U);
    EXPECT_EQ(layer.cost[0], 0.0);
    bits += layer.bits * layer.weights;
    weights += layer.weights;
  }
  EXPECT_LE(static_cast<double>(bits), 4.5 * static_cast<double>(weights));
  EXPECT_GT(bits, 2 * weights);
}

// --- layers that stay in float ---

std::string excluding(const std::string& mode, const std::string& pattern) {
  return "name: floats\nkind: classifier\nmodel:\n  layers:\n"
         "    - {kind: conv2d, in: 1, out: 16, padding: 1, bias: false}\n"
         "    - {kind: batch_norm2d, in: 16}\n    - {kind: relu}\n"
         "    - {kind: conv2d, in: 16, out: 16, stride: 2}\n    - {kind: relu}\n"
         "    - {kind: flatten}\n    - {kind: linear, in: 144, out: 10}\n"
         "data:\n  set: digits\n  examples: 200\n  fixture: 60\ncalibration:\n  examples: 50\n"
         "train:\n  epochs: 2\nqat:\n  epochs: 2\nquantize:\n  mode: " +
         mode + "\n  exclude: [\"" + pattern +
         "\"]\nbudget:\n  drop: {dynamic: 1.0, static: 1.0, qat: 1.0}\n  latency_ratio: 0\n"
         "smoke: {training: 1, calibration: 2}\n";
}

TEST(Exclude, KeepsLayersInFloatInEveryModeAndOnnxRuntimeAgrees) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"dynamic", {"3"}}, {"static", {"0", "3"}}, {"qat", {"6"}}};
  for (const auto& [mode, patterns] : cases) {
    for (const char* pattern : patterns) {
      const auto folder = scratch(std::string("exclude_") + mode + pattern);
      const std::string recipe = (folder / "floats.yaml").string();
      write_text(recipe, excluding(mode, pattern));
      const std::string out = (folder / "out").string();
      const Outcome run = drive({"run", recipe, "--smoke", "--out", out});
      ASSERT_EQ(run.status, 0) << mode << ' ' << pattern << run.err;
      EXPECT_NE(run.err.find(std::string("in float: ") + pattern), std::string::npos) << run.err;
      const Outcome verified = drive({"verify", recipe, "--smoke", "--out", out});
      EXPECT_EQ(verified.status, 0) << mode << ' ' << pattern << verified.out << verified.err;
      const Outcome shown = drive({"show", (folder / "out/floats.int8.onnx").string()});
      if (std::string(mode) == "dynamic") continue;
      EXPECT_NE(shown.out.find(std::string(pattern) == "6" ? "Gemm" : "Conv"), std::string::npos);
      const std::string result = file_text(folder / "out/result.json");
      EXPECT_NE(result.find(std::string("excluded by the recipe: ") + pattern), std::string::npos);
    }
  }
}

TEST(Exclude, WhatMatchesNothingOrLeavesNothingIsRefusedBeforeTraining) {
  const auto folder = scratch("exclude_wrong");
  const std::string recipe = (folder / "floats.yaml").string();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"head*", "quantize.exclude: no layer matches \"head*\"; the layers are 0, 3, 6"},
      {"*", "quantize.exclude leaves no layer to quantize"}};
  for (const char* mode : {"dynamic", "static", "auto"}) {
    for (const auto& [pattern, wanted] : cases) {
      write_text(recipe, excluding(mode, pattern));
      const Outcome run = drive({"run", recipe, "--out", (folder / "out").string()});
      EXPECT_EQ(run.status, 2);
      EXPECT_NE(run.err.find(wanted), std::string::npos) << run.err;
      EXPECT_FALSE(std::filesystem::exists(folder / "out"));
    }
  }
}

TEST(Scheme, ADynamicFileNamesItsOwnAndNoCalibrationSet) {
  Progress progress(true);
  Job job{.recipe = parse_recipe(recipe_with(""), "scheme.yaml"), .progress = progress};
  job.data = load_data(job.recipe);
  Rng rng(3);
  const auto model = make_model(job.recipe, rng);
  const std::string dynamic = onnx_bytes(job, *model, dynamic_form(job, *model));
  EXPECT_NE(dynamic.find("range found at every call"), std::string::npos);
  EXPECT_EQ(dynamic.find("calibration_set_sha256"), std::string::npos);
  const std::string fixed = onnx_bytes(job, *model, static_form(job, *model, Form::kStatic, 0));
  EXPECT_NE(fixed.find("calibration_set_sha256"), std::string::npos);
}

}  // namespace
}  // namespace tinytorch::pipeline
