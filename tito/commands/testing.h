#pragma once
// What test, watch, export and status share: preparing the build and testing a module.

#include <chrono>
#include <functional>

#include "tito/commands/session.h"
#include "tito/learner/verdict.h"

namespace tito {

struct TestRequest {
  const Module* module = nullptr;
  const Task* task = nullptr;  // null: all
  bool solution = false;
  bool asan = false;
  std::chrono::milliseconds quiet_limit{10'000};
  std::function<bool()> cancelled;
};

// Builds what is not the learner's, tests, and remembers the verdict (of the learner's work).
ModuleVerdict run_test_request(Session& session, const TestRequest& request);

}  // namespace tito
