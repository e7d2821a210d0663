#pragma once
// Where the learner is: the state, rebuilt by testing when it was lost, and the next task.

#include <string>

#include "tito/commands/session.h"
#include "tito/learner/state.h"

namespace tito {

// The state; when a damaged file cost it, modules with work in them are tested again first.
State load_progress(Session& session);

// The first task of `module` that is not known to pass: of its core, then of the parts in depth
// that were begun; null when there is none.
const Task* next_task(const Module& module, const State& state);
// "modules/15_quantization/affine.cpp:31": where a task is written.
std::string task_place(Session& session, const Module& module, const Task& task);

}  // namespace tito
