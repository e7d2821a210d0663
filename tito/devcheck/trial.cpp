#include "tito/devcheck/trial.h"

#include <fmt/format.h>

#include <atomic>

#include "tito/base/files.h"
#include "tito/course/stubs.h"
#include "tito/learner/test_module.h"

namespace tito {

namespace fs = std::filesystem;

std::set<std::string> all_tasks(const Module& module) {
  std::set<std::string> ids;
  for (const auto& part : module.parts) {
    for (const auto& task : part.tasks) ids.insert(task.id);
  }
  return ids;
}

Trial trial_with(const Course& course, const Module& module, const std::set<std::string>& solved) {
  Trial trial;
  for (const auto& part : module.parts) {
    const std::string name = "solutions/" + module.name + '/' + part.source();
    trial.sources.push_back(
        compose_source(read_file(course.solution_source(module, part)), name, solved));
  }
  return trial;
}

std::string trial_key(const ProofContext& context, const Module& module, const Trial& trial,
                      const std::string& what) {
  std::string all =
      fmt::format("{} {} {} {} {}\n", what, context.tool, trial.task, trial.quiet_limit.count(),
                  context.toolchain.inputs_digest(module, Rest::kReference));
  for (const auto& source : trial.sources) all += sha256(source) + '\n';
  return sha256(all);
}

ModuleVerdict run_trial(const ProofContext& context, const Module& module, const Trial& trial) {
  static std::atomic<unsigned> counter{0};
  const fs::path build = context.toolchain.build_dir();
  std::vector<fs::path> sources;
  for (std::size_t i = 0; i < module.parts.size(); ++i) {
    sources.push_back(store_source(build, module.parts[i], trial.sources[i]));
  }
  TestOptions options;
  options.task = trial.task;
  options.rest = Rest::kReference;
  options.quiet_limit = trial.quiet_limit;
  options.binary = build / "tito" / "bin" / fmt::format("trial-{}", counter++);
  ModuleVerdict verdict = test_sources(context.toolchain, context.course, module, sources, options);
  std::error_code error;
  fs::remove(options.binary, error);
  return verdict;
}

std::string describe(const TaskVerdict& verdict) {
  const std::string first = verdict.message.substr(0, 600);
  return fmt::format("{} {}{}{}", verdict.task->id, to_string(verdict.status),
                     first.empty() ? "" : ": ", first);
}

}  // namespace tito
