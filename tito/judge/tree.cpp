#include "tito/judge/tree.h"

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
  std::uint64_t resident = 0;
};

// /proc/PID/stat: "pid (name) state ppid …", rss in pages in field 24. The name may hold anything,
// so fields are counted from its last bracket.
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
    if (number == 24) {
      entry.resident = std::strtoull(field.c_str(), nullptr, 10) *
                       static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
  }
  return true;
}

}  // namespace

// A daemon becomes a child of its namespace's first process, so it stays in the tree.
TreeUsage usage_of_tree(pid_t root) {
  std::map<pid_t, Entry> all;
  std::multimap<pid_t, pid_t> children;
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = item.path().filename().string();
    if (std::isdigit(static_cast<unsigned char>(name[0])) == 0) continue;
    Entry entry;
    if (!read_stat(item.path(), entry)) continue;
    const pid_t pid = static_cast<pid_t>(std::atol(name.c_str()));
    all[pid] = entry;
    children.emplace(entry.parent, pid);
  }
  TreeUsage usage;
  std::vector<pid_t> open{root};
  while (!open.empty()) {
    const pid_t pid = open.back();
    open.pop_back();
    const auto found = all.find(pid);
    if (found == all.end()) continue;
    ++usage.processes;
    usage.resident += found->second.resident;
    const auto [first, last] = children.equal_range(pid);
    for (auto child = first; child != last; ++child) open.push_back(child->second);
  }
  return usage;
}

}  // namespace tito
