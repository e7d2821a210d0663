// What of the library belongs to later modules, found through its includes.

#include <map>
#include <set>

#include "tito/base/files.h"
#include "tito/course/source_scan.h"
#include "tito/package/package.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

// What each source below those folders includes.
std::map<std::string, std::vector<Include>> library_includes(const fs::path& root) {
  std::map<std::string, std::vector<Include>> includes;
  for (const char* room : {"tinytorch", "milestones", "bench/ladder"}) {
    for (const fs::path& path : files_below(root / room, {".h", ".cpp"})) {
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
      for (const Include& include : wanted) {
        if (later.count(include.target) == 0) continue;
        later.insert(name);
        grown = true;
        break;
      }
    }
  }
  return {later.begin(), later.end()};
}

}  // namespace tito
