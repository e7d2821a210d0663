// What of the library belongs to later modules, found through its includes.

#include <map>
#include <set>
#include <sstream>

#include "tito/base/files.h"
#include "tito/package/package.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

std::set<std::string> includes_of(const std::string& text) {
  std::set<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto open = line.find('"');
    const auto close = line.rfind('"');
    const bool is_include =
        line.find("#include") != line.npos || line.find("# include") != line.npos;
    if (is_include && open != line.npos && close > open) {
      found.insert(line.substr(open + 1, close - open - 1));
    }
  }
  return found;
}

std::map<std::string, std::set<std::string>> library_includes(const fs::path& root) {
  std::map<std::string, std::set<std::string>> includes;
  for (const char* room : {"tinytorch", "milestones", "bench/ladder"}) {
    std::error_code error;
    for (fs::recursive_directory_iterator entry(root / room, error), end; entry != end;
         entry.increment(error)) {
      const fs::path& path = entry->path();
      if (path.extension() != ".h" && path.extension() != ".cpp") continue;
      includes[fs::relative(path, root).string()] = includes_of(read_file(path));
    }
  }
  return includes;
}

}  // namespace

std::vector<std::string> sources_of_later_modules(const Course& course, const Module& module) {
  std::set<std::string> later;
  std::set<std::string> ours;
  bool after = false;
  for (const Module& other : course.modules) {
    for (const Part& part : other.parts) (after ? later : ours).insert(part.header);
    after = after || other.name == module.name;
  }
  for (const std::string& header : ours) later.erase(header);
  const auto includes = library_includes(course.root);
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [name, wanted] : includes) {
      if (later.count(name) > 0) continue;
      for (const std::string& header : wanted) {
        if (later.count(header) == 0) continue;
        later.insert(name);
        grown = true;
        break;
      }
    }
  }
  return {later.begin(), later.end()};
}

}  // namespace tito
