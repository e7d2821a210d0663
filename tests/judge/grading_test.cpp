// Whole submissions of the toy course, from a path to a report.

#include <nlohmann/json.hpp>
#include <set>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/parallel.h"
#include "tito/base/process.h"
#include "tito/course/stubs.h"
#include "tito/judge/report.h"
#include "tito/package/package.h"
#include "tito/package/write.h"
#include "toy_course.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

class GradingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    sandbox_ = new Sandbox(Sandbox::detect());
    judge_ = make_judge("01_counting").release();
  }
  static void TearDownTestSuite() {
    delete judge_;
    delete sandbox_;
  }
  static std::unique_ptr<Judge> make_judge(const std::string& module,
                                           const JudgeOptions& options = gentle_options()) {
    return std::make_unique<Judge>(toy_course(), toy_toolchain(), toy_module(module), *sandbox_,
                                   options);
  }

  // Writes both parts of 01_counting, changed by replacing one text.
  fs::path submission(const std::string& name, const std::string& from = "",
                      const std::string& to = "") const {
    for (const char* part : {"sums", "words"}) {
      std::string text = solution_text("01_counting", part);
      if (const auto at = text.find(from); !from.empty() && at != text.npos) {
        text.replace(at, from.size(), to);
      }
      folder_.write(name + "/modules/01_counting/" + part + ".cpp", text);
    }
    return folder_.path() / name;
  }
  static std::string verdicts(const SubmissionResult& result) {
    std::string text;
    for (const TaskResult& task : result.tasks) text += to_string(task.verdict) + " ";
    return text;
  }

  static Sandbox* sandbox_;
  static Judge* judge_;
  TemporaryFolder folder_;
};
Sandbox* GradingTest::sandbox_ = nullptr;
Judge* GradingTest::judge_ = nullptr;

TEST_F(GradingTest, TheReferenceScoresFullPoints) {
  const SubmissionResult result = judge_->grade(submission("full"), "full");
  EXPECT_EQ(verdicts(result), "pass pass pass ");
  EXPECT_EQ(result.score, 9);
  EXPECT_EQ(result.max_score, 9);
}

TEST_F(GradingTest, OfTheCoreAloneNothingElseCounts) {
  JudgeOptions options = gentle_options();
  options.core_only = true;
  const auto judge = make_judge("01_counting", options);
  const SubmissionResult full = judge->grade(submission("core"), "core");
  EXPECT_EQ(verdicts(full), "pass pass ");
  EXPECT_EQ(full.score, 7);
  EXPECT_EQ(full.max_score, 7);
  // Neither what is wrong in depth nor what is missing there is looked at.
  const SubmissionResult broken =
      judge->grade(submission("broken", "std::string loud;", "std::string nonsense"), "broken");
  EXPECT_EQ(verdicts(broken), "pass pass ");
  EXPECT_EQ(verdicts(judge->grade(submission("wrong", "return sum;", "return sum + 1;"), "wrong")),
            "wrong-answer wrong-answer ");
}

TEST_F(GradingTest, AnEmptySubmissionScoresZero) {
  const SubmissionResult result = judge_->grade(folder_.path(), "empty");
  EXPECT_EQ(verdicts(result), "not-implemented not-implemented not-implemented ");
  EXPECT_EQ(result.score, 0);
}

TEST_F(GradingTest, AnUntouchedPackageScoresZero) {
  const auto files = package_files(toy_course(), toy_module("01_counting"));
  write_file_atomically(folder_.path() / "a.zip", zip_of(files, "01_counting"));
  write_folder(files, folder_.path() / "a");
  for (const char* name : {"a", "a.zip"}) {
    const SubmissionResult result = judge_->grade(folder_.path() / name, name);
    EXPECT_EQ(verdicts(result), "not-implemented not-implemented not-implemented ") << name;
    EXPECT_EQ(result.score, 0) << name;
  }
}

TEST_F(GradingTest, AStubThatWasTouchedIsStillAStub) {
  const fs::path path = folder_.path() / "touched";
  for (const Part& part : toy_module("01_counting").parts) {
    write_file_atomically(path / part.source(),
                          pristine_stub(toy_course(), toy_module("01_counting"), part) + "// me\n");
  }
  EXPECT_EQ(verdicts(judge_->grade(path, "touched")),
            "not-implemented not-implemented not-implemented ");
}

TEST_F(GradingTest, AWrongAnswerNamesEntryValuesDifferenceAndSeed) {
  const SubmissionResult result =
      judge_->grade(submission("off", "return sum;", "return sum + 1;"), "");
  EXPECT_EQ(verdicts(result), "wrong-answer wrong-answer pass ");
  EXPECT_EQ(result.score, 2);
  const std::string& message = result.tasks[0].message;
  for (const char* words :
       {"total: expected ", ", got ", "(by 1 at most)", "(seed ", "1 to 20 numbers"}) {
    EXPECT_NE(message.find(words), std::string::npos) << words << " in: " << message;
  }
}

TEST_F(GradingTest, APartThatDoesNotCompileLeavesTheOtherItsVerdict) {
  const fs::path path =
      submission("broken", "std::int64_t sum = 0;", "std::int64_t sum = nonsense;");
  const SubmissionResult result = judge_->grade(path, "broken");
  EXPECT_EQ(verdicts(result), "compile-error compile-error pass ");
  EXPECT_NE(result.tasks[0].message.find("sums.cpp:"), std::string::npos);
  EXPECT_NE(result.tasks[0].message.find("nonsense"), std::string::npos);
}

TEST_F(GradingTest, ATaskThatMeetsAnotherTasksStubIsSkipped) {
  const fs::path path = submission(
      "half",
      "  std::int64_t sum = 0;\n  for (const int value : values) sum += value;\n  return sum;",
      "  throw not_implemented(\"01.1\");");
  // total() still names its parameter; that the warning is off for learners is part of the
  // toolchain.
  EXPECT_EQ(verdicts(judge_->grade(path, "half")), "not-implemented skipped pass ");
}

TEST_F(GradingTest, WhatASubmissionBringsBesidesItsSourcesIsIgnored) {
  const fs::path path = submission("extra");
  folder_.write("extra/CMakeLists.txt", "message(FATAL_ERROR)");
  folder_.write("extra/tinytorch/counting/words.h", "#error shadowed");
  folder_.write("extra/modules/01_counting/words.h", "#error shadowed");
  folder_.write("extra/modules/01_counting/.clang-format", "x");
  const SubmissionResult result = judge_->grade(path, "extra");
  EXPECT_EQ(result.score, 9) << verdicts(result) << result.tasks[2].message;
  ASSERT_FALSE(result.notes.empty());
  EXPECT_NE(result.notes[0].find("ignored"), std::string::npos);
}

TEST_F(GradingTest, FileNamesThatAreCompilerOptionsAreIgnored) {
  const fs::path path = submission("options");
  folder_.write("options/modules/01_counting/-fplugin=evil.cpp", "x");
  folder_.write("options/modules/01_counting/@arguments.cpp", "x");
  EXPECT_EQ(judge_->grade(path, "options").score, 9);
}

TEST_F(GradingTest, ARejectedZipIsRejectedAsAWhole) {
  const fs::path zip = folder_.write("bad.zip", "no zip at all");
  EXPECT_EQ(verdicts(judge_->grade(zip, "bad")), "rejected rejected rejected ");
}

TEST_F(GradingTest, ASourceWithAZeroByteIsRejected) {
  const fs::path path = submission("zero");
  folder_.write("zero/modules/01_counting/sums.cpp", std::string("int x;\0int y;", 13));
  EXPECT_EQ(verdicts(judge_->grade(path, "zero")), "rejected rejected pass ");
}

TEST_F(GradingTest, NothingAtThePathIsTheInstructorsMistake) {
  EXPECT_THROW(judge_->grade(folder_.path() / "nobody", "nobody"), UserError);
}

TEST_F(GradingTest, AModuleWithoutChecksCannotBeGraded) {
  EXPECT_THROW(make_judge("03_later"), UserError);
}

TEST_F(GradingTest, TheSameSeedGivesTheSameBytesAtAnyNumberOfJobs) {
  std::vector<fs::path> paths;
  paths.push_back(submission("s0"));
  paths.push_back(submission("s1", "return sum;", "return sum + 1;"));
  paths.push_back(submission("s2", "return sum;", "return static_cast<std::int64_t>(values[0]);"));
  paths.push_back(submission("s3", "loud += upper(c)", "loud += c"));
  paths.push_back(submission("s4", "std::int64_t sum = 0;", "std::int64_t sum = nonsense;"));
  paths.push_back(submission("s5", "return sum;", "for (;;) sum = sum + values[0];"));
  std::set<std::string> reports;
  for (const std::size_t jobs : {1u, 2u, 8u}) {
    const auto judge = make_judge("01_counting", gentle_options(99));
    GradeReport report{"01_counting", "all", "R0", 99, std::vector<SubmissionResult>(paths.size())};
    parallel_for(
        paths.size(),
        [&](std::size_t i) {
          report.submissions[i] = judge->grade(paths[i], paths[i].filename().string());
        },
        jobs);
    reports.insert(to_json(report) + to_csv(report));
  }
  EXPECT_EQ(reports.size(), 1u) << fmt::format("{}", fmt::join(reports, "\n"));
}

TEST_F(GradingTest, AnotherSeedDrawsOtherInputs) {
  const auto other = make_judge("01_counting", gentle_options(8));
  std::set<std::string> inputs;
  std::size_t count = 0;
  for (const Judge* judge :
       {static_cast<const Judge*>(judge_), static_cast<const Judge*>(other.get())}) {
    for (const Question& question : judge->setup().questions) {
      for (const Round& round : question.rounds) {
        inputs.insert(question.name + round.input);
        ++count;
      }
    }
  }
  EXPECT_EQ(count, 24u);
  EXPECT_EQ(inputs.size(), count);
}

TEST_F(GradingTest, EarlierModulesAreTheReferenceUnlessTheOwnChainIsAskedFor) {
  folder_.write("chain/modules/02_sorting/order.cpp", solution_text("02_sorting", "order"));
  submission("chain", "return sum;", "return sum + 1000;");  // its own 01, and wrong
  const fs::path path = folder_.path() / "chain";
  const auto usual = make_judge("02_sorting");
  EXPECT_EQ(verdicts(usual->grade(path, "")), "pass pass ");

  JudgeOptions options = gentle_options();
  options.own_chain = true;
  const auto own = make_judge("02_sorting", options);
  EXPECT_EQ(verdicts(own->grade(path, "")), "pass wrong-answer ");

  folder_.write("lone/order.cpp", solution_text("02_sorting", "order"));
  EXPECT_EQ(verdicts(own->grade(folder_.path() / "lone", "")), "pass pass ");

  // A broken part of the chain is the reference's.
  folder_.write("chain/modules/01_counting/sums.cpp", "nonsense");
  const SubmissionResult result = own->grade(path, "");
  EXPECT_EQ(verdicts(result), "pass pass ");
  EXPECT_NE(fmt::format("{}", fmt::join(result.notes, "; ")).find("does not compile"),
            std::string::npos);
}

TEST_F(GradingTest, TheReferencesWorkerIsBuiltOnce) {
  const auto first = reference_worker(toy_course(), toy_toolchain(), toy_module("01_counting"));
  const auto time = fs::last_write_time(first);
  EXPECT_EQ(reference_worker(toy_course(), toy_toolchain(), toy_module("01_counting")), first);
  EXPECT_EQ(fs::last_write_time(first), time);
}

TEST_F(GradingTest, OurOwnTroubleIsStatedAndNeverScored) {
  JudgeOptions options = gentle_options();
  const auto judge = make_judge("01_counting", options);
  fs::permissions(judge->setup().stage.root(), fs::perms{0000});
  fs::remove_all(judge->setup().stage.root());
  const SubmissionResult result = judge->grade(submission("fine"), "fine");
  EXPECT_EQ(verdicts(result), "infrastructure-error infrastructure-error infrastructure-error ");
}

TEST_F(GradingTest, WithoutWallsTheSameWorkerGivesTheSameVerdicts) {
  const Sandbox none = Sandbox::at(Rung::kNone);
  Judge judge(toy_course(), toy_toolchain(), toy_module("01_counting"), none, gentle_options());
  EXPECT_EQ(judge.grade(submission("full"), "full").score, 9);
  const fs::path crash = submission("crash", "return sum;", "__builtin_trap();");
  EXPECT_EQ(verdicts(judge.grade(crash, "crash")), "runtime-error runtime-error pass ");
}

// The command itself, as an instructor types it.
class GradeCommandTest : public GradingTest {
 protected:
  static ProcessResult tito(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TITO_BINARY);
    ProcessOptions options;
    options.environment = {{"TITO_ROOT", toy_course().root.string()}};
    return run_process(arguments, options);
  }
};

TEST_F(GradeCommandTest, WritesJsonAndCsv) {
  const std::string full = submission("full");
  const std::string wrong = submission("wrong", "return sum;", "return sum + 1;");
  const fs::path csv = folder_.path() / "marks.csv";
  const auto run =
      tito({"grade", "01", full, wrong, "--seed", "3", "--json", "--csv", csv.string()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json["module"], "01_counting");
  EXPECT_EQ(json["seed"], 3);
  ASSERT_EQ(json["submissions"].size(), 2u);
  EXPECT_EQ(json["submissions"][0]["id"], "full");
  EXPECT_EQ(json["submissions"][0]["score"], 9);
  EXPECT_EQ(json["submissions"][1]["tasks"][0]["verdict"], "wrong-answer");
  EXPECT_NE(read_file(csv).find("full,9,9,3,pass,4,pass,2,pass"), std::string::npos);
  const auto again = tito({"grade", "01", full, wrong, "--seed", "3", "--json", "--jobs", "2"});
  EXPECT_EQ(again.out, run.out);
}

TEST_F(GradeCommandTest, TellsTheInstructorWhatIsWrong) {
  const std::string full = submission("full");
  EXPECT_EQ(tito({"grade", "01", (folder_.path() / "nobody").string()}).exit_code, 2);
  EXPECT_EQ(tito({"grade", "01", full, "--seed", "x1"}).exit_code, 2);
  EXPECT_EQ(tito({"grade", "01", full, "--jobs", "-1"}).exit_code, 2);
  EXPECT_EQ(tito({"grade", "03_later", full}).exit_code, 2);
  EXPECT_EQ(tito({"grade", "99", full}).exit_code, 2);
}

TEST_F(GradeCommandTest, GradesWhatPackageMade) {
  const std::string zip = folder_.path() / "work.zip";
  EXPECT_EQ(tito({"package", "01", "-o", zip}).exit_code, 0);
  EXPECT_EQ(tito({"package", "01", "--for", "tar", "-o", zip}).exit_code, 2);
  const auto run = tito({"grade", "01", zip, "--json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out)["submissions"][0]["score"], 0);
}

}  // namespace
}  // namespace tito
