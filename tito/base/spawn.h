#pragma once
// Fork and exec; run_process() is built on it.

#include <sys/types.h>

#include <string>
#include <vector>

#include "tito/base/process.h"

namespace tito {

// What becomes the child's descriptors 0 to 3; -1 leaves ours.
struct ChildDescriptors {
  int in = -1, out = -1, err = -1, extra = -1;
};

// Starts argv in a process group of its own, which dies with the thread that started it. Throws
// InternalError when the program is not there or cannot be run.
pid_t spawn(const std::vector<std::string>& argv, const ProcessOptions& options,
            const ChildDescriptors& descriptors);

}  // namespace tito
