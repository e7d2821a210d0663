#pragma once
// What a learner names on the command line: a module, or a task of one.

#include <string>

#include "tito/commands/session.h"
#include "tito/course/course.h"

namespace tito {

struct Target {
  const Module* module = nullptr;
  const Task* task = nullptr;  // null: the whole module
};

// "15", "quantization", "15_quantization" → the module; "15.2" → the task. Empty: the current
// module (the one `start` chose, else the first one whose core does not pass).
// Throws UserError with the nearest names.
Target find_target(Session& session, const std::string& name);
// The same where only a module makes sense, of stage complete.
const Module& find_testable_module(Session& session, const std::string& name);
struct PartTarget {
  const Module* module = nullptr;
  const Part* part = nullptr;  // null: the whole module
};
// "15", "15.affine", "quantization.affine", modules/15_quantization/affine.cpp.
PartTarget find_part_target(Session& session, const std::string& name);

// Throws UserError for a module of stage engine, which has nothing to test yet, and for one that is
// given here.
void require_tests(const Module& module);

// --track core|all: whether the core alone is meant. Throws UserError for another word.
bool is_core_only(const std::string& track);

}  // namespace tito
