#include "tito/judge/sandbox/cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

namespace tito {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = "/sys/fs/cgroup";
const std::string kPrefix = "tito-";

bool write_text(const fs::path& file, const std::string& text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool ok =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(descriptor);
  return ok;
}

// The number after `key` in a file of "key number" lines; 0 when there is none.
std::uint64_t counter(const fs::path& file, const std::string& key) {
  std::ifstream in(file);
  std::string name;
  std::uint64_t value = 0;
  while (in >> name >> value) {
    if (name == key) return value;
  }
  return 0;
}

// Our own group in the tree of `controller` ("" for version 2), below its mount point.
std::optional<fs::path> own_group(const std::string& controller) {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    if (names.find("," + controller + ",") == std::string::npos) continue;
    const fs::path below = fs::path(line.substr(second + 1)).relative_path();
    return controller.empty() ? kRoot / below : kRoot / controller / below;
  }
  return std::nullopt;
}

std::string fresh_name() {
  static std::atomic<unsigned> next{0};
  return kPrefix + std::to_string(getpid()) + "-" + std::to_string(next++);
}

struct Folders {
  fs::path memory;
  fs::path pids;
};

bool make(const fs::path& folder) {
  std::error_code error;
  return fs::create_directory(folder, error);
}

void remove_group(const fs::path& folder) {
  if (!folder.empty()) ::rmdir(folder.c_str());
}

std::optional<Folders> make_v1(const std::string& name, std::uint64_t memory, int processes) {
  const auto memory_parent = own_group("memory");
  const auto pids_parent = own_group("pids");
  if (!memory_parent || !pids_parent) return std::nullopt;
  Folders folders{*memory_parent / name, *pids_parent / name};
  const std::string bytes = std::to_string(memory);
  if (make(folders.memory) && make(folders.pids) &&
      write_text(folders.memory / "memory.limit_in_bytes", bytes) &&
      write_text(folders.pids / "pids.max", std::to_string(processes))) {
    // Counts swap too; absent where swap accounting is off.
    write_text(folders.memory / "memory.memsw.limit_in_bytes", bytes);
    return folders;
  }
  remove_group(folders.memory);
  remove_group(folders.pids);
  return std::nullopt;
}

// A group that holds processes may not have limited children, so ours goes beside our own group
// when it cannot go below it.
std::optional<Folders> make_v2(const std::string& name, std::uint64_t memory, int processes) {
  const auto own = own_group("");
  if (!own) return std::nullopt;
  for (const fs::path& parent : {*own, own->parent_path()}) {
    if (!fs::exists(parent / "cgroup.subtree_control")) continue;
    write_text(parent / "cgroup.subtree_control", "+memory +pids");
    const fs::path folder = parent / name;
    if (!make(folder)) continue;
    if (write_text(folder / "memory.max", std::to_string(memory)) &&
        write_text(folder / "pids.max", std::to_string(processes)) &&
        ::access((folder / "cgroup.procs").c_str(), W_OK) == 0) {
      write_text(folder / "memory.swap.max", "0");
      return Folders{folder, folder};
    }
    remove_group(folder);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Cgroup> Cgroup::create(std::uint64_t memory, int processes) {
  const std::string name = fresh_name();
  auto folders = make_v1(name, memory, processes);
  if (!folders) folders = make_v2(name, memory, processes);
  if (!folders) return std::nullopt;
  Cgroup group;
  group.memory_ = folders->memory;
  group.pids_ = folders->pids;
  std::vector<fs::path> folders_to_join{group.pids_};
  if (group.memory_ != group.pids_) folders_to_join.push_back(group.memory_);
  for (const fs::path& folder : folders_to_join) {
    const int descriptor = ::open((folder / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return std::nullopt;
    group.join_.push_back(descriptor);
  }
  return group;
}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : memory_(std::exchange(other.memory_, {})),
      pids_(std::exchange(other.pids_, {})),
      join_(std::exchange(other.join_, {})) {}

Cgroup::~Cgroup() {
  for (const int descriptor : join_) ::close(descriptor);
  if (memory_.empty()) return;
  kill_all();
  // The kernel lets go of a group a moment after its last process.
  for (int attempt = 0; attempt < 200 && ::rmdir(memory_.c_str()) != 0; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (pids_ != memory_) remove_group(pids_);
}

bool Cgroup::memory_exceeded() const {
  return counter(memory_ / "memory.oom_control", "oom_kill") +
             counter(memory_ / "memory.events", "oom_kill") >
         0;
}

bool Cgroup::processes_exceeded() const { return counter(pids_ / "pids.events", "max") > 0; }

std::vector<pid_t> Cgroup::members() const {
  std::vector<pid_t> found;
  std::ifstream in(pids_ / "cgroup.procs");
  for (pid_t pid = 0; in >> pid;) found.push_back(pid);
  return found;
}

bool Cgroup::kill_all() const {
  using Clock = std::chrono::steady_clock;
  for (const auto deadline = Clock::now() + std::chrono::milliseconds(500);
       Clock::now() < deadline;) {
    const std::vector<pid_t> left = members();
    if (left.empty()) return true;
    if (!write_text(pids_ / "cgroup.kill", "1")) {
      for (const pid_t pid : left) {
        if (pid > 1) ::kill(pid, SIGKILL);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return members().empty();
}

void remove_stale_cgroups() {
  for (const char* controller : {"memory", "pids", ""}) {
    const auto own = own_group(controller);
    if (!own) continue;
    // Version 2 makes some beside our own group.
    for (const fs::path& parent : {*own, own->parent_path()}) {
      std::error_code error;
      for (const auto& entry : fs::directory_iterator(parent, error)) {
        const std::string name = entry.path().filename().string();
        if (name.rfind(kPrefix, 0) != 0) continue;
        const int owner = std::atoi(name.c_str() + kPrefix.size());
        if (owner > 1 && ::kill(owner, 0) != 0) remove_group(entry.path());
      }
    }
  }
}

}  // namespace tito
