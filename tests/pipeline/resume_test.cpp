// A run that is stopped and goes on ends with the bytes of one that was not.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "drive.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::pipeline {
namespace {

namespace fs = std::filesystem;

// Dropout, augmentation, batch norm, observers that freeze: everything that has a state.
constexpr const char* kRecipe =
    "name: stopped\n"
    "kind: classifier\n"
    "model:\n"
    "  layers:\n"
    "    - {kind: conv2d, in: 1, out: 8, padding: 1, bias: false}\n"
    "    - {kind: batch_norm2d, in: 8}\n"
    "    - {kind: relu}\n"
    "    - {kind: flatten}\n"
    "    - {kind: dropout, drop: 0.2}\n"
    "    - {kind: linear, in: 512, out: 10}\n"
    "data:\n"
    "  set: digits\n"
    "  examples: 400\n"
    "  augment: [shift, noise]\n"
    "train:\n"
    "  epochs: 3\n"
    "qat:\n"
    "  epochs: 3\n"
    "  freeze_observers_from: 3\n"
    "  freeze_batch_norm_from: 3\n"
    "quantize:\n"
    "  mode: qat\n"
    "budget:\n"
    "  drop: {qat: 1.0}\n"
    "  latency_ratio: 0\n"
    "smoke: {epochs: 3, qat_epochs: 3, examples: 400, training: 2}\n";

int how_many() {
  const char* asked = std::getenv("TINYTORCH_KILLS");
  return asked == nullptr ? 6 : std::atoi(asked);
}

struct Files {
  std::string floats;
  std::string integers;
  bool operator==(const Files&) const = default;
};

Files files_of(const fs::path& folder) {
  return {file_text(folder / "stopped.onnx"), file_text(folder / "stopped.int8.onnx")};
}

class Resume : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = scratch("resume");
    recipe_ = (folder_ / "stopped.yaml").string();
    write_text(recipe_, kRecipe);
    const auto start = std::chrono::steady_clock::now();
    const Outcome whole = run("whole", {});
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ASSERT_EQ(whole.status, 0) << whole.err;
    expected_ = files_of(folder_ / "whole");
    ASSERT_FALSE(expected_.floats.empty());
    ASSERT_FALSE(expected_.integers.empty());
  }
  Outcome run(const std::string& out, std::vector<std::string> more, double kill_after = 0.0,
              int signal = SIGKILL) {
    std::vector<std::string> words = {"run", recipe_, "--smoke", "--out", (folder_ / out).string()};
    words.insert(words.end(), more.begin(), more.end());
    return drive(words, kill_after, signal);
  }
  // Nothing half-written: every file is absent or whole.
  void expect_whole(const std::string& out) {
    const Files now = files_of(folder_ / out);
    EXPECT_TRUE(now.floats.empty() || now.floats == expected_.floats);
    EXPECT_TRUE(now.integers.empty() || now.integers == expected_.integers);
  }

  fs::path folder_;
  std::string recipe_;
  double seconds_ = 0.0;
  Files expected_;
};

TEST_F(Resume, TwoRunsGiveTheSameBytes) {
  ASSERT_EQ(run("again", {}).status, 0);
  EXPECT_EQ(files_of(folder_ / "again"), expected_);
}

// TINYTORCH_KILLS=100 for the long form.
TEST_F(Resume, KilledAtAnyMomentItGoesOnToTheSameBytes) {
  Rng rng(12);
  int killed = 0;
  for (int i = 0; i < how_many(); ++i) {
    const std::string out = "killed" + std::to_string(i);
    // A checkpoint at every step makes each of them, and the middle of a write, a likely moment.
    std::vector<std::string> more = {"--checkpoint-every", i % 2 == 0 ? "0" : "0.05"};
    const double span = i % 2 == 0 ? 4.0 * seconds_ : seconds_;
    Outcome outcome = run(out, more, rng.uniform(0.01f, 1.0f) * span);
    if (outcome.status == -SIGKILL) ++killed;
    expect_whole(out);
    more.push_back("--resume");
    if (i % 3 == 0) (void)run(out, more, rng.uniform(0.01f, 0.5f) * seconds_);  // and once more
    expect_whole(out);
    outcome = run(out, {"--resume"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(files_of(folder_ / out), expected_) << "kill " << i;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / out)) {
      const std::string kind = entry.path().extension().string();
      EXPECT_TRUE(entry.is_directory() || kind == ".onnx" || kind == ".safetensors" ||
                  kind == ".sha256" || kind == ".json" || kind == ".html")
          << "left over: " << entry.path();
    }
    fs::remove_all(folder_ / out);
  }
  EXPECT_GT(killed, how_many() / 3);
  RecordProperty("killed", killed);
}

TEST_F(Resume, CtrlCWritesACheckpointAndSaysHowToGoOn) {
  const Outcome stopped = run("ctrl_c", {"--checkpoint-every", "1000"}, 0.4 * seconds_, SIGINT);
  if (stopped.status == 0) return;  // it was faster than usual
  EXPECT_EQ(stopped.status, 128 + SIGINT) << stopped.err;
  EXPECT_NE(stopped.err.find("--resume"), std::string::npos) << stopped.err;
  const Outcome rest = run("ctrl_c", {"--resume"});
  ASSERT_EQ(rest.status, 0) << rest.err;
  EXPECT_EQ(files_of(folder_ / "ctrl_c"), expected_);
}

TEST_F(Resume, ACheckpointOfAnotherRecipeIsRefused) {
  ASSERT_EQ(run("other", {}).status, 0);
  std::string changed = kRecipe;
  changed.replace(changed.find("epochs: 3"), 9, "epochs: 4");
  write_text(recipe_, changed);
  const Outcome refused = run("other", {"--resume"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("another recipe"), std::string::npos) << refused.err;
}

TEST_F(Resume, AReadOnlyFolderIsOneClearLineBeforeAnythingIsTrained) {
  if (::geteuid() == 0) {
    // Root writes anywhere: a file where the folder should be stands in for it.
    write_text(folder_ / "locked", "");
  } else {
    fs::create_directories(folder_ / "locked");
    fs::permissions(folder_ / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  }
  const Outcome refused = run("locked", {});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("locked"), std::string::npos) << refused.err;
  EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1) << refused.err;
}

// A file system that is full: no file may grow beyond a few kilobytes.
TEST_F(Resume, AFullDiskIsOneClearLineAndNothingIsLost) {
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{8192, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  ::signal(SIGXFSZ, SIG_IGN);  // inherited: the write fails instead
  const Outcome full = run("full", {"--checkpoint-every", "0"});
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(full.status, 2) << full.err;
  EXPECT_NE(full.err.find("cannot"), std::string::npos) << full.err;
  const Outcome rest = run("full", {"--resume"});
  ASSERT_EQ(rest.status, 0) << rest.err;
  EXPECT_EQ(files_of(folder_ / "full"), expected_);
}

}  // namespace
}  // namespace tinytorch::pipeline
