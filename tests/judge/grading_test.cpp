// Whole submissions of the toy course, from a path to a report.

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/parallel.h"
#include "tito/base/process.h"
#include "tito/course/stubs.h"
#include "tito/judge/report.h"
#include "tito/judge/sandbox/stage.h"
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
  // Both parts of 04_pieces, with `more` added to the parts named.
  void pieces(const std::string& name, const std::map<std::string, std::string>& more) const {
    for (const char* part : {"first", "second", "third", "fourth"}) {
      const auto found = more.find(part);
      folder_.write(name + "/" + part + ".cpp",
                    solution_text("04_pieces", part) + (found == more.end() ? "" : found->second));
    }
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

// A full disk: what a tool then says is no diagnosis of the source.
TEST_F(GradingTest, AFullDiskIsOurOwnTrouble) {
  const auto judge = make_judge("01_counting");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  const rlimit low{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &low);  // our own writes fail, as on a full disk
  const SubmissionResult result = judge->grade(submission("fine"), "fine");
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_DFL);
  EXPECT_EQ(verdicts(result), "infrastructure-error infrastructure-error infrastructure-error ");
}

TEST_F(GradingTest, AMachineWithoutProcessesIsOurOwnTrouble) {
  rlimit before{};
  getrlimit(RLIMIT_NPROC, &before);
  const rlimit low{10, before.rlim_max};
  setrlimit(RLIMIT_NPROC, &low);
  const SubmissionResult result = judge_->grade(submission("fine"), "fine");
  setrlimit(RLIMIT_NPROC, &before);
  EXPECT_EQ(verdicts(result), "infrastructure-error infrastructure-error infrastructure-error ");
  EXPECT_NE(result.tasks[0].message.find("ulimit -u"), std::string::npos)
      << result.tasks[0].message;
}

TEST_F(GradingTest, AHelperDefinedTwiceCostsOnlyThePartsThatDefineIt) {
  const auto judge = make_judge("04_pieces");
  const std::string twice = "int helper() { return 1; }\n";
  pieces("twice", {{"first", twice}, {"second", twice}});
  const SubmissionResult result = judge->grade(folder_.path() / "twice", "");
  EXPECT_EQ(verdicts(result), "compile-error compile-error pass pass ");
  for (const char* words : {"helper()", "first.cpp", "second.cpp"}) {
    EXPECT_NE(result.tasks[0].message.find(words), std::string::npos) << result.tasks[0].message;
    EXPECT_NE(result.tasks[1].message.find(words), std::string::npos) << result.tasks[1].message;
  }
  // Beside a function that nobody defines.
  pieces(
      "undefined",
      {{"first", twice}, {"second", twice}, {"third", "int nobody();\nint (*asks)() = nobody;\n"}});
  const SubmissionResult both = judge->grade(folder_.path() / "undefined", "");
  EXPECT_EQ(verdicts(both), "compile-error compile-error compile-error pass ");
  EXPECT_NE(both.tasks[2].message.find("nobody()"), std::string::npos) << both.tasks[2].message;
  EXPECT_EQ(both.tasks[2].message.find("helper"), std::string::npos) << both.tasks[2].message;
}

TEST_F(GradingTest, AHelperOfAnotherPartIsFineUntilThatPartFails) {
  const auto judge = make_judge("04_pieces");
  const std::string uses = "int helper();\nint (*asks)() = helper;\n";
  pieces("shared", {{"first", "int helper() { return 1; }\n"}, {"second", uses}});
  EXPECT_EQ(verdicts(judge->grade(folder_.path() / "shared", "")), "pass pass pass pass ");
  pieces("other", {{"first", "int helper() { return 1; }\n"},
                   {"second", uses},
                   {"third", "int nobody();\nint (*asks3)() = nobody;\n"}});
  EXPECT_EQ(verdicts(judge->grade(folder_.path() / "other", "")), "pass pass compile-error pass ");
  pieces("fallen", {{"first", "int helper() { return 1; }\nint nobody();\nint x = nobody();\n"},
                    {"second", uses}});
  const SubmissionResult result = judge->grade(folder_.path() / "fallen", "");
  EXPECT_EQ(verdicts(result), "compile-error compile-error pass pass ");
}

TEST_F(GradingTest, AFunctionThatIsMissingIsNamed) {
  const SubmissionResult result =
      judge_->grade(submission("renamed", "std::int64_t total(", "std::int64_t totals("), "");
  EXPECT_EQ(verdicts(result), "compile-error compile-error pass ");
  const SubmissionResult gone =
      judge_->grade(submission("gone", "std::string shout(", "std::string shouts("), "");
  EXPECT_EQ(verdicts(gone), "pass pass compile-error ");
  EXPECT_NE(gone.tasks[2].message.find("does not define"), std::string::npos)
      << gone.tasks[2].message;
  EXPECT_NE(gone.tasks[2].message.find("shout("), std::string::npos) << gone.tasks[2].message;
}

TEST_F(GradingTest, AnEmptySourceIsSaidToBeEmpty) {
  for (const char* content : {"", " \n\t\n", "\xef\xbb\xbf\r\n"}) {
    const fs::path path = submission("empty");
    folder_.write("empty/modules/01_counting/words.cpp", content);
    const SubmissionResult result = judge_->grade(path, "");
    EXPECT_EQ(verdicts(result), "pass pass not-implemented ");
    EXPECT_NE(result.tasks[2].message.find("words.cpp is empty"), std::string::npos)
        << result.tasks[2].message;
  }
}

TEST_F(GradingTest, WhatIsTooLongToSendIsNamedSo) {
  JudgeOptions options = gentle_options();
  options.worker.box.memory = 1u << 30;
  const auto judge = make_judge("01_counting", options);
  const SubmissionResult threw = judge->grade(
      submission("threw", "return loud + \"!\";", "throw Error(std::string(80u << 20, 'e'));"), "");
  EXPECT_EQ(verdicts(threw), "pass pass runtime-error ");
  EXPECT_NE(threw.tasks[2].message.find("threw: eeee"), std::string::npos)
      << threw.tasks[2].message;
  EXPECT_LT(threw.tasks[2].message.size(), 1000u);
  const SubmissionResult answered = judge->grade(
      submission("answered", "return loud + \"!\";", "return std::string(80u << 20, 'a');"), "");
  EXPECT_EQ(verdicts(answered), "pass pass output-limit ");
  EXPECT_NE(answered.tasks[2].message.find("more than 64 MB"), std::string::npos)
      << answered.tasks[2].message;
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

TEST_F(GradeCommandTest, OneBadSubmissionCostsTheOthersNothing) {
  const std::string full = submission("full");
  fs::create_symlink("loop", folder_.path() / "loop");
  fs::create_symlink("nowhere", folder_.path() / "dangling");
  ASSERT_EQ(mkfifo((folder_.path() / "pipe").c_str(), 0600), 0);
  folder_.write("notes.txt", "x");
  folder_.write("closed/sums.cpp", "x");
  fs::permissions(folder_.path() / "closed", fs::perms::none);
  std::vector<std::string> arguments{"grade", "01", "--json", full};
  for (const char* bad : {"loop", "dangling", "pipe", "notes.txt", "closed"}) {
    arguments.push_back((folder_.path() / bad).string());
  }
  const auto run = tito(arguments);
  fs::permissions(folder_.path() / "closed", fs::perms::owner_all);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto submissions = nlohmann::json::parse(run.out)["submissions"];
  ASSERT_EQ(submissions.size(), 6u);
  EXPECT_EQ(submissions[0]["score"], 9);
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_EQ(submissions[i]["tasks"][0]["verdict"], "rejected") << submissions[i];
  }
}

TEST_F(GradeCommandTest, MarksThatCannotBeWrittenAreRefusedBeforeGradingBegins) {
  const std::string full = submission("full");
  const fs::path file = folder_.write("file", "x");
  for (const std::string& csv : {folder_.path().string(), file.string() + "/marks.csv",
                                 std::string("/proc/marks.csv"), std::string("/dev/null"), full}) {
    const auto begin = std::chrono::steady_clock::now();
    const auto run = tito({"grade", "01", full, "--csv", csv});
    EXPECT_EQ(run.exit_code, 2) << csv;
    EXPECT_NE(run.err.find("--csv"), std::string::npos) << run.err;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2)) << csv;
  }
  EXPECT_FALSE(fs::exists(file.string() + "/marks.csv"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(GradeCommandTest, ABudgetIsSpentFairlyAndStated) {
  const std::string spins = submission("spins", "return sum;", "for (;;) sum = sum + values[0];");
  const auto run = tito({"grade", "01", spins, "--budget", "24", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto tasks = nlohmann::json::parse(run.out)["submissions"][0]["tasks"];
  EXPECT_EQ(tasks[0]["verdict"], "time-limit");
  EXPECT_EQ(tasks[1]["verdict"], "time-limit");
  EXPECT_EQ(tasks[2]["verdict"], "pass") << tasks[2];
  EXPECT_NE(tasks[0]["message"].get<std::string>().find("24 s"), std::string::npos) << tasks[0];
  EXPECT_LT(run.seconds, 60.0);
  EXPECT_EQ(tito({"grade", "01", spins, "--budget", "0"}).exit_code, 2);
}

// What is in the folder for temporary files, of tito's.
std::size_t stages_in(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    count += entry.path().filename().string().starts_with("tito-grade-") ? 1 : 0;
  }
  return count;
}

// Starts the command on a submission that takes its time and returns once its stage stands.
pid_t start_grading(const fs::path& temporary, const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    setenv("TITO_ROOT", toy_course().root.c_str(), 1);
    setenv("TMPDIR", temporary.c_str(), 1);
    freopen("/dev/null", "w", stdout);
    execl(TITO_BINARY, TITO_BINARY, "grade", "01", path.c_str(), nullptr);
    _exit(127);
  }
  for (int i = 0; i < 6000 && stages_in(temporary) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(stages_in(temporary), 1u);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // something is in it
  return child;
}

TEST_F(GradeCommandTest, LeavesNothingWhenTheTerminalIsClosed) {
  const std::string spins = submission("spins", "return sum;", "for (;;) sum = sum + values[0];");
  fs::permissions(folder_.path(), fs::perms{0755});
  const fs::path temporary = folder_.path() / "temporary";
  fs::create_directory(temporary);
  const pid_t child = start_grading(temporary, spins);
  kill(child, SIGHUP);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGHUP) << status;
  EXPECT_EQ(stages_in(temporary), 0u);
}

TEST_F(GradeCommandTest, SweepsWhatAKilledRunLeftAndNothingElse) {
  const std::string spins = submission("spins", "return sum;", "for (;;) sum = sum + values[0];");
  fs::permissions(folder_.path(), fs::perms{0755});
  const fs::path temporary = folder_.path() / "temporary";
  fs::create_directory(temporary);
  const pid_t child = start_grading(temporary, spins);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_EQ(stages_in(temporary), 1u);
  folder_.write("temporary/tito-grade-mine/x", "");  // not one of ours: nothing says so
  setenv("TMPDIR", temporary.c_str(), 1);
  {
    const Stage first;
    EXPECT_EQ(stages_in(temporary), 2u) << "what the killed run left is swept";
    const Stage second;
    EXPECT_EQ(stages_in(temporary), 3u) << "the stage of a run at work stays";
  }
  EXPECT_EQ(stages_in(temporary), 1u);
  unsetenv("TMPDIR");
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
