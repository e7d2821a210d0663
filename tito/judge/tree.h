#pragma once
// What a process and all below it use, read from /proc: the watch where there is no cgroup.

#include <sys/types.h>

#include <cstdint>

namespace tito {

struct TreeUsage {
  int processes = 0;
  std::uint64_t resident = 0;  // bytes; pages that processes share count once for each
};

TreeUsage usage_of_tree(pid_t root);

}  // namespace tito
