#include "tito/learner/test_module.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/interrupt.h"
#include "tito/base/terminal.h"
#include "tito/learner/part_objects.h"
#include "tito/learner/source_check.h"
#include "tito/learner/test_run.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kAddressSpace = std::uint64_t{8} << 30;

// Ids of all tasks that need `id`, directly or through others.
std::set<std::string> dependents_of(const Course& course, const std::string& id) {
  std::set<std::string> found{id};
  for (const auto& module : course.modules) {
    for (const auto& part : module.parts) {
      for (const auto& task : part.tasks) {  // needs point backwards, so one pass is enough
        const auto reached = [&](const std::string& need) { return found.count(need) > 0; };
        if (std::any_of(task.needs.begin(), task.needs.end(), reached)) found.insert(task.id);
      }
    }
  }
  return found;
}

// Everything known while the verdicts of one module are worked out.
class Judging {
 public:
  Judging(const Course& course, const Module& module, const fs::path& build_dir,
          const std::vector<PartObject>& parts, const TestRun& run, const TestOptions& options)
      : course_(course),
        module_(module),
        build_dir_(build_dir),
        parts_(parts),
        run_(run),
        options_(options) {}

  std::vector<TaskVerdict> verdicts() {
    std::vector<TaskVerdict> result;
    for (const auto& part : parts_) {
      for (const auto& task : part.part->tasks) {
        if (!options_.task.empty() && task.id != options_.task) continue;
        result.push_back(verdict_of(part, task));
      }
    }
    return result;
  }

 private:
  TaskVerdict verdict_of(const PartObject& part, const Task& task);
  void judge_tests(const Task& task, TaskVerdict& verdict);
  void use(const TestRecord& test, TaskVerdict& verdict) const;
  std::string waiting_for(const std::string& id) const;
  int severity(const TestRecord& test, const Task& task) const;
  std::string relative(const std::string& file) const {
    // ccache names sources from the build folder: ../../tests/…
    const fs::path given = file;
    const auto path = (given.is_absolute() ? given : (build_dir_ / given).lexically_normal())
                          .lexically_relative(course_.root);
    return path.empty() || *path.begin() == ".." ? file : path.string();
  }

  const Course& course_;
  const Module& module_;
  const fs::path& build_dir_;
  const std::vector<PartObject>& parts_;
  const TestRun& run_;
  const TestOptions& options_;
};

TaskVerdict Judging::verdict_of(const PartObject& part, const Task& task) {
  TaskVerdict verdict;
  verdict.part = part.part;
  verdict.task = &task;
  verdict.file = relative(part.source.string());
  if (!part.problem.empty()) {
    verdict.status = Status::kCompileError;
    verdict.message = part.problem;
    verdict.line = part.line;
    return verdict;
  }
  const std::string text = read_file(part.source);
  verdict.line = task_line(text, task);
  judge_tests(task, verdict);
  // Its tests stopped at another task's stub, but its own still stands.
  const bool own_stub = text.find("not_implemented(\"" + task.id + "\")") != std::string::npos;
  if (verdict.status == Status::kSkipped && own_stub) {
    verdict.status = Status::kNotImplemented;
    verdict.message = task.title;
  }
  return verdict;
}

// The worst test decides; among equals the first, for tests go from the idea to its edges: a wrong
// sum comes before the crash on an empty input. What was written and is wrong comes before what is
// not written yet: a test that failed without reaching a stub says something about real work.
int Judging::severity(const TestRecord& test, const Task& task) const {
  if (test.missing == task.id) return 2;
  if (!test.missing.empty()) return 1;
  switch (test.outcome) {
    case TestOutcome::kFailed:
    case TestOutcome::kCrashed:
    case TestOutcome::kTimedOut:
      return 3;
    case TestOutcome::kNotRun:
      return 1;
    case TestOutcome::kPassed:
      break;
  }
  return 0;
}

void Judging::judge_tests(const Task& task, TaskVerdict& verdict) {
  const TestRecord* worst = nullptr;
  for (const auto& test : run_.tests) {
    if (!suite_matches(test.suite, task.suite)) continue;
    ++verdict.tests;
    const int level = severity(test, task);
    if (level == 0) ++verdict.tests_passed;
    if (level > 0 && (worst == nullptr || level > severity(*worst, task))) worst = &test;
  }
  if (verdict.tests == 0 && !run_.died_early) {
    throw InternalError(fmt::format("task {} has no tests: no suite {} in tests/{}/", task.id,
                                    task.suite, module_.name));
  }
  if (run_.died_early && (worst == nullptr || worst->outcome == TestOutcome::kNotRun)) {
    verdict.status = Status::kCrash;
    verdict.message = "before a test could run: " + run_.death +
                      "\nLook at variables at file scope and threads left running.";
    return;
  }
  if (worst != nullptr) use(*worst, verdict);
}

void Judging::use(const TestRecord& test, TaskVerdict& verdict) const {
  const Task& task = *verdict.task;
  verdict.test = test.suite + '.' + test.name;
  verdict.test_file = relative(test.file);
  verdict.test_line = test.line;
  verdict.output = test.output;
  verdict.output_truncated = test.output_truncated;
  verdict.message = printable(test.message);
  if (test.missing == task.id) {
    verdict.status = Status::kNotImplemented;
    verdict.message = task.title;
  } else if (test.outcome == TestOutcome::kCrashed) {
    verdict.status = Status::kCrash;
  } else if (test.outcome == TestOutcome::kTimedOut) {
    verdict.status = Status::kTimeout;
  } else if (!test.missing.empty()) {
    verdict.status = Status::kSkipped;
    verdict.message = "needs " + waiting_for(test.missing);
    verdict.waits_for = test.missing;
  } else if (test.outcome == TestOutcome::kNotRun) {
    verdict.status = Status::kSkipped;
    verdict.message = "not run: a task it needs did not finish";
  } else {
    verdict.status = Status::kFail;
    if (test.failures > 1)
      verdict.message += fmt::format("\n(and {} more in this test)", test.failures - 1);
  }
}

std::string Judging::waiting_for(const std::string& id) const {
  for (const auto& part : parts_) {
    const auto& tasks = part.part->tasks;
    const bool here =
        std::any_of(tasks.begin(), tasks.end(), [&](const Task& t) { return t.id == id; });
    if (here && !part.problem.empty()) return id + ", which does not compile";
  }
  return id;
}

TestRunOptions run_options(const Course& course, const Module& module, const TestOptions& options,
                           bool sanitized) {
  TestRunOptions run;
  run.directory = course.root;
  run.quiet_limit = options.quiet_limit;
  run.cancelled = options.cancelled;
  run.address_space = sanitized ? 0 : kAddressSpace;
  if (!options.task.empty()) run.suites = {course.find_task(options.task).task->suite};
  run.not_after = [&course, &module](const std::string& suite) {
    std::vector<std::string> suites;
    for (const auto& part : module.parts) {
      for (const auto& task : part.tasks) {
        if (!suite_matches(suite, task.suite)) continue;
        for (const auto& id : dependents_of(course, task.id))
          suites.push_back(course.find_task(id).task->suite);
      }
    }
    return suites;
  };
  return run;
}

}  // namespace

ModuleVerdict test_sources(const Toolchain& toolchain, const Course& course, const Module& module,
                           const std::vector<fs::path>& sources, const TestOptions& options) {
  const auto begin = Clock::now();
  ModuleVerdict verdict;
  verdict.module = &module;
  try {
    auto parts = compile_parts(toolchain, course, module, sources);
    const fs::path binary = link_parts(toolchain, course, module, parts, options);
    TestRun run = run_tests(binary, run_options(course, module, options, toolchain.sanitized()));
    verdict.cancelled = run.cancelled;
    if (!run.cancelled)
      verdict.tasks =
          Judging(course, module, toolchain.build_dir(), parts, run, options).verdicts();
    verdict.tests = std::move(run.tests);
  } catch (const Cancelled&) {
    verdict.cancelled = true;
  }
  verdict.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return verdict;
}

std::vector<fs::path> learner_sources(const Course& course, const Module& module) {
  std::vector<fs::path> sources;
  for (const auto& part : module.parts) sources.push_back(course.learner_source(module, part));
  return sources;
}

std::vector<fs::path> solution_sources(const Course& course, const Module& module) {
  std::vector<fs::path> sources;
  for (const auto& part : module.parts) sources.push_back(course.solution_source(module, part));
  return sources;
}

fs::path store_source(const fs::path& build_dir, const Part& part, const std::string& content) {
  const fs::path path =
      build_dir / "tito" / "sources" / sha256(content).substr(0, 16) / part.source();
  if (!fs::exists(path)) write_file_atomically(path, content);
  return path;
}

}  // namespace tito
