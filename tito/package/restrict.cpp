// course.yaml and module.yaml of a package, as text: what a person wrote there stays as they wrote
// it, but for the list of modules and for tasks that are not asked for.

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

std::size_t line_of(const YAML::Node& node) { return static_cast<std::size_t>(node.Mark().line); }

// The lines of one key of a mapping: from its own to that of the next key, else to `end`.
struct Lines {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Lines lines_of_key(const YAML::Node& mapping, const std::string& key, std::size_t end) {
  Lines lines{end, end};
  for (const auto& item : mapping) {
    if (item.first.Scalar() == key) lines.begin = line_of(item.first);
  }
  for (const auto& item : mapping) {
    const std::size_t line = line_of(item.first);
    if (line > lines.begin) lines.end = std::min(lines.end, line);
  }
  return lines;
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
  const auto [begin, end] = lines_of_key(document, "modules", lines.size());
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == begin) text += list_of("given", {names.begin(), own}) + list_of("modules", {*own});
    if (i < begin || i >= end) text += lines[i];
  }
  return text;
}

std::string core_of_module(const std::string& yaml) {
  const YAML::Node document = YAML::Load(yaml);
  const std::vector<std::string> lines = lines_of(yaml);
  const std::size_t end_of_parts = lines_of_key(document, "parts", lines.size()).end;
  std::vector<bool> dropped(lines.size(), false);
  const YAML::Node parts = document["parts"];
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const YAML::Node part = parts[i];
    if (!part["track"] || part["track"].Scalar() != "depth") continue;
    const std::size_t end_of_part = i + 1 < parts.size() ? line_of(parts[i + 1]) : end_of_parts;
    const Lines tasks = lines_of_key(part, "tasks", end_of_part);
    for (std::size_t line = tasks.begin; line < tasks.end; ++line) dropped[line] = true;
  }
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!dropped[i]) text += lines[i];
  }
  return text;
}

}  // namespace tito
