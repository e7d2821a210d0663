#pragma once
// A module solved before one's eyes: its stubs, then the reference's answers one task at a time, on
// sources in the build folder. The learner's own are not involved.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tito/build/toolchain.h"
#include "tito/course/course.h"

namespace tito {

struct ReplayStep {
  const Task* task = nullptr;
  std::string status;   // as in the JSON of `tito test`
  std::string message;  // what the learner reads
  int tests = 0;        // of this task
};

class Replay {
 public:
  // Throws UserError when the workspace holds no solution of `module`.
  Replay(const Course& course, const Module& module, const Toolchain& toolchain);

  // The first task's verdict on untouched stubs.
  ReplayStep untouched();
  bool more() const { return next_ < tasks_.size(); }
  // Puts the next task's answer in place and tests that task.
  ReplayStep answer_next();

 private:
  ReplayStep test(const Task& task);

  const Course& course_;
  const Module& module_;
  const Toolchain& toolchain_;
  std::vector<std::string> solutions_;  // one a part
  std::vector<const Task*> tasks_;
  std::size_t next_ = 0;
  std::set<std::string> solved_;
};

}  // namespace tito
