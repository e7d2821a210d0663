#include "tito/judge/sandbox/room.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "tito/judge/sandbox/tree.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

// The number in a file of a control group; nothing where it says "max" or is not there.
std::optional<long> number_in(const fs::path& file) {
  std::ifstream in(file);
  long number = 0;
  if (in >> number) return number;
  return std::nullopt;
}

// The least room of the groups from ours up to the root.
std::optional<long> room_in_groups() {
  std::optional<long> least;
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    if (!names.empty() && names != "pids") continue;
    const fs::path root = fs::path("/sys/fs/cgroup") / names;
    fs::path group = root / fs::path(line.substr(second + 1)).relative_path();
    for (int depth = 0; depth < 32; ++depth, group = group.parent_path()) {
      const auto limit = number_in(group / "pids.max");
      const auto used = number_in(group / "pids.current");
      if (limit && used && (!least || *limit - *used < *least)) least = *limit - *used;
      if (group == root || group == group.root_path()) break;
    }
  }
  return least;
}

}  // namespace

std::string lack_of_space(const fs::path& folder, std::uint64_t bytes) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0) return {};
  const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
  if (free < bytes) {
    return fmt::format("{} has {} MB free and grading needs {} MB there: make room, or set TMPDIR",
                       folder.parent_path().string(), free >> 20, (bytes >> 20) + 1);
  }
  if (info.f_files > 0 && info.f_favail < 1000) {
    return fmt::format("{} has room for {} more files only: make room, or set TMPDIR",
                       folder.parent_path().string(), info.f_favail);
  }
  return {};
}

std::string lack_of_processes(int needed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    // Root's boxes run as users of their own, who have none yet.
    const int used = ::geteuid() == 0 ? 0 : tasks_of_user(::getuid());
    if (limit.rlim_cur < static_cast<rlim_t>(used) + static_cast<rlim_t>(needed)) {
      return fmt::format(
          "an account may have {} processes and threads here (ulimit -u), {} of them are in use "
          "and grading needs {} more",
          limit.rlim_cur, used, needed);
    }
  }
  if (const auto room = room_in_groups(); room && *room < needed) {
    return fmt::format(
        "the control group of this session has room for {} more processes and threads "
        "(pids.max), and grading needs {}",
        std::max(*room, 0L), needed);
  }
  return {};
}

}  // namespace tito
