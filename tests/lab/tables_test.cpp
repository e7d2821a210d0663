// Tables of results that were made up, so that every figure can be checked by hand.
#include "lab/qat_ablation/tables.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::lab {
namespace {

// Three seeds that differ by a whole bit; QAT changes each by −0.02, −0.01 and −0.03.
Results made_up() {
  Results results;
  const double change[] = {-0.02, -0.01, -0.03};
  for (std::int64_t seed = 1; seed <= 3; ++seed) {
    const double level = static_cast<double>(seed);
    results.runs.push_back({.run = "float",
                            .seed = seed,
                            .before = {level, level},
                            .stored = {{"int8", {level + 0.1, level - 0.1}, 100}}});
    results.runs.push_back({.run = "int8-late",
                            .seed = seed,
                            .before = {level, level},
                            .stored = {{"int8",
                                        {level + 0.1 + change[seed - 1], level - 0.1},
                                        static_cast<std::int64_t>(90 + seed)}}});
  }
  return results;
}

TEST(QatAblationTables, DifferencesArePairedBySeed) {
  const auto found = what_qat_changes(made_up(), 8, Start::kLate, false);
  EXPECT_NEAR(found.mean, -0.02, 1e-12);
  EXPECT_NEAR(found.half, 4.30265273 * 0.01 / std::sqrt(3.0), 1e-8) << "a whole bit drops out";
  EXPECT_EQ(verdict(found), "open");
  const auto sliding = what_qat_changes(made_up(), 8, Start::kLate, false, Figure::kAfterSliding);
  EXPECT_EQ(sliding.mean, 0.0);
}

TEST(QatAblationTables, AVerdictNeedsTheWholeInterval) {
  EXPECT_EQ(verdict({-0.02, 0.019, 3}), "pays");
  EXPECT_EQ(verdict({-0.02, 0.021, 3}), "open");
  EXPECT_EQ(verdict({0.02, 0.019, 3}), "costs");
}

TEST(QatAblationTables, FiguresAreThoseOfTheCell) {
  EXPECT_EQ(figures(made_up(), "int8-late", "int8", Figure::kBytes),
            (std::vector<double>{91, 92, 93}));
  EXPECT_THROW(figures(made_up(), "int8-late", "int6", Figure::kBytes), Error);
  EXPECT_THROW(figures(made_up(), "int6-late", "int6", Figure::kBytes), Error);
}

TEST(QatAblationTables, OneTableTwoForms) {
  const TextTable table{"Title", {"a", "bb"}, {{"±", ""}, {"long", "x"}}};
  EXPECT_EQ(for_terminal(table), "\n  Title\n\n  a     bb\n  ±\n  long  x\n");
  EXPECT_EQ(as_markdown(table), "**Title**\n\n| a | bb |\n|---|---|\n| ± | |\n| long | x |\n");
}

TEST(QatAblationTables, ResultsSurviveTheirFile) {
  const Results results = made_up();
  const Results again = results_from_json(to_json(results));
  EXPECT_EQ(to_json(again), to_json(results));
  EXPECT_EQ(results_csv(again), results_csv(results));
  EXPECT_THROW(results_from_json("{}"), Error);
  EXPECT_THROW(results_from_json("no JSON"), Error);
}

}  // namespace
}  // namespace tinytorch::lab
