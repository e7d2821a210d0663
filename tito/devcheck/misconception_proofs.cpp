// Each misconception, applied to the reference, must fail with the message its learner needs.

#include <fmt/format.h>

#include <map>

#include "tito/base/files.h"
#include "tito/course/stubs.h"
#include "tito/devcheck/misconception.h"
#include "tito/devcheck/proof.h"
#include "tito/devcheck/trial.h"

namespace tito {
namespace {

constexpr std::size_t kFewest = 3;
// Long enough for an honest test on a busy machine; each expected time-out costs this much.
constexpr std::chrono::milliseconds kExpectedTimeout{3'000};

Trial trial_of(const Course& course, const Module& module, const Misconception& misconception) {
  Trial trial = trial_with(course, module, all_tasks(module));
  for (std::size_t i = 0; i < module.parts.size(); ++i) {
    const Part& part = module.parts[i];
    if (course.find_task(misconception.task).part != &part) continue;
    const std::string patched =
        apply(misconception, read_file(course.solution_source(module, part)));
    trial.sources[i] = compose_source(patched, misconception.place, all_tasks(module));
  }
  trial.task = misconception.task;
  if (misconception.verdict == Status::kTimeout) trial.quiet_limit = kExpectedTimeout;
  return trial;
}

Findings prove(const ProofContext& context, const Module& module,
               const Misconception& misconception, const Trial& trial) {
  const auto verdict = run_trial(context, module, trial);
  const TaskVerdict& task = verdict.tasks.at(0);
  if (task.status == Status::kPass) {
    return {fmt::format("{}: the tests of {} accept it ({})", misconception.place,
                        misconception.task, misconception.why)};
  }
  if (task.status != misconception.verdict) {
    return {fmt::format("{}: expected {}, got {}", misconception.place,
                        to_string(misconception.verdict), describe(task))};
  }
  if (task.message.find(misconception.expect) == task.message.npos) {
    return {fmt::format("{}: the message does not say \"{}\":\n{}", misconception.place,
                        misconception.expect, task.message)};
  }
  return {};
}

Findings check_counts(const Module& module, const std::vector<Misconception>& all) {
  std::map<std::string, std::size_t> counts;
  for (const auto& misconception : all) ++counts[misconception.task];
  Findings findings;
  for (const auto& id : all_tasks(module)) {
    if (counts[id] >= kFewest) continue;
    findings.push_back(fmt::format("task {} has {} misconceptions, expected at least {}", id,
                                   counts[id], kFewest));
  }
  return findings;
}

}  // namespace

void add_misconception_proofs(const ProofContext& context, const Module& module,
                              std::vector<Proof>& proofs) {
  const auto all = load_misconceptions(context.course, module);
  proofs.push_back({module.name, "every task has three misconceptions", "",
                    [&module, all] { return check_counts(module, all); }});
  for (const auto& misconception : all) {
    const std::string name =
        fmt::format("{} misconception: {}", misconception.task, misconception.name);
    try {
      Trial trial = trial_of(context.course, module, misconception);
      const std::string key = trial_key(
          context, module, trial,
          fmt::format("{} {} {}", name, misconception.expect, to_string(misconception.verdict)));
      proofs.push_back({module.name, name, key, [context, &module, misconception, trial] {
                          return prove(context, module, misconception, trial);
                        }});
    } catch (const std::exception& error) {
      proofs.push_back({module.name, name, "",
                        [message = std::string(error.what())] { return Findings{message}; }});
    }
  }
}

}  // namespace tito
