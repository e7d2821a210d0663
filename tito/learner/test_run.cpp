#include "tito/learner/test_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "tito/base/error.h"
#include "tito/base/process.h"
#include "tito/learner/crash.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kOutputPerTest = 16 << 10;
constexpr char kMarker = '\x1e';  // begins a test's share of the output

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\t') {
      fields.emplace_back();
    } else if (line[i] == '\\' && i + 1 < line.size()) {
      const char c = line[++i];
      fields.back() += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

// Cuts the program's output into one share a test.
class OutputShares {
 public:
  void take(std::string_view chunk) {
    for (const char c : chunk) {
      if (c == kMarker) {
        in_name_ = true;
        current_.clear();
      } else if (in_name_) {
        in_name_ = c != '\n';
        if (in_name_) current_ += c;
      } else {
        add(c);
      }
    }
  }
  // What came before the first test as well, under "".
  const std::string& of(const std::string& test) { return shares_[test]; }
  bool truncated(const std::string& test) const { return truncated_.count(test) > 0; }

 private:
  void add(char c) {
    std::string& share = shares_[current_];
    if (share.size() < kOutputPerTest) {
      share += c;
    } else {
      truncated_.insert(current_);
    }
  }
  std::map<std::string, std::string> shares_;
  std::set<std::string> truncated_;
  std::string current_;
  bool in_name_ = false;
};

// The whole run: several processes when tests crash.
class Runner {
 public:
  Runner(fs::path binary, const TestRunOptions& options)
      : binary_(std::move(binary)), options_(options) {}

  TestRun run() {
    while (!run_once() && !run_.cancelled && !run_.died_early) {
    }
    return std::move(run_);
  }

 private:
  bool run_once();
  std::string filter() const;
  ProcessOptions process_options(OutputShares& shares);
  void take_events(std::string_view chunk);
  void handle(const std::vector<std::string>& fields);
  void end_badly(const ProcessResult& result, OutputShares& shares);
  static std::string key(const TestRecord& test) { return test.suite + '.' + test.name; }

  fs::path binary_;
  const TestRunOptions& options_;
  TestRun run_;
  bool planned_ = false;
  bool done_ = false;
  std::map<std::string, std::size_t> index_;
  TestRecord* current_ = nullptr;
  std::set<std::string> given_up_;  // suites
  std::string partial_;             // an event line still incomplete
};

std::string Runner::filter() const {
  std::string names;
  if (!planned_) {
    for (const auto& suite : options_.suites) {
      names += fmt::format("{0}.*:*/{0}.*:{0}/*.*:*/{0}/*.*:", suite);
    }
    return names.empty() ? "*" : names;
  }
  for (const auto& test : run_.tests) {
    const auto covers = [&](const std::string& suite) { return suite_matches(test.suite, suite); };
    const bool given_up = std::any_of(given_up_.begin(), given_up_.end(), covers);
    if (test.outcome == TestOutcome::kNotRun && !given_up) names += key(test) + ':';
  }
  return names;
}

void Runner::handle(const std::vector<std::string>& fields) {
  const std::string& kind = fields[0];
  if (kind == "plan" && fields.size() == 3 && !planned_) {
    TestRecord record;
    record.suite = fields[1];
    record.name = fields[2];
    index_[key(record)] = run_.tests.size();
    run_.tests.push_back(std::move(record));
  } else if (kind == "start" && fields.size() == 3) {
    planned_ = true;
    const auto found = index_.find(fields[1] + '.' + fields[2]);
    current_ = found == index_.end() ? nullptr : &run_.tests[found->second];
  } else if (kind == "fail" && fields.size() == 4 && current_ != nullptr) {
    if (current_->failures++ > 0) return;
    current_->file = fields[1];
    std::from_chars(fields[2].data(), fields[2].data() + fields[2].size(), current_->line);
    current_->message = fields[3];
  } else if (kind == "missing" && fields.size() == 2 && current_ != nullptr) {
    current_->missing = fields[1];
  } else if (kind == "end" && fields.size() == 2 && current_ != nullptr) {
    current_->outcome = fields[1] == "passed" ? TestOutcome::kPassed : TestOutcome::kFailed;
    current_ = nullptr;
  } else if (kind == "done") {
    done_ = true;
  }
}

// The program is gone without having said "done".
void Runner::end_badly(const ProcessResult& result, OutputShares& shares) {
  if (current_ == nullptr) {
    // Between tests nothing of the learner's runs, except what a test left behind (a thread).
    run_.died_early = true;
    run_.death = result.timed_out ? "the program does not get to its first test"
                                  : describe_death(result, shares.of(""));
    return;
  }
  current_->outcome = result.timed_out ? TestOutcome::kTimedOut : TestOutcome::kCrashed;
  if (result.timed_out) {
    current_->message = fmt::format("did not finish within {:g} s: a loop that never ends?",
                                    static_cast<double>(options_.quiet_limit.count()) / 1000.0);
    if (options_.not_after) {
      for (auto& suite : options_.not_after(current_->suite)) given_up_.insert(std::move(suite));
    }
  } else {
    current_->message = describe_death(result, shares.of(key(*current_)));
  }
  current_ = nullptr;
}

// Whole lines of the event stream.
void Runner::take_events(std::string_view chunk) {
  partial_ += chunk;
  std::size_t begin = 0;
  for (std::size_t end = partial_.find('\n'); end != partial_.npos;
       end = partial_.find('\n', begin)) {
    handle(fields_of(std::string_view(partial_).substr(begin, end - begin)));
    begin = end + 1;
  }
  partial_.erase(0, begin);
}

ProcessOptions Runner::process_options(OutputShares& shares) {
  ProcessOptions options;
  options.directory = options_.directory;
  options.unset = {"GTEST_*", "TITO_*"};
  options.environment = {{"TITO_EVENTS_FD", "3"},
                         {"ASAN_OPTIONS", "detect_leaks=0:color=never"},
                         {"UBSAN_OPTIONS", "print_stacktrace=0:color=never"}};
  options.address_space = options_.address_space;
  options.quiet_timeout = options_.quiet_limit;
  options.cancelled = options_.cancelled;
  options.on_output = [&shares](std::string_view chunk) { shares.take(chunk); };
  options.on_message = [this](std::string_view chunk) { take_events(chunk); };
  return options;
}

// True when no test is left to run.
bool Runner::run_once() {
  const std::string names = filter();
  if (names.empty()) return true;
  OutputShares shares;
  partial_.clear();
  done_ = false;
  const auto result =
      run_process({binary_.string(), "--gtest_filter=" + names}, process_options(shares));
  run_.cancelled = result.was_cancelled;
  if (run_.cancelled) return true;
  const bool finished = done_;
  if (!finished) end_badly(result, shares);
  for (auto& test : run_.tests) {
    if (test.outcome == TestOutcome::kNotRun || !test.output.empty()) continue;
    test.output = shares.of(key(test));
    test.output_truncated = shares.truncated(key(test));
  }
  return finished;
}

}  // namespace

bool suite_matches(const std::string& gtest_suite, const std::string& suite) {
  return ('/' + gtest_suite + '/').find('/' + suite + '/') != std::string::npos;
}

TestRun run_tests(const fs::path& binary, const TestRunOptions& options) {
  return Runner(binary, options).run();
}

}  // namespace tito
