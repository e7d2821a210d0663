#pragma once
// A control group for one box: a cap on memory and on processes that no fork or memfd escapes.
// Version 1 (separate memory and pids trees) and version 2 (one tree, where delegated to us).

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace tito {

class Cgroup {
 public:
  // Nothing where we may not make one.
  static std::optional<Cgroup> create(std::uint64_t memory, int processes);
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup();  // kills what is left and removes the folders

  // Descriptors (close-on-exec, ours) to which a process writes "0" to join.
  const std::vector<int>& join() const { return join_; }
  bool memory_exceeded() const;     // the kernel killed a process for memory
  bool processes_exceeded() const;  // a fork was refused
  std::vector<pid_t> members() const;
  // Kills until none is left or half a second has passed; true when none is left.
  bool kill_all() const;

 private:
  Cgroup() = default;
  std::filesystem::path memory_;  // the same folder as pids_ under version 2
  std::filesystem::path pids_;
  std::vector<int> join_;
};

// Removes folders left by a tito that was killed.
void remove_stale_cgroups();

}  // namespace tito
