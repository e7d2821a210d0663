// The program as a user runs it: what it writes, how it goes on, what it refuses.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "lab/qat_ablation/page.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::lab {
namespace {

namespace fs = std::filesystem;

struct Ended {
  int status = 0;
  std::string output;  // both streams
};

Ended run_program(const std::string& arguments) {
  const std::string command = std::string(QAT_ABLATION) + " " + arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  Ended ended;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    ended.output.append(buffer.data(), n);
  }
  ended.status = WEXITSTATUS(::pclose(pipe));
  return ended;
}

fs::path fresh_folder(const std::string& name) {
  fs::path folder = fs::path(SCRATCH_DIR) / name;
  fs::remove_all(folder);
  return folder;
}

// A smoke run that all tests may look at.
const fs::path& finished() {
  static const fs::path folder = [] {
    fs::path made = fresh_folder("finished");
    const Ended ended = run_program("--smoke --out " + made.string());
    EXPECT_EQ(ended.status, 0) << ended.output;
    return made;
  }();
  return folder;
}

std::string csv_of(const fs::path& folder) { return data::read_file(folder / "results.csv"); }

TEST(QatAblationProgram, WritesARowForEachSeedOfEachCell) {
  const std::string csv = csv_of(finished());
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 * (9 + 12 + 2 + 6 + 3));
  const Results results = results_from_json(data::read_file(finished() / "results.json"));
  EXPECT_EQ(results.name, "smoke");
  EXPECT_EQ(results.seeds, 2);
  EXPECT_FALSE(results.machine.empty());
  for (const char* arm : {"float", "prepared, off", "int8", "int8, first", "int8 sort"}) {
    EXPECT_GT(results.timing.find(arm).ms, 0.0) << arm;
  }
  EXPECT_EQ(results_csv(results), csv) << "one file holds what all are made of";
}

TEST(QatAblationProgram, GoesOnWithTheSameBytes) {
  const fs::path folder = fresh_folder("resumed");
  fs::create_directories(folder);
  fs::copy(finished(), folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  for (const char* lost : {"float-seed1", "int4-first-time-seed2", "int6-late-seed1"}) {
    ASSERT_TRUE(fs::remove(folder / "runs" / (std::string(lost) + ".json"))) << lost;
  }
  const Ended ended = run_program("--smoke --jobs 1 --out " + folder.string());
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_NE(ended.output.find("3 of 3"), std::string::npos) << "only what was lost\n"
                                                            << ended.output;
  EXPECT_EQ(csv_of(folder), csv_of(finished()));
}

TEST(QatAblationProgram, SurvivesBeingKilled) {
  const fs::path folder = fresh_folder("killed");
  fs::create_directories(folder);
  fs::copy(finished() / "timing.json", folder / "timing.json");  // the step counts hang on it
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    (void)std::freopen("/dev/null", "w", stderr);
    ::execl(QAT_ABLATION, "qat_ablation", "--smoke", "--out", folder.c_str(), nullptr);
    ::_exit(3);
  }
  const auto some = [&] { return fs::exists(folder / "runs") && !fs::is_empty(folder / "runs"); };
  for (int i = 0; i < 2000 && !some(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  EXPECT_FALSE(fs::exists(folder / "results.csv")) << "killed in the middle";
  const Ended ended = run_program("--smoke --out " + folder.string());
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_EQ(csv_of(folder), csv_of(finished()));
}

TEST(QatAblationProgram, ARunOfAsManyStepsIsNotTrainedAgain) {
  const fs::path folder = fresh_folder("no_overhead");
  fs::create_directories(folder);
  Timing timing = timing_from_json(data::read_file(finished() / "timing.json"));
  for (StepTime& arm : timing.arms) arm.ratio = 1.0;
  data::write_file_atomically(folder / "timing.json", to_json(timing));
  const Ended ended = run_program("--smoke --seeds 1 --out " + folder.string());
  ASSERT_EQ(ended.status, 0) << ended.output;
  const auto result = [&](const char* run) {
    return run_result_from_json(
        data::read_file(folder / "runs" / (std::string(run) + "-seed1.json")));
  };
  for (const char* run : {"int8-first-time", "int8-first-time-sort"}) {
    RunResult copy = result(run);
    EXPECT_EQ(copy.run, run);
    copy.run = "int8-first";
    EXPECT_EQ(to_json(copy), to_json(result("int8-first"))) << "times included: it is that run";
  }
}

TEST(QatAblationProgram, TheArtifactLimitIsAGate) {
  const std::string out = " --smoke --out " + finished().string();
  const Ended small = run_program("--artifact-limit 1000" + out);
  EXPECT_EQ(small.status, 1) << small.output;
  EXPECT_NE(small.output.find("bytes, the limit is 1000"), std::string::npos) << small.output;
  EXPECT_EQ(run_program("--artifact-limit 1000000" + out).status, 0);
}

TEST(QatAblationProgram, RefusesWhatItCannotDo) {
  EXPECT_EQ(run_program("--seeds 0").status, 2);
  EXPECT_EQ(run_program("--jobs two").status, 2);
  EXPECT_EQ(run_program("--steps 19").status, 2);
  EXPECT_EQ(run_program("--smoke --steps 100").status, 2);
  EXPECT_EQ(run_program("--artifact-limit").status, 2);
  EXPECT_EQ(run_program("--speed 3").status, 2);
  const Ended other = run_program("--steps 20 --out " + finished().string());
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.output.find("holds results of other settings"), std::string::npos);
}

TEST(QatAblationProgram, AFailedRunIsNamed) {
  const fs::path folder = fresh_folder("failed");
  fs::create_directories(folder);
  fs::copy(finished(), folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::remove(folder / "runs" / "int8-late-seed2.json");
  data::write_file_atomically(folder / "checkpoints" / "seed2.safetensors", "damaged");
  const Ended ended = run_program("--smoke --out " + folder.string());
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.output.find("run int8-late, seed 2, failed"), std::string::npos) << ended.output;
}

TEST(QatAblationPage, TheBlockStandsBetweenItsMarks) {
  const Results results = results_from_json(data::read_file(finished() / "results.json"));
  const std::string block = page_block(results, "qat/results.svg");
  EXPECT_NE(block.find("**Not the full experiment**"), std::string::npos);
  const std::string page = "before\n" + page_block(results, "old.svg") + "after\n";
  EXPECT_EQ(with_block(page, block), "before\n" + block + "after\n");
  EXPECT_THROW(with_block("no marks", block), Error);
}

// What is committed and what is written cannot disagree.
TEST(QatAblationPage, ThePageIsMadeOfTheCommittedResults) {
  const fs::path docs = fs::path(PROJECT_ROOT) / "docs";
  const Results results = results_from_json(data::read_file(docs / "qat_ablation/results.json"));
  const std::string page = data::read_file(docs / "qat_ablation.md");
  EXPECT_EQ(with_block(page, page_block(results, "qat_ablation/results.svg")), page)
      << "qat_ablation --from docs/qat_ablation/results.json --page docs/qat_ablation.md";
  EXPECT_EQ(data::read_file(docs / "qat_ablation/results.csv"), results_csv(results));
  EXPECT_EQ(data::read_file(docs / "qat_ablation/results.svg"), milestones::svg(picture(results)));
}

}  // namespace
}  // namespace tinytorch::lab
