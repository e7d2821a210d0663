// tito watch in a real terminal: tmux plays the learner's.
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/tito/toy.h"
#include "tito/base/files.h"

namespace tito {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Watch : public ToyCourse {
 protected:
  void SetUp() override {
    ToyCourse::SetUp();
    if (find_program("tmux").empty()) FAIL() << "tmux is not installed: apt-get install tmux";
    // What a learner does not edit is built before the clock runs: that may take half a minute.
    tito({"test", "1"});
    const auto session = tmux({"new-session", "-d", "-x", "100", "-y", "50", "sh"});
    ASSERT_TRUE(session.ok()) << session.err;
    keys("cd " + root().string() + " && clear");
    tmux({"send-keys", "Enter"});
  }
  void TearDown() override {
    if (find_program("tmux").empty()) return;
    const auto socket = tmux({"display-message", "-p", "#{socket_path}"}).out;
    tmux({"kill-server"});
    if (!socket.empty()) std::filesystem::remove(socket.substr(0, socket.find('\n')));
  }

  ProcessResult tmux(std::vector<std::string> arguments) {
    std::vector<std::string> argv{"tmux", "-L", server_, "-f", "/dev/null"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    ProcessOptions options;
    options.environment = {
        {"TITO_ROOT", root().string()}, {"LC_ALL", "C.UTF-8"}, {"TERM", "xterm"}};
    return run_process(argv, options);
  }
  // One server a test: the last one may still be on its way out.
  std::string server_ =
      "tito-test-" + std::to_string(::getpid()) + '-' + std::to_string(counter_++);
  inline static int counter_ = 0;

  void keys(const std::string& text) { tmux({"send-keys", "-l", text}); }
  void start(const std::string& command) {
    keys(std::string(TITO_BINARY) + ' ' + command + "; echo left with $?");
    tmux({"send-keys", "Enter"});
  }
  std::string screen() { return tmux({"capture-pane", "-p"}).out; }

  // Waits until the screen shows `text`; the time it took in seconds.
  double wait_for(const std::string& text, double limit = 30.0) {
    const auto begin = steady_clock::now();
    const auto passed = [&] {
      return std::chrono::duration<double>(steady_clock::now() - begin).count();
    };
    while (screen().find(text) == std::string::npos) {
      if (passed() > limit) {
        ADD_FAILURE() << "\"" << text << "\" did not appear in:\n" << screen();
        break;
      }
      std::this_thread::sleep_for(milliseconds(20));
    }
    return passed();
  }
};

TEST_F(Watch, TestsAgainOnEachSaveAndLeavesOnQ) {
  start("watch 1 --all");
  wait_for("core 0 of 2");
  solve("01_counting", "sums");
  wait_for("core 2 of 2 · depth 0 of 1");
  EXPECT_SAYS(screen(), "where   modules/01_counting/words.cpp");
  EXPECT_SILENT_ABOUT(screen(), "core 0 of 2") << "a fresh screen for each verdict";
  solve("01_counting", "words");
  wait_for("tito export 01_counting");
  keys("q");
  wait_for("left with 0");
}

TEST_F(Watch, ASaveDuringARunCallsItOff) {
  start("watch 1");
  wait_for("core 0 of 2");
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "  return sum;",
       "  while (sum + 1 > sum) {\n    if (sum < 0) break;\n  }\n  return sum;");
  wait_for("testing");
  std::this_thread::sleep_for(milliseconds(1500));  // in the middle of the loop that never ends
  solve("01_counting", "sums");
  EXPECT_LT(wait_for("core 2 of 2 · depth 0 of 1"), 8.0)
      << "the run of the older source was waited for";
  EXPECT_SILENT_ABOUT(screen(), "does not finish");
}

TEST_F(Watch, CtrlCLeavesCleanly) {
  start("watch 1");
  wait_for("core 0 of 2");
  tmux({"send-keys", "C-c"});
  wait_for("left with 0");
  keys("echo still echoes");
  wait_for("echo still echoes");
}

TEST_F(Watch, AnEditorsRenameCountsAsASave) {
  start("watch 01.3");
  wait_for("to do");
  solve("01_counting", "sums");
  write("modules/01_counting/words.cpp.new", read("solutions/01_counting/words.cpp"));
  std::filesystem::rename(root() / "modules/01_counting/words.cpp.new",
                          root() / "modules/01_counting/words.cpp");
  wait_for("This task is done");
}

TEST_F(Watch, ABrokenSourceIsShownAndMended) {
  start("watch 1");
  wait_for("core 0 of 2");
  write("modules/01_counting/sums.cpp", "nonsense\n");
  wait_for("sums.cpp does not compile");
  solve("01_counting", "sums");
  wait_for("core 2 of 2 · depth 0 of 1");
}

TEST_F(ToyCourse, WatchOffATerminalPrintsPlainLines) {
  // Ended from outside after its first verdict.
  const auto result = run_process({"/bin/sh", "-c",
                                   std::string("TITO_ROOT=") + root().string() + ' ' + TITO_BINARY +
                                       " watch 1 --json & sleep 6; kill -TERM $!; wait $!"});
  EXPECT_SILENT_ABOUT(result.out, "\x1b");
  const auto document =
      nlohmann::json::parse(result.out.substr(0, result.out.find('\n')), nullptr, false);
  ASSERT_FALSE(document.is_discarded()) << result.out;
  EXPECT_EQ(document["module"], "01_counting");
}

}  // namespace
}  // namespace tito
