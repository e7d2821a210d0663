// What holds for the tests of one module: they fail where there is nothing, pass on the reference,
// and let a learner go on from every task.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tito/base/error.h"
#include "tito/devcheck/proof.h"
#include "tito/devcheck/trial.h"
#include "tito/learner/test_run.h"

namespace tito {
namespace {

std::vector<const Task*> tasks_in_order(const Module& module) {
  std::vector<const Task*> tasks;
  for (const auto& part : module.parts) {
    for (const auto& task : part.tasks) tasks.push_back(&task);
  }
  return tasks;
}

// Every suite belongs to exactly one task, and every task has a test.
void check_suites(const Module& module, const ModuleVerdict& verdict, Findings& findings) {
  for (const auto& test : verdict.tests) {
    std::vector<std::string> owners;
    for (const Task* task : tasks_in_order(module)) {
      if (suite_matches(test.suite, task->suite)) owners.push_back(task->id);
    }
    if (owners.size() == 1) continue;
    findings.push_back(fmt::format("{}.{} belongs to {} tasks; give its suite to one in {}",
                                   test.suite, test.name, owners.size(), module.file()));
  }
}

Findings prove_solution(const ProofContext& context, const Module& module, const Trial& trial) {
  Findings findings;
  const auto verdict = run_trial(context, module, trial);
  check_suites(module, verdict, findings);
  for (const auto& task : verdict.tasks) {
    if (task.status != Status::kPass)
      findings.push_back("the reference does not pass: " + describe(task));
  }
  return findings;
}

// Each test of `task` must have met this very task's stub: one that did not would pass or fail
// without what it is there to test.
void check_meets_own_stub(const Task& task, const ModuleVerdict& verdict, Findings& findings) {
  for (const auto& test : verdict.tests) {
    if (!suite_matches(test.suite, task.suite) || test.missing == task.id) continue;
    const std::string instead = !test.missing.empty() ? "met the stub of " + test.missing
                                : test.outcome == TestOutcome::kPassed
                                    ? std::string("passed")
                                    : "failed: " + test.message.substr(0, 300);
    findings.push_back(fmt::format("{}.{} should end at the stub of {}, but {}", test.suite,
                                   test.name, task.id, instead));
  }
}

void check_status(const TaskVerdict& task, Status expected, Findings& findings) {
  if (task.status == expected) return;
  findings.push_back(fmt::format("expected {}, got {}", to_string(expected), describe(task)));
}

Findings prove_knockout(const ProofContext& context, const Module& module, const Trial& trial,
                        const Task& task) {
  Findings findings;
  const auto verdict = run_trial(context, module, trial);
  for (const auto& found : verdict.tasks) {
    if (found.task == &task) check_status(found, Status::kNotImplemented, findings);
  }
  check_meets_own_stub(task, verdict, findings);
  return findings;
}

// With the first `solved` tasks done: those pass, each later one is not implemented, and one whose
// needs are all done says so itself.
Findings prove_stage(const ProofContext& context, const Module& module, const Trial& trial,
                     std::size_t solved) {
  Findings findings;
  const auto verdict = run_trial(context, module, trial);
  const auto order = tasks_in_order(module);
  std::map<std::string, bool> done;
  for (std::size_t i = 0; i < order.size(); ++i) done[order[i]->id] = i < solved;
  for (const auto& found : verdict.tasks) {
    const Task& task = *found.task;
    check_status(found, done[task.id] ? Status::kPass : Status::kNotImplemented, findings);
    const bool reachable =
        std::all_of(task.needs.begin(), task.needs.end(), [&](const std::string& need) {
          return done.find(need) == done.end() ||
                 done[need];  // other modules stand as the reference
        });
    if (!done[task.id] && reachable) check_meets_own_stub(task, verdict, findings);
  }
  return findings;
}

void add(const ProofContext& context, const Module& module, const std::string& name, Trial trial,
         std::function<Findings(const Trial&)> prove, std::vector<Proof>& proofs) {
  const std::string key = trial_key(context, module, trial, name);
  proofs.push_back({module.name, name, key,
                    [trial = std::move(trial), prove = std::move(prove)] { return prove(trial); }});
}

}  // namespace

void add_test_proofs(const ProofContext& context, const Module& module,
                     std::vector<Proof>& proofs) {
  const auto everything = all_tasks(module);
  const auto order = tasks_in_order(module);
  add(
      context, module, "the solution passes", trial_with(context.course, module, everything),
      [context, &module](const Trial& trial) { return prove_solution(context, module, trial); },
      proofs);
  std::set<std::string> solved;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::string name = k == 0
                                 ? "untouched stubs are all not implemented"
                                 : fmt::format("solved up to {}: the rest waits", order[k - 1]->id);
    add(
        context, module, name, trial_with(context.course, module, solved),
        [context, &module, k](const Trial& trial) {
          return prove_stage(context, module, trial, k);
        },
        proofs);
    solved.insert(order[k]->id);
  }
  for (const Task* task : order) {
    auto others = everything;
    others.erase(task->id);
    Trial trial = trial_with(context.course, module, others);
    trial.task = task->id;
    add(
        context, module, fmt::format("{} knocked out: empty", task->id), std::move(trial),
        [context, &module, task](const Trial& t) {
          return prove_knockout(context, module, t, *task);
        },
        proofs);
  }
}

}  // namespace tito
