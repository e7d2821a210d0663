#pragma once
// Running a test binary so that one bad test costs only itself.
//
// The binary reports each event as it happens (tests/support/test_main.cpp says how). When it
// crashes or falls silent, the test that was running gets that verdict and the binary is started
// again for the tests that are left.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tito {

enum class TestOutcome { kNotRun, kPassed, kFailed, kCrashed, kTimedOut };

struct TestRecord {
  std::string suite;
  std::string name;
  TestOutcome outcome = TestOutcome::kNotRun;
  std::string missing;  // the task whose NotImplemented it met
  std::string file;     // of the first failed assertion
  int line = 0;
  std::string message;  // of the first failure; of the crash
  int failures = 0;
  std::string output;  // what the tested code printed, bounded
  bool output_truncated = false;
};

struct TestRunOptions {
  std::filesystem::path directory;  // the tests' working directory
  std::vector<std::string> suites;  // to run; empty: all
  std::chrono::milliseconds quiet_limit{10'000};
  // A container that grows without end should fail its test, not the machine. 0: no limit, as the
  // sanitizers need it.
  std::uint64_t address_space = 0;
  std::function<bool()> cancelled;
  // After a test of `suite` timed out: suites that are not worth waiting for.
  std::function<std::vector<std::string>(const std::string& suite)> not_after;
};

struct TestRun {
  std::vector<TestRecord> tests;  // in the order of the binary
  bool cancelled = false;
  // The program died before its first test: a constructor of a static, say.
  bool died_early = false;
  std::string death;
};

// Whether a test of Google Test's suite ("All/Quantize/0") belongs to `suite` ("Quantize").
bool suite_matches(const std::string& gtest_suite, const std::string& suite);

TestRun run_tests(const std::filesystem::path& binary, const TestRunOptions& options);

}  // namespace tito
