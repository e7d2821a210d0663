#include "tito/base/process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tito/base/error.h"

namespace tito {
namespace {

using std::chrono::milliseconds;

ProcessResult shell(const std::string& script, const ProcessOptions& options = {}) {
  return run_process({"/bin/sh", "-c", script}, options);
}

TEST(Process, KeepsOutputErrorAndExitCode) {
  const auto result = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_FALSE(result.ok());
}

TEST(Process, TellsASignalFromAnExit) {
  const auto result = shell("kill -SEGV $$");
  EXPECT_TRUE(result.signalled);
  EXPECT_EQ(result.signal, SIGSEGV);
}

TEST(Process, EndsAtTheDeadline) {
  ProcessOptions options;
  options.timeout = milliseconds(200);
  const auto result = shell("sleep 30", options);
  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.ok());
  EXPECT_LT(result.seconds, 5.0);
}

// A zombie that nobody collects counts as gone.
bool is_running(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const std::size_t state = line.rfind(')');
  return state != std::string::npos && line.substr(state + 2, 1) != "Z";
}

TEST(Process, TakesItsWholeTreeAlong) {
  ProcessOptions options;
  options.timeout = milliseconds(300);
  const auto result = shell("sleep 31 & echo $!; wait", options);
  ASSERT_TRUE(result.timed_out);
  const int grandchild = std::stoi(result.out);
  for (int i = 0; i < 100 && is_running(grandchild); ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_FALSE(is_running(grandchild)) << "a child of the child outlived it";
}

TEST(Process, DoesNotWaitForWhatItLeftBehind) {
  const auto result = shell("sleep 30 & echo done");
  EXPECT_EQ(result.out, "done\n");
  EXPECT_LT(result.seconds, 5.0) << "a background child that holds the pipe must not hold us";
}

TEST(Process, BoundsWhatItKeeps) {
  ProcessOptions options;
  options.output_limit = 1000;
  const auto result = shell("head -c 100000 /dev/zero", options);
  EXPECT_EQ(result.out.size(), 1000u);
  EXPECT_TRUE(result.output_truncated);
  EXPECT_TRUE(result.ok()) << "the rest is read and dropped, so that it does not block";
}

TEST(Process, GivesAnEmptyStandardInput) { EXPECT_EQ(shell("cat; echo end").out, "end\n"); }

TEST(Process, ChangesTheEnvironmentAsAsked) {
  ::setenv("TITO_TEST_ONE", "1", 1);
  ::setenv("TITO_TEST_TWO", "2", 1);
  ProcessOptions options;
  options.unset = {"TITO_TEST_*"};
  options.environment = {{"TITO_TEST_TWO", "new"}};
  EXPECT_EQ(shell("echo [$TITO_TEST_ONE] [$TITO_TEST_TWO]", options).out, "[] [new]\n");
  options.clear_environment = true;
  EXPECT_EQ(shell("/usr/bin/env | grep -c TITO_TEST", options).out, "1\n");
}

TEST(Process, StreamsMessagesOfDescriptorThree) {
  std::string messages, output;
  ProcessOptions options;
  options.on_message = [&](std::string_view chunk) { messages += chunk; };
  options.on_output = [&](std::string_view chunk) { output += chunk; };
  const auto result = shell("echo one >&3; echo two >&2; echo three", options);
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(messages, "one\n");
  EXPECT_EQ(output, "two\nthree\n") << "stdout and stderr are one stream, in order";
}

TEST(Process, EndsWhenNoMessageComesForLong) {
  ProcessOptions options;
  options.on_message = [](std::string_view) {};
  options.on_output = [](std::string_view) {};
  options.quiet_timeout = milliseconds(400);
  const auto busy = shell("for i in 1 2 3 4 5 6; do echo $i >&3; sleep 0.2; done", options);
  EXPECT_FALSE(busy.timed_out) << "it reported all the while";
  const auto chatty = shell("while :; do echo still here; sleep 0.1; done", options);
  EXPECT_TRUE(chatty.timed_out) << "printing is not reporting";
}

TEST(Process, CanBeCalledOff) {
  ProcessOptions options;
  const auto begin = std::chrono::steady_clock::now();
  options.cancelled = [&] { return std::chrono::steady_clock::now() - begin > milliseconds(100); };
  const auto result = shell("sleep 30", options);
  EXPECT_TRUE(result.was_cancelled);
  EXPECT_LT(result.seconds, 5.0);
}

TEST(Process, NamesAProgramThatIsNotThere) {
  try {
    run_process({"no-such-program-here"});
    FAIL() << "it started something";
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-program-here"), std::string::npos);
  }
}

}  // namespace
}  // namespace tito
