// main() of every test binary: plain Google Test, and, where tito watches, one line per event.
//
// With TITO_EVENTS_FD set, these lines go to that descriptor as things happen; a tab separates
// fields, and \\ \t \n \r stand for themselves inside one:
//   plan     suite  case            each test of this binary, before the first one runs
//   start    suite  case
//   fail     file   line   message  a failed assertion of the running test
//   missing  task                   the running test met this task's NotImplemented
//   end      passed|failed
//   done
// Standard output then holds what the tested code prints and nothing of Google Test's, with
// "\x1e<suite>.<case>\n" before each test's share.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>

#include "tinytorch/core/error.h"

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Google Test's words for an exception that left a test; it speaks them while it handles it.
bool was_thrown(std::string_view message) {
  return std::current_exception() != nullptr &&
         (message.starts_with("C++ exception with description \"") ||
          message.starts_with("Unknown C++ exception thrown in "));
}

// What it was, for the learner.
std::string thrown() {
  try {
    throw;
  } catch (const tinytorch::Error& error) {
    return std::string("your code threw Error: ") + error.what();
  } catch (const std::bad_alloc&) {
    return "your code threw std::bad_alloc";
  } catch (const std::exception& error) {
    return std::string("your code threw an exception: ") + error.what();
  } catch (...) {
    return "your code threw something that is no std::exception";
  }
}

class EventListener : public testing::EmptyTestEventListener {
 public:
  explicit EventListener(int fd) : fd_(fd) {}

  void OnTestIterationStart(const testing::UnitTest& unit, int) override {
    for (int i = 0; i < unit.total_test_suite_count(); ++i) {
      const auto& suite = *unit.GetTestSuite(i);
      for (int j = 0; j < suite.total_test_count(); ++j) {
        const auto& test = *suite.GetTestInfo(j);
        if (test.should_run()) send({"plan", suite.name(), test.name()});
      }
    }
  }

  void OnTestStart(const testing::TestInfo& info) override {
    tinytorch::detail::take_not_implemented();
    std::fflush(nullptr);
    write_all(STDOUT_FILENO,
              std::string("\x1e") + info.test_suite_name() + '.' + info.name() + '\n');
    send({"start", info.test_suite_name(), info.name()});
  }

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    const char* file = result.file_name() == nullptr ? "" : result.file_name();
    // ADD_FAILURE() and FAIL() put a line of their own before what the test has to say.
    std::string_view message = result.message();
    constexpr std::string_view kOwnLine = "Failed\n";
    if (message.size() > kOwnLine.size() && message.starts_with(kOwnLine))
      message.remove_prefix(kOwnLine.size());
    const std::string words = was_thrown(message) ? thrown() : std::string(message);
    send({"fail", file, std::to_string(result.line_number()), words});
  }

  void OnTestEnd(const testing::TestInfo& info) override {
    std::fflush(nullptr);
    const std::string task = tinytorch::detail::take_not_implemented();
    if (!task.empty()) send({"missing", task});
    send({"end", info.result()->Passed() ? "passed" : "failed"});
  }

  void OnTestProgramEnd(const testing::UnitTest&) override { send({"done"}); }

 private:
  void send(std::initializer_list<std::string_view> fields) const {
    std::string line;
    for (const auto field : fields) line += (line.empty() ? "" : "\t") + escaped(field);
    write_all(fd_, line + '\n');
  }

  int fd_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const char* fd = std::getenv("TITO_EVENTS_FD")) {
    // A crash must not swallow what was printed before it.
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new EventListener(std::atoi(fd)));
  }
  return RUN_ALL_TESTS();
}
