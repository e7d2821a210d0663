#include "tito/learner/replay.h"

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/course/stubs.h"
#include "tito/learner/source_check.h"
#include "tito/learner/test_module.h"

namespace tito {

namespace fs = std::filesystem;

Replay::Replay(const Course& course, const Module& module, const Toolchain& toolchain)
    : course_(course), module_(module), toolchain_(toolchain) {
  for (const Part& part : module.parts) {
    const fs::path path = course.solution_source(module, part);
    if (!fs::exists(path)) {
      throw UserError(
          fmt::format("this workspace holds no solution of {}, so there is nothing to play; "
                      "`tito start {}` begins your own",
                      module.name, module.name));
    }
    solutions_.push_back(read_file(path));
    for (const Task& task : part.tasks) tasks_.push_back(&task);
  }
  toolchain_.prepare_tests(module, Rest::kReference);
}

ReplayStep Replay::untouched() {
  ReplayStep step = test(*tasks_.front());
  const Part& part = module_.parts.front();
  const std::string stub = compose_source(solutions_.front(), part.source(), {});
  step.message = comment_above(stub, task_line(stub, *step.task));
  return step;
}

ReplayStep Replay::answer_next() {
  const Task& task = *tasks_.at(next_++);
  solved_.insert(task.id);
  return test(task);
}

ReplayStep Replay::test(const Task& task) {
  std::vector<fs::path> sources;
  for (std::size_t i = 0; i < module_.parts.size(); ++i) {
    const Part& part = module_.parts[i];
    sources.push_back(store_source(toolchain_.build_dir(), part,
                                   compose_source(solutions_[i], part.source(), solved_)));
  }
  TestOptions options;
  options.task = task.id;
  options.rest = Rest::kReference;
  options.binary = toolchain_.build_dir() / "tito" / "bin" / (module_.name + ".replay");
  const ModuleVerdict verdict = test_sources(toolchain_, course_, module_, sources, options);
  const TaskVerdict& result = verdict.tasks.at(0);
  return {&task, std::string(to_string(result.status)), result.message, result.tests};
}

}  // namespace tito
