// Data sets: read, degraded, split by group, augmented.

#include <gtest/gtest.h>

#include <set>

#include "tinytorch/core/error.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/pipeline/data/augment.h"
#include "tinytorch/pipeline/data/model_data.h"
#include "tinytorch/pipeline/data/photo.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"

namespace tinytorch::pipeline {
namespace {

std::string complaint(const std::string& bytes) {
  try {
    (void)decode_pgm(bytes, "photo.pgm");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Pgm, ReadsBothForms) {
  const Tensor binary = decode_pgm(std::string("P5\n# made by hand\n2 1\n255\n\x00\xff", 28), "a");
  EXPECT_EQ(binary.shape(), (Shape{1, 2}));
  EXPECT_EQ(binary.at({0, 0}), 0.0f);
  EXPECT_EQ(binary.at({0, 1}), 1.0f);
  EXPECT_EQ(decode_pgm("P2 2 1 4\n1 4\n", "b").at({0, 0}), 0.25f);
}

TEST(Pgm, MalformedFilesAreErrorsThatNameThePlace) {
  EXPECT_NE(complaint("P6 1 1 255\n0").find("not a PGM file"), std::string::npos);
  EXPECT_NE(complaint("").find("not a PGM file"), std::string::npos);
  EXPECT_NE(complaint("P5 2 x 255\n00").find("expected height"), std::string::npos);
  EXPECT_NE(complaint("P5 16384 16384 255\n0").find("cannot hold 16384 x 16384"),
            std::string::npos);
  EXPECT_NE(complaint("P5 99999999999999999999 1 255\n0").find("width is above"),
            std::string::npos);
  EXPECT_NE(complaint("P5 2 1 255\n0").find("1 bytes of pixels, expected 2"), std::string::npos);
  EXPECT_NE(complaint("P5 1 1 9\nz").find("above maxval 9"), std::string::npos);
  EXPECT_NE(complaint("P2 1 1 9\n1 1").find("left over"), std::string::npos);
  EXPECT_NE(complaint("P5 1 1 65535\n00").find("maxval is above 255"), std::string::npos);
}

Tensor ramp() {
  Tensor photo(Shape{32, 32});
  for (std::size_t i = 0; i < photo.data().size(); ++i)
    photo.data()[i] = static_cast<float>((i * 37) % 101) / 100.0f;
  return photo;
}

TEST(Degrade, LevelZeroChangesNothingAndSsimFallsWithTheLevel) {
  const Tensor photo = ramp();
  for (const auto kind :
       {Degradation::kBlur, Degradation::kNoise, Degradation::kBlocking, Degradation::kContrast}) {
    Rng rng(5);
    EXPECT_NEAR(ssim(photo, degraded(photo, kind, 0.0f, rng)), 1.0, 1e-9);
    const double little = ssim(photo, degraded(photo, kind, 0.3f, rng));
    const double much = ssim(photo, degraded(photo, kind, 1.0f, rng));
    EXPECT_LT(much, little) << static_cast<int>(kind);
    EXPECT_LT(little, 1.0);
  }
}

TEST(Degrade, ContrastAndBlocksFollowTheirFormulas) {
  Rng rng(0);
  const Tensor photo = ramp();
  const Tensor flat = degraded(photo, Degradation::kContrast, 1.0f, rng);
  EXPECT_NEAR(flat.at({0, 1}), 0.5f + 0.3f * (photo.at({0, 1}) - 0.5f), 1e-6f);
  const Tensor blocks = degraded(photo, Degradation::kBlocking, 1.0f, rng);
  double mean = 0.0;
  for (std::int64_t y = 0; y < 8; ++y)
    for (std::int64_t x = 0; x < 8; ++x) mean += photo.at({y, x}) / 64.0;
  EXPECT_NEAR(blocks.at({3, 4}), mean + 0.1 * (photo.at({3, 4}) - mean), 1e-5);
  EXPECT_THROW((void)degraded(photo, Degradation::kBlur, 1.5f, rng), Error);
}

// One window: the closed form for constant images, (2ab + C1) / (a² + b² + C1).
TEST(Ssim, OfConstantImagesIsTheLuminanceTermAlone) {
  const double a = 0.25;
  const double b = 0.75;
  const double expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4);
  EXPECT_NEAR(ssim(Tensor::full(Shape{16, 16}, 0.25f), Tensor::full(Shape{16, 16}, 0.75f)),
              expected, 1e-5);
  EXPECT_THROW((void)ssim(Tensor(Shape{10, 16}), Tensor(Shape{10, 16})), Error);
}

Recipe recipe_on(const std::string& data) {
  return parse_recipe("name: data\nkind: nr\nmodel:\n  architecture: digits_mlp\ndata:\n" + data,
                      "data.yaml");
}

TEST(Data, NoGroupStandsOnBothSides) {
  const std::vector<std::string> recipes = {
      "  set: digits\n  examples: 100\n",
      "  set: moby_dick\n  examples: 50\n  fixture: 50\n  size: 16\n",
      "  set: photos\n  task: quality\n  examples: 40\n  fixture: 20\n  holdout: 0.4\ntrain:\n  "
      "loss: mse\n",
      "  set: tiny_vmaf\n  folds: 5\n  fold: 2\ntrain:\n  loss: mse\n"};
  for (const std::string& text : recipes) {
    const ModelData data = load_data(recipe_on(text));
    const std::set<std::string> train(data.train_groups.begin(), data.train_groups.end());
    for (const std::string& group : data.fixture_groups) EXPECT_FALSE(train.contains(group));
    EXPECT_EQ(data.train->size(), static_cast<std::int64_t>(data.train_groups.size()));
    EXPECT_EQ(data.fixture_inputs.size(0), static_cast<std::int64_t>(data.fixture_groups.size()));
  }
}

TEST(Data, PiecesOfOneVideoStayTogether) {
  for (int fold = 0; fold < 5; ++fold) {
    const ModelData data =
        load_data(recipe_on("  set: tiny_vmaf\n  folds: 5\n  fold: " + std::to_string(fold) +
                            "\ntrain:\n  loss: mse\n"));
    for (const auto* groups : {&data.train_groups, &data.fixture_groups})
      for (const std::string& group : *groups)
        EXPECT_EQ(group.find("vtest_"), std::string::npos) << group;
  }
}

TEST(Data, TheFoldsHoldOutEveryGroupOnce) {
  std::vector<std::string> groups;
  for (int i = 0; i < 23; ++i) groups.push_back("clip" + std::to_string(i));
  std::multiset<std::string> held;
  for (int fold = 0; fold < 5; ++fold) {
    DataSpec spec;
    spec.folds = 5;
    spec.fold = fold;
    for (const std::string& one : held_out(groups, spec)) held.insert(one);
  }
  EXPECT_EQ(held.size(), groups.size());
  EXPECT_EQ(std::set<std::string>(held.begin(), held.end()).size(), groups.size());
}

TEST(Data, CalibrationDrawsDifferAndRepeat) {
  const ModelData data = load_data(recipe_on("  set: digits\n"));
  EXPECT_EQ(calibration_rows(data, 64, 3), calibration_rows(data, 64, 3));
  EXPECT_NE(calibration_rows(data, 64, 3), calibration_rows(data, 64, 4));
  EXPECT_EQ(calibration_rows(data, 64, 3).size(), 64U);
}

TEST(Data, TheScalerIsOfTheTrainingSet) {
  const ModelData data =
      load_data(recipe_on("  set: tiny_vmaf\n  folds: 5\ntrain:\n  loss: mse\n"));
  ASSERT_TRUE(data.scaler.has_value());
  EXPECT_EQ(data.scaler->mean.size(), 6U);
  const float raw = data.fixture_raw.at({5, 1});
  EXPECT_EQ(data.fixture_inputs.at({5, 1}),
            (raw - data.scaler->mean[1]) / data.scaler->deviation[1]);
}

TEST(Augment, TargetsThatAreImagesMoveAlongAndTheStreamIsInTheState) {
  Tensor images(Shape{6, 1, 16, 16});
  for (std::size_t i = 0; i < images.data().size(); ++i)
    images.data()[i] = static_cast<float>(i % 97);
  const data::TensorDataset set(images, images.clone());
  data::DataLoader loader(set, {.batch_size = 3});
  AugmentedSource source(loader, {Augmentation::kShift, Augmentation::kFlip, Augmentation::kRotate},
                         7);
  source.start_epoch();
  data::Batch batch;
  ASSERT_TRUE(source.next(batch));
  for (std::size_t i = 0; i < batch.inputs.data().size(); ++i)
    ASSERT_EQ(std::as_const(batch.inputs).data()[i], std::as_const(batch.targets).data()[i]);
  const State here = source.state();
  data::Batch expected;
  ASSERT_TRUE(source.next(expected));
  source.load_state(here);
  data::Batch again;
  ASSERT_TRUE(source.next(again));
  for (std::size_t i = 0; i < again.inputs.data().size(); ++i)
    ASSERT_EQ(std::as_const(again.inputs).data()[i], std::as_const(expected.inputs).data()[i]);
  EXPECT_FALSE(source.next(again));
}

}  // namespace
}  // namespace tinytorch::pipeline
