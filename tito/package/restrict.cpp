// course.yaml of a package, as text: what a person wrote there stays as they wrote it, but for the
// list of modules.

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "tito/base/error.h"
#include "tito/package/package.h"

namespace tito {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line + '\n');
  return lines;
}

// The line of the first top-level key after `modules`, or the end.
std::size_t end_of_modules(const YAML::Node& document, std::size_t begin, std::size_t lines) {
  std::size_t end = lines;
  for (const auto& item : document) {
    const auto line = static_cast<std::size_t>(item.first.Mark().line);
    if (line > begin) end = std::min(end, line);
  }
  return end;
}

std::size_t line_of_modules(const YAML::Node& document) {
  for (const auto& item : document) {
    if (item.first.Scalar() == "modules") return static_cast<std::size_t>(item.first.Mark().line);
  }
  throw InternalError("course.yaml has no modules");
}

std::string list_of(const std::string& key, const std::vector<std::string>& names) {
  std::string text = names.empty() ? "" : key + ":\n";
  for (const auto& name : names) text += "  - " + name + '\n';
  return text;
}

}  // namespace

std::string restricted_course(const std::string& yaml, const Module& module) {
  const YAML::Node document = YAML::Load(yaml);
  const auto names = document["modules"].as<std::vector<std::string>>();
  const auto own = std::find(names.begin(), names.end(), module.name);
  if (own == names.end()) throw InternalError("course.yaml does not list " + module.name);
  const std::vector<std::string> lines = lines_of(yaml);
  const std::size_t begin = line_of_modules(document);
  const std::size_t end = end_of_modules(document, begin, lines.size());
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == begin) text += list_of("given", {names.begin(), own}) + list_of("modules", {*own});
    if (i < begin || i >= end) text += lines[i];
  }
  return text;
}

}  // namespace tito
