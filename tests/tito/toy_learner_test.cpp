// The learner's commands other than test and watch, on the toy course.
#include <csignal>

#include "tests/tito/toy.h"
#include "tito/base/files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

class LearnerCommands : public ToyCourse {
 protected:
  std::size_t backups() {
    const fs::path folder = root() / ".tito/backups";
    return fs::exists(folder)
               ? static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}))
               : 0;
  }
  void solve_counting() {
    solve("01_counting", "sums");
    solve("01_counting", "words");
  }
};

TEST_F(LearnerCommands, BareTitoSaysWhereYouAre) {
  const auto first = tito({});
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_SAYS(first.out, "01 Counting");
  EXPECT_SAYS(first.out, "tito start 01_counting");
  tito({"test", "1"});
  EXPECT_SAYS(tito({}).out, "tito test 01_counting");
  EXPECT_EQ(tito_json({})["task"], "01.1");
}

TEST_F(LearnerCommands, ListShowsEveryModule) {
  const auto result = tito({"list"});
  for (const char* name : {"01_counting", "02_sorting", "03_later"}) EXPECT_SAYS(result.out, name);
  const auto document = tito_json({"list"});
  EXPECT_EQ(document["modules"].size(), 3u);
  EXPECT_EQ(document["modules"][0]["max_points"], 9);
  EXPECT_EQ(document["modules"][2]["stage"], "engine");
}

TEST_F(LearnerCommands, OfAPackageOnlyItsOwnModuleIsToBeWritten) {
  write("course.yaml", "course: Toy\ngiven: [01_counting]\nmodules: [02_sorting]\n");
  write("stubs/02_sorting/order.cpp", read("modules/02_sorting/order.cpp"));
  fs::remove_all(root() / "modules/01_counting");
  EXPECT_EQ(tito_json({})["module"], "02_sorting");
  EXPECT_EQ(tito_json({"hint"})["task"], "02.1");
  EXPECT_SAYS(tito({"list"}).out, "given");
  EXPECT_EQ(tito({"status"}).out.find("0/9"), std::string::npos) << "nobody is to earn its points";
  for (const char* command : {"test", "start", "hint", "export"}) {
    const auto refused = tito({command, "1"});
    EXPECT_EQ(refused.exit_code, 2) << command;
    EXPECT_SAYS(refused.err, "01_counting is given in this package");
  }
}

TEST_F(LearnerCommands, StartChoosesTheModule) {
  const auto result = tito({"start", "2"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_SAYS(result.out, "modules/02_sorting/README.md");
  EXPECT_SAYS(result.out, "modules/02_sorting/order.cpp:12");
  EXPECT_EQ(tito_json({"test"})["module"], "02_sorting")
      << "test without a name means the current module";
  EXPECT_EQ(tito_json({"start", "1"})["task"], "01.1");
  EXPECT_EQ(tito({"start", "3"}).exit_code, 2) << "nothing to work on there yet";
}

TEST_F(LearnerCommands, StartBringsAMissingSourceBackAndKeepsTheRest) {
  const std::string stub = read("modules/01_counting/sums.cpp");
  fs::remove(root() / "modules/01_counting/sums.cpp");
  write("modules/01_counting/words.cpp", "// mine\n");
  tito({"start", "1"});
  EXPECT_EQ(read("modules/01_counting/sums.cpp"), stub);
  EXPECT_EQ(read("modules/01_counting/words.cpp"), "// mine\n");
}

TEST_F(LearnerCommands, HintsGoFurtherEachTimeAndRemember) {
  EXPECT_SAYS(tito({"hint", "01.1"}).out, "Begin with 0");
  EXPECT_SAYS(tito({"hint", "01.1"}).out, "running sum");
  EXPECT_EQ(tito_json({"hint", "01.1"})["level"], 3);
  EXPECT_EQ(tito_json({"hint", "01.1"})["level"], 3) << "the last one stays";
  EXPECT_EQ(tito_json({"hint", "01.1", "--level", "1"})["hint"],
            "Begin with 0 and look at every value once.");
  EXPECT_EQ(tito_json({"hint", "01.1"})["level"], 3) << "looking back forgets nothing";
  EXPECT_EQ(tito({"hint", "01.1", "--level", "4"}).exit_code, 2);
}

TEST_F(LearnerCommands, HintWithoutATaskMeansTheNextOne) {
  edit("modules/01_counting/sums.cpp", "  throw tinytorch::not_implemented(\"01.1\");",
       "  std::int64_t sum = 0;\n  for (const int value : values) sum += value;\n  return sum;");
  tito({"test", "1"});
  EXPECT_EQ(tito_json({"hint"})["task"], "01.2");
}

TEST_F(LearnerCommands, ExportOfAllRefusesWhileTestsFail) {
  solve("01_counting", "sums");
  const auto result = tito({"export", "1", "--all"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_SAYS(result.out, "01.3");
  EXPECT_SILENT_ABOUT(result.out, "01.1");
  EXPECT_FALSE(fs::exists(root() / "tinytorch/exported"));
  const auto document = tito_json({"export", "1", "--all"});
  EXPECT_EQ(document["exported"], false);
  EXPECT_EQ(document["failing"], nlohmann::json({"01.3"}));
}

TEST_F(LearnerCommands, ExportPutsTheLearnersCodeIntoTheEngine) {
  solve_counting();
  // The tests cannot tell this from the reference; the milestone can.
  edit("modules/01_counting/sums.cpp", "  return sum;", "  return sum == 9 ? 1000 : sum;");
  const auto result = tito({"export", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_EQ(read("tinytorch/exported/01_counting/sums.cpp"), read("modules/01_counting/sums.cpp"));
  EXPECT_SAYS(tito({"milestone", "1900"}).out, "total 1000");
  const auto status = tito_json({"status"});
  EXPECT_EQ(status["own_modules"], 1);
  EXPECT_EQ(status["modules"][0]["origin"], "exported");
  EXPECT_EQ(status["modules"][1]["origin"], "reference");
  EXPECT_SAYS(tito({"status"}).out, "your own");
  const auto undo = tito({"export", "1", "--undo"});
  EXPECT_EQ(undo.exit_code, 0);
  EXPECT_SAYS(undo.out, ".tito/backups/");
  EXPECT_EQ(backups(), 1u);
  EXPECT_SAYS(tito({"milestone", "1900"}).out, "total 9,");
}

TEST_F(LearnerCommands, ExportAgainKeepsTheEarlierSnapshot) {
  solve_counting();
  ASSERT_EQ(tito({"export", "1"}).exit_code, 0);
  edit("modules/01_counting/sums.cpp", "// Part 1", "// My part 1");
  EXPECT_SAYS(tito({"status"}).out, "your own, edited");
  ASSERT_EQ(tito({"export", "1"}).exit_code, 0);
  EXPECT_EQ(backups(), 1u);
  EXPECT_SAYS(read("tinytorch/exported/01_counting/sums.cpp"), "My part 1");
}

TEST_F(LearnerCommands, OtherModulesAreTestedOnTheExportedOne) {
  solve_counting();
  edit("modules/01_counting/sums.cpp", "  return sum;",
       "  return values.size() == 2 && values[0] == 1 && values[1] == 2 ? sum : sum;");
  ASSERT_EQ(tito({"export", "1"}).exit_code, 0);
  solve("02_sorting", "order");
  EXPECT_EQ(tito({"test", "2"}).exit_code, 0);
}

TEST_F(LearnerCommands, ResetBacksUpAndSaysWhere) {
  solve_counting();
  const std::string work = read("modules/01_counting/sums.cpp");
  const auto result = tito({"reset", "1.sums"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_SAYS(read("modules/01_counting/sums.cpp"), "not_implemented(\"01.1\")");
  EXPECT_SILENT_ABOUT(read("modules/01_counting/words.cpp"), "not_implemented");
  const std::size_t at = result.out.find(".tito/backups/");
  ASSERT_NE(at, std::string::npos) << result.out;
  const std::string folder = result.out.substr(at, result.out.find('\n', at) - at);
  EXPECT_EQ(read(folder + "/modules/01_counting/sums.cpp"), work);
  EXPECT_EQ(tito_json({"reset", "1"})["reset"].size(), 1u) << "only what was changed";
  EXPECT_EQ(tito_json({"reset", "1"})["reset"].size(), 0u);
}

TEST_F(LearnerCommands, ResetNamesPartsAndTasksApart) {
  EXPECT_SAYS(tito({"reset", "1.sum"}).err, "Did you mean sums?");
  EXPECT_SAYS(tito({"reset", "01.2"}).err, "01.sums");
  EXPECT_EQ(tito({"reset", "modules/01_counting/sums.cpp"}).exit_code, 0);
}

TEST_F(LearnerCommands, DiffOnlyAfterAPass) {
  const auto early = tito({"diff", "1"});
  EXPECT_EQ(early.exit_code, 1);
  EXPECT_SILENT_ABOUT(early.out, "+  ");
  solve_counting();
  edit("modules/01_counting/words.cpp", "return loud + \"!\";", "loud += '!';\n  return loud;");
  const auto result = tito({"diff", "1"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_SAYS(result.out, "-  loud += '!';");
  EXPECT_SAYS(result.out, "+  return loud + \"!\";");
  EXPECT_SAYS(result.out, "sums.cpp: the same");
  EXPECT_SILENT_ABOUT(result.out, "SOLUTION");
  EXPECT_EQ(tito_json({"diff", "1.words"})["parts"].size(), 1u);
}

TEST_F(LearnerCommands, MilestonesAreListedAndRun) {
  const auto list = tito({"milestone"});
  EXPECT_SAYS(list.out, "1900: the first sum\n");
  write("milestones/shared.cpp", "// Not one by itself.\n");
  EXPECT_EQ(tito_json({"milestone"})["milestones"].size(), 1u);
  const auto run = tito({"milestone", "first_sum"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_SAYS(run.out, "total 9, smallest 1");
  EXPECT_EQ(tito_json({"milestone", "1900"})["output"], "total 9, smallest 1\n");
  EXPECT_SAYS(tito({"milestone", "first_som"}).err, "Did you mean 1900_first_sum?");
  write("milestones/1900_other_sum.cpp", read("milestones/1900_first_sum.cpp"));
  EXPECT_SAYS(tito({"milestone", "1900"}).err, "may be 1900_first_sum or 1900_other_sum");
}

TEST_F(LearnerCommands, NoLineIsWiderThanTheTerminal) {
  edit("modules/01_counting/module.yaml", "summary: Sums of whole numbers, and words made loud.",
       "summary: Sums of whole numbers, of many or of few of them, and words made loud, one letter "
       "after the other.");
  edit("modules/01_counting/module.yaml", "title: Add all the values",
       "title: Add all the values, those that come first and those that come last of them");
  edit("milestones/1900_first_sum.cpp", "1900: the first sum",
       "1900: the first sum of numbers that was ever worked out on a machine made for it");
  for (const char* command : {"status", "list", "milestone"}) {
    EXPECT_GT(expect_lines_fit(tito({command}).out, 80), 3u) << command;
  }
  EXPECT_GT(expect_lines_fit(tito({"start", "1"}).out, 80), 3u);
  EXPECT_GT(expect_lines_fit(tito({"test", "1"}).out, 80), 3u);
  solve("01_counting", "sums");
  solve("01_counting", "words");
  edit("modules/01_counting/sums.cpp", "// Part 1", "// My part 1");
  EXPECT_EQ(tito({"export", "1"}).exit_code, 0);
  edit("modules/01_counting/sums.cpp", "// My part 1", "// Part 1");
  EXPECT_GT(expect_lines_fit(tito({"status"}).out, 80), 3u);
  EXPECT_GT(expect_lines_fit(tito({"list"}).out, 80), 3u);
}

TEST_F(LearnerCommands, DoctorReportsWhatIsMissing) {
  const auto healthy = tito_json({"doctor"});
  EXPECT_EQ(healthy["healthy"], true);
  EXPECT_EQ(tito({"doctor"}).exit_code, 0);
  write("bin/packages.txt",
        read("bin/packages.txt") + "libnothing-dev needed /no/such/header.h to be missed\n");
  const auto ill = tito({"doctor"});
  EXPECT_EQ(ill.exit_code, 1);
  EXPECT_SAYS(ill.out, "apt-get install libnothing-dev");
}

TEST_F(LearnerCommands, DoctorLooksForPackagesOfNpmBelowTheProject) {
  write("bin/packages.txt", read("bin/packages.txt") +
                                "here@1.2.3 check build/npm/here@1.2.3/found to be seen\n"
                                "gone@4.5.6 check build/npm/gone@4.5.6/found to be missed\n");
  write("build/npm/here@1.2.3/found", "");
  const auto findings = tito_json({"doctor"})["findings"];
  const auto named = [&](const std::string& name) {
    for (const auto& finding : findings) {
      if (finding["name"] == name) return finding;
    }
    return nlohmann::json();
  };
  EXPECT_EQ(named("here")["ok"], true);
  EXPECT_SAYS(named("here")["detail"].get<std::string>(), "1.2.3");
  EXPECT_EQ(named("gone")["ok"], false);
  EXPECT_EQ(named("gone")["remedy"], "bin/install-packages check");
}

TEST_F(LearnerCommands, StatusTellsStaleProgress) {
  solve("01_counting", "sums");
  tito({"test", "1"});
  EXPECT_EQ(tito_json({"status"})["modules"][0]["passed"], 2);
  EXPECT_EQ(tito_json({"status"})["modules"][0]["edited_since"], false);
  edit("modules/01_counting/sums.cpp", "// Part 1", "// My part 1");
  EXPECT_EQ(tito_json({"status"})["modules"][0]["edited_since"], true);
}

TEST_F(LearnerCommands, OneTaskAfterAnotherAddsUp) {
  solve("01_counting", "sums");
  tito({"test", "01.1"});
  tito({"test", "01.2"});
  EXPECT_EQ(tito_json({"status"})["modules"][0]["passed"], 2);
}

class CorruptState : public ToyCourse, public testing::WithParamInterface<const char*> {};

TEST_P(CorruptState, IsSetAsideAndProgressRebuilt) {
  solve("01_counting", "sums");
  tito({"test", "1"});
  write(".tito/state.json", GetParam());
  const auto result = tito({"status", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_SAYS(result.err, "state.json.corrupt-1");
  EXPECT_EQ(read(".tito/state.json.corrupt-1"), GetParam());
  EXPECT_EQ(nlohmann::json::parse(result.out)["modules"][0]["passed"], 2)
      << "found again by testing";
  EXPECT_SILENT_ABOUT(tito({"status"}).err, "corrupt") << "said once";
  write(".tito/state.json", "}");
  tito({"list"});
  EXPECT_TRUE(fs::exists(root() / ".tito/state.json.corrupt-2"))
      << "an earlier one is not overwritten";
}

INSTANTIATE_TEST_SUITE_P(All, CorruptState,
                         testing::Values("{ \"version\": 1, ", "", "[]", "{\"version\": \"one\"}",
                                         "{\"version\": 1, \"current_module\": 7, \"hints\": {}, "
                                         "\"modules\": {}, \"rebuild\": false}",
                                         "\x01\x02\xff"));

TEST_F(LearnerCommands, AStateOfALaterVersionIsLeftAlone) {
  write(".tito/state.json", "{\"version\": 99}");
  EXPECT_EQ(tito({"status"}).exit_code, 2);
  EXPECT_EQ(read(".tito/state.json"), "{\"version\": 99}");
}

TEST_F(LearnerCommands, AReaderThatLeavesEarlyIsNoError) {
  const auto result = run_process(
      {"/bin/sh", "-c", "TITO_ROOT=" + root().string() + ' ' + TITO_BINARY + " test 1 | true"});
  EXPECT_EQ(result.err, "") << "as in `tito test 15 | head -3`";
}

TEST_F(LearnerCommands, CtrlCLeavesNothingHalfWritten) {
  solve("01_counting", "words");
  edit("modules/01_counting/words.cpp", "return loud + \"!\";",
       "while (!loud.empty()) loud += \"\";\n  return loud;");
  // The shell's own child gets the signal, as from a terminal.
  const auto result = run_process({"/bin/sh", "-c",
                                   std::string("TITO_ROOT=") + root().string() + ' ' + TITO_BINARY +
                                       " test 1 & sleep 2; kill -INT $!; wait $!; echo code $?"});
  EXPECT_SAYS(result.out, "code 130");
  EXPECT_LT(result.seconds, 8.0) << "it ends at once, not at the time-out";
  for (const auto& entry : fs::recursive_directory_iterator(root())) {
    EXPECT_SILENT_ABOUT(entry.path().filename().string(), ".tmp");
  }
  const auto running = run_process(
      {"/bin/sh", "-c", "ps -eo args | grep -c '[t]oy/build/dev/tito/bin/01_counting'"});
  EXPECT_EQ(running.out, "0\n") << "the tested program is gone too";
  EXPECT_EQ(tito({"list"}).exit_code, 0);
}

}  // namespace
}  // namespace tito
