// Core and depth on the toy course: sums is the core of 01_counting, words goes further.
#include <algorithm>

#include "tests/tito/toy.h"
#include "tito/base/files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

class Tracks : public ToyCourse {
 protected:
  void solve_core() { solve("01_counting", "sums"); }
  // A screen whose only figure that changes, the seconds, is made plain.
  static std::string still(std::string screen) {
    const std::size_t end = screen.find(" s\n");
    if (end == screen.npos) return screen;
    const std::size_t begin = screen.rfind(' ', end - 1) + 1;
    return screen.replace(begin, end - begin, "0.0");
  }
};

TEST_F(Tracks, HomeCountsTheCoreFirst) {
  tito({"test", "1"});
  EXPECT_EQ(tito({}).out, R"(
  Toy · 01 Counting

  ░░░░░░░░░░░░░░░░░░░░░░░░  core 0 of 2 · depth 0 of 1 · 0 of 9 points

  next task 01.1 total: Add all the values
  in        modules/01_counting/sums.cpp:11

  Next: tito test 01_counting      all commands: tito --help
)");
  solve_core();
  tito({"start", "1"});
  tito({"test", "1"});
  EXPECT_EQ(tito({}).out, R"(
  Toy · 01 Counting

  ████████████████████████  core 2 of 2 · depth 0 of 1 · 7 of 9 points

  ★ Done: its core passes. Parts in depth: tito test 01_counting --all

  Next: tito export 01_counting      all commands: tito --help
)");
  ASSERT_EQ(tito({"export", "1"}).exit_code, 0);
  EXPECT_SAYS(tito({}).out, "Next: tito milestone first_sum ");
  EXPECT_EQ(tito_json({})["core_passed"], 2);
}

TEST_F(Tracks, ADoneCoreLetsOneGoOn) {
  solve_core();
  EXPECT_EQ(tito({"test", "1"}).exit_code, 0);
  EXPECT_EQ(tito_json({})["module"], "02_sorting") << "the next module whose core is open";
}

TEST_F(Tracks, StatusSaysWhatOfTheEngineIsWhose) {
  solve_core();
  tito({"start", "1"});
  ASSERT_EQ(tito({"export", "1"}).exit_code, 0);
  EXPECT_EQ(tito({"status"}).out, R"(
     module       core · depth          points  in the engine
  ▸  01_counting  ██████████ 2/2 · 0/1     7/9  1 of 2 parts yours
     02_sorting   ░░░░░░░░░░ 0/2           0/8  reference
     03_later     —                             reference

  01_counting runs on your sums; its other parts are the reference's until all
  their tasks pass.
  ████░░░░░░░░░░░░░░░░  1 of 3 modules and 25 % of the lines are your own.
  Next: tito test goes on with the current module.
)");
  const auto module = tito_json({"status"})["modules"][0];
  EXPECT_EQ(module["own_parts"], nlohmann::json({"sums"}));
  EXPECT_EQ(module["core_passed"], 2);
  EXPECT_EQ(module["done"], true);
  edit("modules/01_counting/sums.cpp", "// Part 1", "// My part 1");
  EXPECT_SAYS(tito({"status"}).out, "1 of 2 parts yours, edited");
  edit("modules/01_counting/sums.cpp", "// My part 1", "// Part 1");
  write("modules/01_counting/words.cpp", "// begun\n");
  EXPECT_SILENT_ABOUT(tito({"status"}).out, "yours, edited since")
      << "words is not in the engine: editing it changes nothing there";
}

TEST_F(Tracks, TestShowsAPartInDepthOnceItIsBegun) {
  EXPECT_SAYS(tito({"test", "1"}).out,
              "  depth each part stands alone; the module is done without them\n"
              "    ○ words            Raising the voice · 1 task\n");
  EXPECT_SAYS(tito({"test", "1", "--all"}).out,
              "  words.cpp Raising the voice · depth\n    ○ 01.3");
  solve("01_counting", "words");
  edit("modules/01_counting/words.cpp", "return loud + \"!\";", "return loud;");
  const auto begun = tito({"test", "1"});
  EXPECT_SAYS(begun.out, "    ✗ 01.3  shout");
  EXPECT_SAYS(begun.out, "── 01.1 total") << "the core comes first";
}

TEST_F(Tracks, AModuleIsDoneWhenItsCorePasses) {
  solve_core();
  const auto core = tito({"test", "1"});
  EXPECT_EQ(core.exit_code, 0);
  EXPECT_EQ(still(core.out), R"(
  01 Counting

  sums.cpp Adding up
    ✓ 01.1  total    3
    ✓ 01.2  mean     4

  depth each part stands alone; the module is done without them
    ○ words            Raising the voice · 1 task

  ████████████████████████  core 2 of 2 · depth 0 of 1 · 7 of 9 points · 0.0 s

  ★ Counting is done: its core passes, 7 points.
  Next: tito export 01_counting puts your code into the engine.
  Then: tito milestone first_sum runs on it.
  Further: tito test 01_counting --all lists the parts in depth.
)");
  const auto everything = tito({"test", "1", "--all"});
  EXPECT_EQ(everything.exit_code, 1) << "one task of nine points is open";
  EXPECT_SAYS(everything.out, "── 01.3 shout");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(document["done"], true);
  EXPECT_EQ(document["core_passed"], 2);
  EXPECT_EQ(document["tasks"][2]["track"], "depth");
}

TEST_F(Tracks, APartInDepthIsGuidedOnceItIsBegun) {
  solve_core();
  solve("01_counting", "words");
  edit("modules/01_counting/words.cpp", "return loud + \"!\";", "return loud;");
  const auto result = tito({"test", "1"});
  EXPECT_EQ(result.exit_code, 0) << "the module is done all the same";
  EXPECT_SAYS(result.out, "★ Counting is done: its core passes, 7 points.");
  EXPECT_SAYS(result.out, "── 01.3 shout");
  EXPECT_EQ(tito_json({"hint", "01.3"})["level"], 1);
  tito({"start", "1"});
  EXPECT_EQ(tito_json({"hint"})["task"], "01.3");
  edit("modules/01_counting/words.cpp", "return loud;", "return loud + \"!\";");
  EXPECT_SAYS(tito({"test", "1"}).out, "★ Counting is complete: every task passes, 9 points.");
}

TEST_F(Tracks, ExportTakesWhatPassesWhole) {
  solve_core();
  // The tests cannot tell this from the reference; the milestone can.
  edit("modules/01_counting/sums.cpp", "  return sum;", "  return sum == 9 ? 1000 : sum;");
  const auto result = tito({"export", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_SAYS(result.out,
              "  Yours: sums.\n  The reference's, until all their tasks pass: words.\n");
  EXPECT_SAYS(result.out, "Next: tito milestone first_sum runs on it");
  EXPECT_TRUE(fs::exists(root() / "tinytorch/exported/01_counting/sums.cpp"));
  EXPECT_FALSE(fs::exists(root() / "tinytorch/exported/01_counting/words.cpp"));
  const auto milestone = tito({"milestone", "first_sum"});
  EXPECT_SAYS(milestone.out, "total 1000");
  EXPECT_SAYS(milestone.out, "01_counting (1 of 2 parts); 1 of 3 modules.");
  solve("02_sorting", "order");
  EXPECT_EQ(tito({"test", "2"}).exit_code, 0) << "tested on a module that is exported in part";
  const auto document = tito_json({"export", "1"});
  EXPECT_EQ(document["parts"], nlohmann::json({"sums"}));
  EXPECT_EQ(document["left"], nlohmann::json({"words"}));
  EXPECT_EQ(tito({"export", "1", "--all"}).exit_code, 1);
}

// The core may still be open: what passes goes in all the same.
TEST_F(Tracks, ExportTakesAPartInDepthWithoutTheCore) {
  solve("01_counting", "words");
  const auto result = tito({"export", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_SAYS(result.out, "Yours: words.");
  // No longer whole: the next export leaves it to the reference.
  solve_core();
  edit("modules/01_counting/words.cpp", "return loud + \"!\";", "return loud;");
  ASSERT_EQ(tito({"export", "1"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(root() / "tinytorch/exported/01_counting/words.cpp"));
}

TEST_F(Tracks, ExportOfNothingWholeSaysSo) {
  const auto result = tito({"export", "1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_SAYS(result.out, "a part goes into the engine once all its tasks pass");
  EXPECT_SILENT_ABOUT(result.out, "01.3") << "a part in depth that nobody began";
}

TEST_F(Tracks, StartNamesTheCoreAndItsMinutes) {
  EXPECT_SAYS(tito({"start", "1"}).out, "  core       2 tasks in 1 file\n");
  EXPECT_SAYS(tito({"start", "2"}).out, "  to write   2 tasks in 1 file\n");
  edit("modules/01_counting/module.yaml", "    track: core\n",
       "    track: core\n    minutes: 25\n");
  EXPECT_SAYS(tito({"start", "1"}).out, "2 tasks in 1 file, about 25 minutes\n");
}

TEST_F(Tracks, DiffShowsEachPartThatPasses) {
  solve_core();
  const auto result = tito({"diff", "1"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_SAYS(result.out, "sums.cpp: the same");
  EXPECT_SILENT_ABOUT(result.out, "words");
  EXPECT_EQ(tito({"diff", "1.words"}).exit_code, 1);
}

// As a package of the core has it: the part in depth is a source that links, and asks for nothing.
TEST_F(Tracks, APartWithoutTasksIsNotAskedFor) {
  std::string text = read("modules/01_counting/module.yaml");
  text.resize(text.rfind("    tasks:\n"));
  write("modules/01_counting/module.yaml", text);
  fs::remove(root() / "tests/01_counting/words_test.cpp");
  solve_core();
  const auto result = tito({"test", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_SAYS(result.out, "2 of 2 tasks · 7 of 7 points");
  EXPECT_SAYS(result.out, "is complete");
  EXPECT_EQ(tito({"export", "1"}).exit_code, 0);
  EXPECT_SAYS(tito({"status"}).out, "your own");
}

TEST_F(Tracks, TheMilestoneIsOfferedOnlyWhereItRuns) {
  solve_core();
  fs::remove(root() / "milestones/1900_first_sum.cpp");
  EXPECT_SILENT_ABOUT(tito({"test", "1"}).out, "milestone");
}

}  // namespace
}  // namespace tito
