#pragma once
// What testing a module found: one verdict a task.

#include <string>
#include <string_view>
#include <vector>

#include "tito/course/course.h"
#include "tito/learner/tally.h"
#include "tito/learner/test_run.h"

namespace tito {

enum class Status { kPass, kFail, kNotImplemented, kSkipped, kCompileError, kTimeout, kCrash };

// "pass", "fail", "not-implemented", "skipped", "compile-error", "timeout", "crash".
std::string_view to_string(Status status);

struct TaskVerdict {
  const Part* part = nullptr;
  const Task* task = nullptr;
  Status status = Status::kPass;
  std::string message;    // what to read; empty for a pass
  std::string waits_for;  // of a skipped one: the task whose stub its tests reached; may be empty
  std::string file;       // where to work, relative to the course
  int line = 0;           // 0: unknown
  std::string test;       // "Suite.Case" that decided; empty when none did
  std::string test_file;  // its failed assertion
  int test_line = 0;
  std::string output;  // what the tested code printed during that test
  bool output_truncated = false;
  int tests = 0;  // of this task
  int tests_passed = 0;
};

struct ModuleVerdict {
  const Module* module = nullptr;
  std::vector<TaskVerdict> tasks;  // in the order of module.yaml
  std::vector<TestRecord> tests;   // what they were worked out from
  bool cancelled = false;
  double seconds = 0.0;
  Tally tally() const;
  bool all_passed() const { return !cancelled && tally().all(); }
  bool core_passed() const { return !cancelled && tally().done(); }
  // Whether every task of `part` passes, and it has one.
  bool whole(const Part& part) const;
  // Whether anything of `part` was written, right or wrong.
  bool begun(const Part& part) const;
  // The first task that does not pass: the one to work on. A skipped one only when there is no
  // other of its track: it waits for something else. The core comes first; of the parts in depth
  // those that were begun count, or all of them.
  const TaskVerdict* focus(bool all_depth) const;
};

}  // namespace tito
