// Finished runs opened again, by verify and bench: what must be there, and what they may not do.

#include <gtest/gtest.h>

#include <filesystem>

#include "drive.h"

namespace tinytorch::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecipe =
    "name: again\nkind: classifier\nmodel: {architecture: digits_mlp, widths: [16]}\n"
    "data: {set: digits, examples: 200, fixture: 60}\ncalibration: {examples: 50}\n"
    "train: {epochs: 2}\nqat: {epochs: 2}\n"
    "quantize:\n  mode: qat\n  sensitivity: {widths: [8, 4], bits_per_weight: 6}\n"
    "budget: {drop: {qat: 1.0}, latency_ratio: 0}\nsmoke: {training: 1, calibration: 2}\n";

class Again : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = scratch("again");
    recipe_ = (folder_ / "again.yaml").string();
    write_text(recipe_, kRecipe);
    const Outcome run = drive({"run", recipe_, "--smoke", "--out", out()});
    ASSERT_EQ(run.status, 0) << run.err;
  }
  std::string out() const { return (folder_ / "out").string(); }
  Outcome verify() const { return drive({"verify", recipe_, "--smoke", "--out", out()}); }
  void expect_refused(const std::string& wanted) const {
    const Outcome refused = verify();
    EXPECT_EQ(refused.status, 2) << refused.out;
    EXPECT_NE(refused.err.find(wanted), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("type: tito model run " + recipe_ + " --smoke --out " + out()),
              std::string::npos)
        << refused.err;
  }

  fs::path folder_;
  std::string recipe_;
};

// Bits that the sensitivity gave are part of the files: without them integers would differ.
TEST_F(Again, AnAllocationOfBitsIsMadeAgain) {
  const Outcome verified = verify();
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
  EXPECT_NE(verified.err.find("verifying qat"), std::string::npos) << verified.err;
}

TEST_F(Again, AMissingCheckpointIsRefusedAndNothingIsTrained) {
  fs::remove(folder_ / "out/state/qat-0.safetensors");
  expect_refused("qat-0.safetensors is missing");
  EXPECT_FALSE(fs::exists(folder_ / "out/state/qat-0.safetensors"));
  fs::remove(folder_ / "out/state/fp32-0.safetensors");
  expect_refused("fp32-0.safetensors is missing");
}

TEST_F(Again, ACheckpointOfAnotherRecipeIsRefused) {
  std::string changed = kRecipe;
  changed.replace(changed.find("epochs: 2"), 9, "epochs: 3");
  write_text(recipe_, changed);
  expect_refused("belongs to another recipe");
  const std::string none = (folder_ / "none").string();
  const Outcome nothing = drive({"bench", recipe_, "--smoke", "--out", none});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_NE(nothing.err.find("type: tito model run " + recipe_ + " --smoke --out " + none),
            std::string::npos)
      << nothing.err;
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

// What keeps nothing half done ends at once.
TEST_F(Again, CtrlCEndsAVerification) {
  const Outcome stopped = drive({"verify", recipe_, "--smoke", "--out", out()}, 0.3, /*signal=*/2);
  EXPECT_EQ(stopped.status, -2) << stopped.out << stopped.err;
}

// Between training and the verdict a run may measure for minutes.
TEST(Interrupt, CtrlCWhileMeasuringStopsAndSaysHowToGoOn) {
  const auto folder = scratch("measuring");
  const std::string recipe = (folder / "again.yaml").string();
  std::string text = kRecipe;
  text.replace(text.find("mode: qat"), 9, "mode: static");
  text.replace(text.find("widths: [16]"), 12, "widths: [2048]");  // minutes of it
  text += "seeds: {calibration: 10000, training: 1}\n";
  text.replace(text.find("calibration: 2}"), 15, "calibration: 10000}");
  write_text(recipe, text);
  const Outcome stopped =
      drive({"run", recipe, "--smoke", "--out", (folder / "out").string()}, 3.0, /*signal=*/2);
  EXPECT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_NE(stopped.err.find("stopped while measuring"), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find("--resume"), std::string::npos) << stopped.err;
}

// Every group is judged once, by a model that was trained without it.
TEST(CrossValidation, JudgesEveryGroupAndResumes) {
  const auto folder = scratch("folds");
  const std::string recipe = (folder / "folds.yaml").string();
  const std::string head =
      "name: folds\nkind: fr\nmodel: {architecture: vmaf_tiny, widths: [64, 32]}\n";
  const std::string rest =
      "train: {epochs: 2, loss: mse}\nqat: {epochs: 2}\nquantize: {mode: auto, measure_all: true}\n"
      "budget: {metric: plcc, drop: {dynamic: 1.0, static: 1.0, qat: 1.0}, latency_ratio: 0}\n"
      "smoke: {training: 2, calibration: 2, examples: 3000}\n";
  const auto groups = [&](const std::string& data, const std::string& out) {
    write_text(recipe, head + "data: {set: tiny_vmaf, folds: 5" + data + "}\n" + rest);
    const Outcome run = drive({"run", recipe, "--smoke", "--out", (folder / out).string()});
    EXPECT_EQ(run.status, 0) << run.err;
    const std::string result = file_text(folder / out / "result.json");
    const std::size_t at = result.find("\"groups\": ");
    return at == std::string::npos ? 0 : std::stoi(result.substr(at + 10));
  };
  int sum = 0;
  for (int fold = 0; fold < 5; ++fold) {
    sum += groups(", fold: " + std::to_string(fold), "one" + std::to_string(fold));
  }
  EXPECT_EQ(groups(", fold: 1, cross_validate: true", "all"), sum);
  EXPECT_TRUE(fs::exists(folder / "all/state/fold4-qat-1.safetensors"));
  const std::string before = file_text(folder / "all/folds.int8.onnx");
  const Outcome again =
      drive({"run", recipe, "--smoke", "--resume", "--out", (folder / "all").string()});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(file_text(folder / "all/folds.int8.onnx"), before);
}

}  // namespace
}  // namespace tinytorch::pipeline
