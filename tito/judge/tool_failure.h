#pragma once
// Why a compiler, linker or nm in a box failed: because of the source it was given, because it met
// a limit of the box, or because of this machine. Only the first two are the learner's.

#include <string>

#include "tito/judge/sandbox/box.h"

namespace tito {

enum class Fault {
  kSource,   // it said what is wrong with its input
  kLimit,    // of the box: time, memory, size
  kMachine,  // a full disk, no process to be had, killed from outside; also when nothing was said
};

struct ToolFailure {
  Fault fault = Fault::kMachine;
  std::string words;  // the line that tells; for kMachine also when it is all there is
};

// Of a result that is not ok().
ToolFailure explain(const BoxResult& result);

}  // namespace tito
