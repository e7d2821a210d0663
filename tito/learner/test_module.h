#pragma once
// From sources to verdicts: compile each part, link, run, and say what each task is worth.

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tito/build/toolchain.h"
#include "tito/course/course.h"
#include "tito/learner/verdict.h"

namespace tito {

struct TestOptions {
  std::string task;  // only this one; empty: all
  Rest rest = Rest::kComposed;
  std::chrono::milliseconds quiet_limit{10'000};
  std::function<bool()> cancelled;
  std::filesystem::path binary;  // where the test binary goes; parallel runs need their own
};

// A source for each part of `module`, in order: the learner's, the solution's, a patched one. What
// does not compile costs its own tasks only. Throws InternalError when a task has no test.
ModuleVerdict test_sources(const Toolchain& toolchain, const Course& course, const Module& module,
                           const std::vector<std::filesystem::path>& sources,
                           const TestOptions& options);

std::vector<std::filesystem::path> learner_sources(const Course& course, const Module& module);
std::vector<std::filesystem::path> solution_sources(const Course& course, const Module& module);

// A file in the build folder holding `content`, named by it: stubs and patched sources.
std::filesystem::path store_source(const std::filesystem::path& build_dir, const Part& part,
                                   const std::string& content);

}  // namespace tito
