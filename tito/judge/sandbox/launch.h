#pragma once
// The step between our process and a box: what a forked child does before it becomes bubblewrap.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tito/judge/sandbox/box.h"
#include "tito/judge/sandbox/identity.h"

namespace tito {

struct LaunchPlan {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<int> descriptors;          // become 0, 1, 2, …; -1 leaves that number closed
  std::vector<int> join;                 // cgroup.procs
  Identity identity;
  BoxLimits limits;
  std::optional<int> tasks;  // that its user may have in all, the ones of today among them
  std::string directory;     // empty: ours
};

// Returns the child, or -1 when there is no room for another process (try again later).
// Exit status 127 of the child means that the program could not be started. Throws InternalError.
pid_t launch(const LaunchPlan& plan);

}  // namespace tito
