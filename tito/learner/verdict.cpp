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

int ModuleVerdict::passed() const {
  return static_cast<int>(std::count_if(tasks.begin(), tasks.end(), [](const TaskVerdict& task) {
    return task.status == Status::kPass;
  }));
}

int ModuleVerdict::points() const {
  int sum = 0;
  for (const auto& task : tasks) sum += task.status == Status::kPass ? task.task->points : 0;
  return sum;
}

int ModuleVerdict::total_points() const {
  int sum = 0;
  for (const auto& task : tasks) sum += task.task->points;
  return sum;
}

const TaskVerdict* ModuleVerdict::focus() const {
  const TaskVerdict* first = nullptr;
  for (const auto& task : tasks) {
    if (task.status == Status::kPass) continue;
    if (task.status != Status::kSkipped) return &task;
    if (first == nullptr) first = &task;
  }
  return first;
}

}  // namespace tito
