#pragma once
// What a process and all below it use, read from /proc: the watch where there is no cgroup.

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace tito {

struct TreeUsage {
  int tasks = 0;               // processes and their threads
  std::uint64_t resident = 0;  // bytes; pages that processes share count once for each
};

TreeUsage usage_of_tree(pid_t root);
// The root and every process below it.
std::vector<pid_t> members_of_tree(pid_t root);
// Tasks of all processes that run as `user`.
int tasks_of_user(uid_t user);

}  // namespace tito
