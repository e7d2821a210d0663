#include "tito/package/leaks.h"

#include <fmt/format.h>

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

// "quantization" of "tinytorch/quantization/affine.h".
std::string room_of(const std::string& header) {
  const auto begin = header.find('/') + 1;
  return header.substr(begin, header.find('/', begin) - begin);
}

// Rooms above every room that `module` writes in. What is given there cannot know the module, so a
// line they share is an idiom and no answer.
std::vector<std::string> rooms_above(const Course& course, const Module& module) {
  std::vector<std::string> above;
  for (const std::string& room : course.rooms) {
    for (const Part& part : module.parts) {
      if (room_of(part.header) == room) return above;
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
  for (const std::string& room : rooms_above(course, module)) {
    for (const PackageFile& file : files) {
      if (file.name.starts_with("tinytorch/" + room + "/")) add_all(known, file.content);
    }
  }
  return known;
}

void add_secrets(const std::string& text, const std::string& name,
                 const std::set<std::string>& known, std::map<std::string, std::string>& secrets) {
  const std::vector<std::string> lines = significant_lines(text);
  for (const Region& region : find_regions(text, name)) {
    for (int number = region.begin_line + 1; number < region.end_line; ++number) {
      const std::string& line = lines[static_cast<std::size_t>(number) - 1];
      if (line.size() < kTelling || known.count(line) > 0) continue;
      secrets.emplace(line, fmt::format("{}:{}", name, number));
    }
  }
}

}  // namespace

std::vector<Leak> find_leaks(const Course& course, const Module& module,
                             const std::vector<PackageFile>& files) {
  const std::set<std::string> known = public_lines(course, module, files);
  std::map<std::string, std::string> secrets;
  bool reached = false;
  for (const Module& other : course.modules) {
    reached = reached || other.name == module.name;
    for (const Part& part : other.parts) {
      const auto solution = course.solution_source(other, part);
      if (!reached || !std::filesystem::exists(solution)) continue;
      const std::string name = fmt::format("solutions/{}/{}", other.name, part.source());
      add_secrets(read_file(solution), name, known, secrets);
    }
  }
  std::vector<Leak> leaks;
  for (const PackageFile& file : files) {
    if (file.name == "course.yaml") continue;
    const std::vector<std::string> lines = significant_lines(file.content);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].size() < kTelling) continue;
      for (const auto& [secret, where] : secrets) {
        if (lines[i].find(secret) == std::string::npos) continue;
        leaks.push_back({file.name, static_cast<int>(i) + 1, where});
        break;
      }
    }
  }
  return leaks;
}

}  // namespace tito
