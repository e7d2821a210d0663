#include "tito/judge/sandbox/tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace tito {
namespace {

struct Entry {
  pid_t parent = 0;
  int tasks = 0;
  std::uint64_t resident = 0;
};

// /proc/PID/stat: "pid (name) state ppid …", field 20 is the number of threads, 24 the resident
// pages. The name may hold anything, so fields are counted from its last bracket.
bool read_stat(const std::filesystem::path& folder, Entry& entry) {
  std::ifstream in(folder / "stat");
  std::string line;
  if (!std::getline(in, line)) return false;
  const auto bracket = line.rfind(')');
  if (bracket == std::string::npos) return false;
  std::istringstream fields(line.substr(bracket + 1));
  std::string field;
  for (int number = 3; number <= 24 && fields >> field; ++number) {
    if (number == 4) entry.parent = static_cast<pid_t>(std::atol(field.c_str()));
    if (number == 20) entry.tasks = std::atoi(field.c_str());
    if (number == 24) {
      entry.resident = std::strtoull(field.c_str(), nullptr, 10) *
                       static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
  }
  return true;
}

std::map<pid_t, std::filesystem::path> all_processes() {
  std::map<pid_t, std::filesystem::path> found;
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = item.path().filename().string();
    if (std::isdigit(static_cast<unsigned char>(name[0])) == 0) continue;
    found[static_cast<pid_t>(std::atol(name.c_str()))] = item.path();
  }
  return found;
}

}  // namespace

int tasks_of_user(uid_t user) {
  int tasks = 0;
  for (const auto& [pid, folder] : all_processes()) {
    struct stat info {};
    Entry entry;
    if (::stat(folder.c_str(), &info) != 0 || info.st_uid != user) continue;
    if (read_stat(folder, entry)) tasks += entry.tasks;
  }
  return tasks;
}

namespace {

// A daemon becomes a child of its namespace's first process, so it stays in the tree.
template <typename Visit>
void for_each_member(pid_t root, const Visit& visit) {
  std::map<pid_t, Entry> all;
  std::multimap<pid_t, pid_t> children;
  for (const auto& [pid, folder] : all_processes()) {
    Entry entry;
    if (!read_stat(folder, entry)) continue;
    all[pid] = entry;
    children.emplace(entry.parent, pid);
  }
  std::vector<pid_t> open{root};
  while (!open.empty()) {
    const pid_t pid = open.back();
    open.pop_back();
    const auto found = all.find(pid);
    if (found == all.end()) continue;
    visit(pid, found->second);
    const auto [first, last] = children.equal_range(pid);
    for (auto child = first; child != last; ++child) open.push_back(child->second);
  }
}

}  // namespace

TreeUsage usage_of_tree(pid_t root) {
  TreeUsage usage;
  for_each_member(root, [&](pid_t, const Entry& entry) {
    usage.tasks += entry.tasks;
    usage.resident += entry.resident;
  });
  return usage;
}

std::vector<pid_t> members_of_tree(pid_t root) {
  std::vector<pid_t> members;
  for_each_member(root, [&](pid_t pid, const Entry&) { members.push_back(pid); });
  return members;
}

}  // namespace tito
