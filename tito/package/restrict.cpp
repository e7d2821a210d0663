// course.yaml cut after one module, as text: what a person wrote there stays as they wrote it.

#include <yaml-cpp/yaml.h>

#include <vector>

#include "tito/base/error.h"
#include "tito/package/package.h"

namespace tito {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

bool is_comment_or_blank(const std::string& line) {
  const auto first = line.find_first_not_of(" \t\r\n");
  return first == line.npos || line[first] == '#';
}

// The line of the first top-level key after `modules`, or the end.
std::size_t end_of_modules(const YAML::Node& document, std::size_t lines) {
  std::size_t end = lines;
  const int begin = document["modules"].Mark().line;
  for (const auto& item : document) {
    const int line = item.first.Mark().line;
    if (line > begin) end = std::min(end, static_cast<std::size_t>(line));
  }
  return end;
}

}  // namespace

std::string restricted_course(const std::string& yaml, const Module& module) {
  const YAML::Node document = YAML::Load(yaml);
  const YAML::Node modules = document["modules"];
  std::vector<std::string> lines = lines_of(yaml);
  std::size_t last = modules.size();
  for (std::size_t i = 0; i < modules.size(); ++i) {
    if (modules[i]["name"].as<std::string>() == module.name) last = i;
  }
  if (last == modules.size()) throw InternalError("course.yaml does not list " + module.name);
  if (last + 1 == modules.size()) return yaml;
  auto begin = static_cast<std::size_t>(modules[last + 1].Mark().line);
  // A comment above a module speaks of that module.
  while (begin > 0 && is_comment_or_blank(lines[begin - 1])) --begin;
  const std::size_t end = end_of_modules(document, lines.size());
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i < begin || i >= end) text += lines[i];
  }
  return text;
}

}  // namespace tito
