#pragma once
// What tito remembers between commands: .tito/state.json.
//
// Everything in it can be found again (by testing) or does not matter (how many hints were read),
// so a damaged file is set aside with a notice and never stops anyone.

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "tito/course/course.h"
#include "tito/learner/verdict.h"

namespace tito {

struct ModuleProgress {
  std::map<std::string, std::string> tasks;  // id → status, as of the last test
  std::string sources;                       // digest of the sources that were tested
};

struct State {
  std::string current_module;                     // the one `start` chose; may be empty
  std::map<std::string, ModuleProgress> modules;  // by name
  std::map<std::string, int> hints;               // task → how many were shown
  // Progress was lost with a damaged file: test again before speaking of it.
  bool rebuild = false;
};

// Sets a damaged file aside as state.json.corrupt-<n>, says so on standard error, and returns an
// empty state that asks for rebuilding.
State load_state(const std::filesystem::path& root);
// Loads, changes and saves under a lock: two tito at once lose nothing.
void update_state(const std::filesystem::path& root, const std::function<void(State&)>& change);

// Digest of a module's sources as they are now; missing ones count as empty.
std::string sources_digest(const Course& course, const Module& module);
// Writes down what a whole-module or one-task run on the learner's sources found.
void remember(const Course& course, const ModuleVerdict& verdict);

struct ProgressSummary : Tally {
  bool tested = false;
  bool edited_since = false;  // the sources changed after the last test
};
// "pass" and so on, as of the last test; empty when it was not tested.
std::string status_of(const ModuleProgress& progress, const Task& task);
ProgressSummary summarize(const Course& course, const Module& module, const State& state);

}  // namespace tito
