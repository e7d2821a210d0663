#include "tito/learner/verdict.h"

#include <algorithm>

namespace tito {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kPass:
      return "pass";
    case Status::kFail:
      return "fail";
    case Status::kNotImplemented:
      return "not-implemented";
    case Status::kSkipped:
      return "skipped";
    case Status::kCompileError:
      return "compile-error";
    case Status::kTimeout:
      return "timeout";
    case Status::kCrash:
      return "crash";
  }
  return "";
}

Tally ModuleVerdict::tally() const {
  Tally tally;
  for (const auto& task : tasks) tally.add(*task.part, *task.task, task.status == Status::kPass);
  return tally;
}

bool ModuleVerdict::whole(const Part& part) const {
  bool any = false;
  for (const auto& task : tasks) {
    if (task.part != &part) continue;
    if (task.status != Status::kPass) return false;
    any = true;
  }
  return any;
}

bool ModuleVerdict::begun(const Part& part) const {
  return std::any_of(tasks.begin(), tasks.end(), [&](const TaskVerdict& task) {
    return task.part == &part && task.status != Status::kNotImplemented;
  });
}

const TaskVerdict* ModuleVerdict::focus(bool all_depth) const {
  for (const Track track : {Track::kCore, Track::kDepth}) {
    const TaskVerdict* first = nullptr;
    for (const auto& task : tasks) {
      if (task.status == Status::kPass || task.part->track != track) continue;
      if (track == Track::kDepth && !all_depth && !begun(*task.part)) continue;
      if (task.status != Status::kSkipped) return &task;
      if (first == nullptr) first = &task;
    }
    if (first != nullptr) return first;
  }
  return nullptr;
}

}  // namespace tito
