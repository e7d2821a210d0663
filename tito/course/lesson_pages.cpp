#include "tito/course/lesson_pages.h"

#include <sstream>

#include "tito/course/source_scan.h"

namespace tito {

namespace fs = std::filesystem;

std::vector<PageLink> links_of(std::string_view markdown) {
  std::vector<PageLink> links;
  std::istringstream lines{std::string(markdown)};
  bool fenced = false;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with("```")) fenced = !fenced;
    if (fenced) continue;
    for (std::size_t at = line.find("]("); at != line.npos; at = line.find("](", at + 2)) {
      const std::string target = line.substr(at + 2, line.find_first_of(")#", at) - at - 2);
      const bool web = target.find("://") != target.npos || target.starts_with("mailto:");
      if (!target.empty() && !web) links.push_back({target, number});
    }
  }
  return links;
}

std::string linked_file(const Course& course, const fs::path& page, std::string_view target) {
  return (page.parent_path() / target)
      .lexically_normal()
      .lexically_relative(course.root)
      .generic_string();
}

std::vector<fs::path> lesson_pages(const Course& course, const Module& module) {
  return files_below(course.root / "modules" / module.name, {".md"});
}

}  // namespace tito
