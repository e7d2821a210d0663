#pragma once
// A made-up learner: the module with some tasks solved, tested.

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tito/devcheck/proof.h"
#include "tito/learner/verdict.h"

namespace tito {

struct Trial {
  std::vector<std::string> sources;  // content, one a part
  std::string task;                  // only this one's tests; empty: all
  std::chrono::milliseconds quiet_limit{10'000};
};

std::set<std::string> all_tasks(const Module& module);
// The sources of a learner who has solved exactly `solved`.
Trial trial_with(const Course& course, const Module& module, const std::set<std::string>& solved);
// Digest of all that its outcome depends on.
std::string trial_key(const ProofContext& context, const Module& module, const Trial& trial,
                      const std::string& what);
ModuleVerdict run_trial(const ProofContext& context, const Module& module, const Trial& trial);

// "15.2 fail: message", for findings.
std::string describe(const TaskVerdict& verdict);

}  // namespace tito
