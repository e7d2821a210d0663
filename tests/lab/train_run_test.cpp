// One run: the cells that share a beginning, and the proof that quantization was on.
#include "lab/qat_ablation/train_run.h"

#include <gtest/gtest.h>

#include <set>

#include "lab/qat_ablation/row_clips.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/golf_rows.h"

namespace tinytorch::lab {
namespace {

const milestones::TextSplit& text() {
  static const milestones::TextSplit split = milestones::load_moby_dick();
  return split;
}

std::string in_scratch(const char* name) { return std::string(SCRATCH_DIR) + "/" + name; }

RunResult without_times(RunResult result) {
  result.float_ms = result.quantized_ms = result.first_quantized_ms = result.seconds = 0.0;
  return result;
}

TEST(QatAblation, ThreeWaysToTheQuantileAgreeToTheBit) {
  Rng rng(2);
  for (const std::size_t columns : {1u, 2u, 3u, 96u, 384u}) {
    for (int turn = 0; turn < 50; ++turn) {
      std::vector<float> row(columns);
      for (float& w : row) w = turn % 5 == 0 ? 0.25f : 0.1f * rng.normal();
      const float clip = quantization::golf_clip(row);
      EXPECT_EQ(clip_by_sort(row), clip) << columns;
      EXPECT_EQ(clip_by_nth_element(row), clip) << columns;
    }
  }
}

TEST(QatAblation, RowsAtTheQuantileAreThoseOfTheDialect) {
  Rng rng(4);
  std::vector<float> w(12 * 40);
  for (float& value : w) value = 0.3f * rng.normal();
  for (const int bits : {8, 6, 4}) {
    for (const auto mode : {quantization::GolfMode::kFaithful, quantization::GolfMode::kFixed}) {
      const auto expected = quantization::golf_quantize_rows(w, 12, {bits, mode});
      const auto found = quantization::golf_quantize_rows_at(w, 12, {bits, mode}, clip_by_sort);
      EXPECT_EQ(found.codes, expected.codes) << bits;
      EXPECT_EQ(found.scales, expected.scales) << bits;
    }
  }
  const auto negative = [](std::span<const float>) { return -1.0f; };
  EXPECT_THROW(quantization::golf_quantize_rows_at(w, 12, {}, negative), Error);
  EXPECT_THROW(quantization::golf_quantize_rows_at(w, 7, {}, clip_by_max), Error);
}

TEST(QatAblation, TheSearchFindsTheClipOfLeastError) {
  // One weight far out: at 4 bits it is cheaper to clip it than to spread 15 codes over it.
  std::vector<float> row(200);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = 0.01f * static_cast<float>(i % 7) - 0.03f;
  row[17] = 0.08f;
  const auto error = [&](float clip) {
    std::vector<float> stored(row.size());
    quantization::golf_restore(
        quantization::golf_quantize_row(row, clip, {4, quantization::GolfMode::kFixed}), stored);
    double sum = 0.0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      sum += (static_cast<double>(row[i]) - static_cast<double>(stored[i])) *
             (static_cast<double>(row[i]) - static_cast<double>(stored[i]));
    }
    return sum;
  };
  const float found = clip_by_search(row, 4);
  EXPECT_LE(error(found), error(clip_by_max(row)));
  EXPECT_LE(error(found), error(quantization::golf_clip(row)));
}

TEST(QatAblation, ALateRunFromTheCheckpointIsTheRunFromTheFirstStep) {
  const Settings settings = smoke_settings();
  const auto runs = all_runs(settings);
  const std::string checkpoint = in_scratch("beginning.safetensors");
  const std::int64_t steps = settings.plan.steps;
  (void)train_run(settings, find_run(runs, "prefix"),
                  {.seed = 1, .steps = steps, .checkpoint = checkpoint}, text());
  for (const char* name : {"float", "int6-late"}) {
    const auto& run = find_run(runs, name);
    EXPECT_TRUE(shares_beginning(settings, run, steps));
    EXPECT_TRUE(shares_beginning(settings, run, steps - 1)) << "equal time may be a step less";
    EXPECT_FALSE(shares_beginning(settings, run, settings.checkpoint_step() + 1)) << "warm-down";
    const RunResult whole = train_run(settings, run, {.seed = 1, .steps = steps}, text());
    const RunResult rest =
        train_run(settings, run, {.seed = 1, .steps = steps, .checkpoint = checkpoint}, text());
    EXPECT_EQ(to_json(without_times(whole)), to_json(without_times(rest))) << name;
  }
  EXPECT_FALSE(shares_beginning(settings, find_run(runs, "int6-first"), steps));
  EXPECT_FALSE(shares_beginning(settings, find_run(runs, "warmdown"), steps));
}

TEST(QatAblation, ARunThatWasNotQuantizedIsNoResult) {
  Settings settings = smoke_settings();
  const auto runs = all_runs(settings);
  settings.late_start = settings.plan.steps;  // the switch never comes
  EXPECT_THROW(train_run(settings, find_run(runs, "int8-late"),
                         {.seed = 1, .steps = settings.plan.steps}, text()),
               Error);
}

TEST(QatAblation, EachPieceOfTheEvidenceIsRequired) {
  const RunResult good{
      .run = "int6-late", .seed = 3, .changed = 10, .clipped = 2, .logit_difference = 0.1};
  EXPECT_NO_THROW(require_quantized(good, {.bits = 6}));
  RunResult result = good;
  result.changed = 0;
  EXPECT_THROW(require_quantized(result, {.bits = 6}), Error);
  result = good;
  result.logit_difference = 0.0;
  EXPECT_THROW(require_quantized(result, {.bits = 6}), Error);
  result = good;
  result.clipped = 0;
  EXPECT_THROW(require_quantized(result, {.bits = 6}), Error);
  EXPECT_NO_THROW(require_quantized(result, {.bits = 6, .rows = Rows::kMax})) << "clips nothing";
}

TEST(QatAblation, EqualTimeByHand) {
  EXPECT_EQ(equal_time_steps(3000, 0, 1.2), 2500);
  EXPECT_EQ(equal_time_steps(3000, 2250, 1.5), 2750) << "only quantized steps are dearer";
  EXPECT_EQ(equal_time_steps(3000, 0, 1.0), 3000);
  EXPECT_THROW(equal_time_steps(3000, 0, 0.0), Error);
}

TEST(QatAblation, EveryRunHasANameOfItsOwnAndIsTrainedOnce) {
  std::set<std::string> names;
  for (const auto& run : all_runs({})) EXPECT_TRUE(names.insert(run.name).second) << run.name;
  EXPECT_EQ(names.size(), 23u);
  EXPECT_THROW(find_run(all_runs({}), "int5-late"), Error);
}

}  // namespace
}  // namespace tinytorch::lab
