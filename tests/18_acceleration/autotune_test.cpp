// Learner tests of part 6: the race. Time is what the candidates say it is.
#include "tinytorch/kernels/acceleration/autotune.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/teach.h"

namespace tinytorch::kernels {
namespace {

using teach::expect_error;
using teach::expect_value;
using Times = std::vector<double>;

// Candidates that take the given times, one after the other, the last one for ever; and what ran.
struct Race {
  std::vector<Candidate> candidates;
  std::shared_ptr<std::string> ran = std::make_shared<std::string>();

  explicit Race(const std::vector<Times>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string name(1, static_cast<char>('a' + i));
      auto next = std::make_shared<std::size_t>(0);
      candidates.push_back({name, [times = all[i], next, name, log = ran] {
                              *log += name;
                              const double time = times[std::min(*next, times.size() - 1)];
                              ++*next;
                              return time;
                            }});
    }
  }
};

void expect_choice(const std::string& what, const Choice& got, std::size_t index, double seconds,
                   const std::string& why) {
  expect_value(what + ": the winner", static_cast<std::int64_t>(got.index),
               static_cast<std::int64_t>(index),
               {{static_cast<std::int64_t>(1 - static_cast<int>(index)), why}});
  if (!testing::Test::HasFailure()) {
    expect_value(what + ": its time", got.seconds, seconds, {});
  }
}

void expect_order(const std::string& what, const std::string& ran, const std::string& expected,
                  const std::vector<std::pair<std::string, std::string>>& suspicions = {}) {
  if (ran == expected) return;
  std::string message = what + ": ran \"" + ran + "\", expected \"" + expected + "\"";
  for (const auto& [order, says] : suspicions) {
    if (ran == order) message += "\n" + says;
  }
  teach::report(teach::Location::current(), message);
}

// --- 18.9 ---

TEST(Autotune, TheFasterOneWins) {
  Race race({{3}, {2}});
  expect_choice("times 3 and 2", fastest(race.candidates, 2), 1, 2.0, "This is the slowest.");
}

TEST(Autotune, TheWarmUpDoesNotCount) {
  Race race({{1, 5}, {3, 4}});
  expect_choice("first runs of 1 and 3, then 5 and 4", fastest(race.candidates, 2), 1, 4.0,
                "The first run of each is the warm-up; its time is not kept.");
}

TEST(Autotune, TheBestTimeCounts) {
  Race race({{9, 4, 4, 4}, {9, 5, 5, 3.5}});
  expect_choice("a takes 4, 4, 4 and b 5, 5, 3.5", fastest(race.candidates, 3), 1, 3.5,
                "b's best time is the shortest: disturbances only add.");
  Race noisy({{9, 10, 2, 10}, {9, 3, 3, 3}, {9, 2.9, 2.9, 2.9}});
  const Choice choice = fastest(std::span(noisy.candidates).subspan(1), 3);
  expect_choice("3, 3, 3 and 2.9, 2.9, 2.9", choice, 1, 2.9, "This is the slower one.");
}

TEST(Autotune, AmongEqualsTheFirst) {
  Race race({{2}, {2}});
  expect_choice("equal times", fastest(race.candidates, 2), 0, 2.0,
                "Among equals the first wins: compare with <, not <=.");
}

TEST(Autotune, RoundsTakeTurns) {
  Race race({{2}, {2.5}});
  fastest(race.candidates, 3);
  expect_order("three rounds of two", *race.ran, "abababab",
               {{"aaaabbbb",
                 "One candidate after the other: a slow minute of the machine would meet "
                 "one of them alone."},
                {"aabbabab", "The warm-up goes round as well."},
                {"ababab", "The warm-up is a round of its own, before the others."},
                {"abaaabbb",
                 "One candidate after the other: a slow minute of the machine would meet "
                 "one of them alone."}});
}

TEST(Autotune, TheHopelessLeave) {
  Race race({{2}, {1}, {4}});
  const Choice choice = fastest(race.candidates, 3);
  expect_order("times 2, 1, 4 in three rounds", *race.ran, "abcabcbb",
               {{"abcabcabcabc", "Nobody left: after a round, those beyond 1.5 times the best go."},
                {"abcbb", "The warm-up is no round: it decides nothing."},
                {"abcbbb", "The warm-up is no round: it decides nothing."},
                {"abcabcabab", "2 is more than 1.5 · 1: a leaves too."},
                {"abcabbb", "Nobody leaves in the middle of a round: c has not run in it yet."}});
  expect_value("runs", choice.runs, 8, {{5, "The warm-up counts as runs."}});
  expect_value("the winner", static_cast<std::int64_t>(choice.index), std::int64_t{1});
}

TEST(Autotune, ExactlyOneAndAHalfTimesStays) {
  Race race({{1.5}, {1}});
  fastest(race.candidates, 2);
  expect_order("times 1.5 and 1", *race.ran, "ababab",
               {{"ababb", "`More than` 1.5 times leaves; exactly 1.5 times stays."}});
}

TEST(Autotune, ASingleCandidateWinsUnrun) {
  Race race(std::vector<Times>{{3}});
  const Choice choice = fastest(race.candidates, 5);
  expect_order("one candidate", *race.ran, "", {{"aaaaaa", "There is nothing to find out."}});
  expect_value("runs", choice.runs, 0);
}

TEST(Autotune, TheTunerRemembers) {
  Race race({{2}, {1}});
  Tuner tuner(1);
  expect_choice("first call", tuner.choose("64", race.candidates), 1, 1.0,
                "This is the slower one.");
  expect_choice("second call", tuner.choose("64", race.candidates), 1, 1.0, "");
  expect_order("two calls with one key", *race.ran, "abab",
               {{"abababab", "The second call ran the race again; it should know."}});
  tuner.choose("128", race.candidates);
  expect_order("a call with another key", *race.ran, "abababab",
               {{"abab", "Another key is another race: 64's winner may be 128's loser."}});
}

TEST(Autotune, AnswersStayWhereTheyAre) {
  Race race({{2}, {1}});
  Tuner tuner(1);
  const Choice& first = tuner.choose("0", race.candidates);
  for (int i = 1; i < 50; ++i) tuner.choose(std::to_string(i), race.candidates);
  expect_value("an answer of 49 races ago", static_cast<std::int64_t>(first.index),
               std::int64_t{1});
}

TEST(Autotune, TheTunerRefusesAnotherNumberOfCandidates) {
  Race race({{2}, {1}, {3}});
  Tuner tuner(1);
  tuner.choose("64", race.candidates);
  expect_error([&] { tuner.choose("64", std::span(race.candidates).first(2)); }, "64",
               "The answer is an index into other candidates: it may mean another one, or none.");
}

TEST(Autotune, ARaceThatThrowsLeavesNothingBehind) {
  Race bad({{1}, {-1}});
  Tuner tuner(1);
  expect_error([&] { tuner.choose("64", bad.candidates); }, "b",
               "timed() refuses a negative time; let its Error through.");
  Race good({{2}, {1}});
  expect_choice("after a failed race", tuner.choose("64", good.candidates), 1, 1.0,
                "The failed race left an answer behind.");
}

}  // namespace
}  // namespace tinytorch::kernels
