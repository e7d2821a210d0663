#include "tito/commands/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/commands/testing.h"
#include "tito/course/stubs.h"
#include "tito/learner/source_check.h"

namespace tito {
namespace {

bool has_work(Session& session, const Module& module) {
  return std::any_of(module.parts.begin(), module.parts.end(), [&](const Part& part) {
    const auto path = session.course().learner_source(module, part);
    if (!source_problem(path).empty()) return false;
    return read_file(path) != pristine_stub(session.course(), module, part);
  });
}

}  // namespace

State load_progress(Session& session) {
  const State state = load_state(session.root());
  if (!state.rebuild) return state;
  for (const auto& module : session.course().modules) {
    if (!module.complete() || !has_work(session, module)) continue;
    fmt::print(stderr, "  testing {} again …\n", module.name);
    TestRequest request;
    request.module = &module;
    run_test_request(session, request);
  }
  update_state(session.root(), [](State& s) { s.rebuild = false; });
  return load_state(session.root());
}

const Task* next_task(const Module& module, const State& state) {
  const auto found = state.modules.find(module.name);
  const ModuleProgress progress = found == state.modules.end() ? ModuleProgress() : found->second;
  const auto begun = [&](const Task& task) {
    const std::string status = status_of(progress, task);
    return !status.empty() && status != "not-implemented";
  };
  for (const auto& part : module.parts) {
    if (!part.core() && std::none_of(part.tasks.begin(), part.tasks.end(), begun)) continue;
    for (const auto& task : part.tasks) {
      if (status_of(progress, task) != "pass") return &task;
    }
  }
  return nullptr;
}

std::string task_place(Session& session, const Module& module, const Task& task) {
  const auto part = session.course().find_task(task.id).part;
  const auto path = session.course().learner_source(module, *part);
  const int line = source_problem(path).empty() ? task_line(read_file(path), task) : 0;
  return line > 0 ? fmt::format("{}:{}", session.shown(path), line) : session.shown(path);
}

}  // namespace tito
