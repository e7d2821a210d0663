#include "tito/package/leaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "tito/base/files.h"
#include "tito/course/stubs.h"

namespace tito {
namespace {

constexpr std::size_t kTelling = 20;

// What is left of a line without white space and a trailing comment.
std::string significant(const std::string& line) {
  std::string kept;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (!quoted && line[i] == '/' && i + 1 < line.size() && line[i + 1] == '/') break;
    if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') kept += line[i];
  }
  return kept;
}

std::vector<std::string> significant_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(significant(line));
  return lines;
}

void add_all(std::set<std::string>& known, const std::string& text) {
  for (std::string& line : significant_lines(text)) known.insert(std::move(line));
}

// Rooms above every room that `module` writes in. What is given there cannot know the module, so a
// line they share is an idiom and no answer.
std::vector<std::string> rooms_above(const Course& course, const Module& module) {
  std::vector<std::string> above;
  for (const std::string& room : course.rooms) {
    for (const Part& part : module.parts) {
      if (course.room_of(part.header) == room) return above;
    }
    above.push_back(room);
  }
  return above;
}

// Lines that need not be kept: in the stubs of any module, anywhere in an earlier one, and in what
// is given above.
std::set<std::string> public_lines(const Course& course, const Module& module,
                                   const std::vector<PackageFile>& files) {
  std::set<std::string> known;
  bool earlier = true;
  for (const Module& other : course.modules) {
    earlier = earlier && other.name != module.name;
    for (const Part& part : other.parts) {
      const auto solution = course.solution_source(other, part);
      if (!std::filesystem::exists(solution)) continue;
      const std::string text = read_file(solution);
      add_all(known, earlier ? text : generate_stub(text, solution.string()));
    }
  }
  const std::vector<std::string> above = rooms_above(course, module);
  for (const PackageFile& file : files) {
    const std::string room = course.room_of(file.name);
    if (std::find(above.begin(), above.end(), room) != above.end()) add_all(known, file.content);
  }
  return known;
}

// Where a line of an answer stands.
struct Place {
  std::string name;  // "solutions/15_quantization/affine.cpp"
  int line = 0;
};
using Secrets = std::map<std::string, Place>;

void add_secrets(const std::string& text, const std::string& name,
                 const std::set<std::string>& known, Secrets& secrets) {
  const std::vector<std::string> lines = significant_lines(text);
  for (const Region& region : find_regions(text, name)) {
    for (int number = region.begin_line + 1; number < region.end_line; ++number) {
      const std::string& line = lines[static_cast<std::size_t>(number) - 1];
      if (line.size() < kTelling || known.count(line) > 0) continue;
      secrets.emplace(line, Place{name, number});
    }
  }
}

Secrets secrets_from(const Course& course, const Module& module,
                     const std::set<std::string>& known) {
  Secrets secrets;
  bool reached = false;
  for (const Module& other : course.modules) {
    reached = reached || other.name == module.name;
    for (const Part& part : other.parts) {
      const auto solution = course.solution_source(other, part);
      if (!reached || !std::filesystem::exists(solution)) continue;
      add_secrets(read_file(solution), fmt::format("solutions/{}/{}", other.name, part.source()),
                  known, secrets);
    }
  }
  return secrets;
}

const Place* find_secret(const std::string& line, const Secrets& secrets) {
  for (const auto& [secret, place] : secrets) {
    if (line.find(secret) != std::string::npos) return &place;
  }
  return nullptr;
}

// In the order of the answer, with at most two short lines between.
bool follows(const Place* first, const Place* second) {
  return first != nullptr && second != nullptr && first->name == second->name &&
         second->line > first->line && second->line - first->line <= 3;
}

void scan(const PackageFile& file, const Secrets& secrets, std::vector<Leak>& leaks) {
  const bool library = file.name.starts_with("tinytorch/");
  const std::vector<std::string> lines = significant_lines(file.content);
  const Place* before = nullptr;
  bool before_counts = false;
  int before_line = 0;
  const auto report = [&](int line, const Place& place) {
    leaks.push_back({file.name, line, fmt::format("{}:{}", place.name, place.line)});
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].size() < kTelling) continue;
    const Place* place = find_secret(lines[i], secrets);
    const bool run = follows(before, place);
    if (library && run && !before_counts) report(before_line, *before);
    before_counts = place != nullptr && (!library || run);
    before_line = static_cast<int>(i) + 1;
    if (before_counts) report(before_line, *place);
    before = place;
  }
}

}  // namespace

std::vector<Leak> find_leaks(const Course& course, const Module& module,
                             const std::vector<PackageFile>& files) {
  const Secrets secrets = secrets_from(course, module, public_lines(course, module, files));
  std::vector<Leak> leaks;
  for (const PackageFile& file : files) {
    if (file.name != module.file()) scan(file, secrets, leaks);
  }
  return leaks;
}

}  // namespace tito
