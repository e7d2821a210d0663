#include "tito/course/course.h"

#include <fmt/format.h>

#include <algorithm>

#include "tito/base/error.h"
#include "tito/course/nearest.h"

namespace tito {
namespace {

std::string_view before_first(std::string_view text, char c) {
  return text.substr(0, text.find(c));
}

// "15" and "quantization" of "15_quantization".
bool is_called(const Module& module, std::string_view name) {
  const std::string_view full = module.name;
  const std::size_t underscore = full.find('_');
  if (name == full) return true;
  if (underscore == std::string_view::npos) return false;
  if (name == full.substr(0, underscore) || name == full.substr(underscore + 1)) return true;
  // "1" for "01_tensor".
  return full.size() > 1 && full[0] == '0' && name == full.substr(1, underscore - 1);
}

// "modules/15_quantization/" as shells complete it.
std::string_view last_component(std::string_view name) {
  while (!name.empty() && name.back() == '/') name.remove_suffix(1);
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace

bool Module::has_depth() const {
  return std::any_of(parts.begin(), parts.end(),
                     [](const Part& part) { return !part.core() && !part.tasks.empty(); });
}

int Module::total_points(bool core_only) const {
  int total = 0;
  for (const auto& part : parts) {
    if (core_only && !part.core()) continue;
    for (const auto& task : part.tasks) total += task.points;
  }
  return total;
}

const Module& Course::find_module(std::string_view name) const {
  const std::string_view wanted = last_component(name);
  std::vector<std::string> known;
  for (const auto& module : modules) {
    if (is_called(module, wanted)) return module;
    known.push_back(module.name);
  }
  throw UserError(fmt::format("no module \"{}\" in this course.{} Its modules: {}", name,
                              did_you_mean(wanted, known), fmt::join(known, ", ")));
}

TaskRef Course::find_task(std::string_view id) const {
  std::vector<std::string> known;
  for (const auto& module : modules) {
    for (const auto& part : module.parts) {
      for (const auto& task : part.tasks) {
        if (task.id == id || task.id == '0' + std::string(id)) return {&module, &part, &task};
        known.push_back(task.id);
      }
    }
  }
  // The tasks of the same module are the likeliest to have been meant.
  const std::string_view number = before_first(id, '.');
  std::stable_partition(known.begin(), known.end(),
                        [&](const std::string& k) { return before_first(k, '.') == number; });
  const auto end = std::find_if(known.begin(), known.end(), [&](const std::string& k) {
    return before_first(k, '.') != number;
  });
  const std::vector<std::string> own(known.begin(), end);
  throw UserError(
      fmt::format("no task \"{}\" in this course.{} {}", id, did_you_mean(id, known),
                  own.empty() ? "`tito list` shows the modules."
                              : fmt::format("Module {} has: {}", number, fmt::join(own, ", "))));
}

std::vector<const Module*> Course::before(const Module& module) const {
  std::vector<const Module*> result;
  for (const auto& candidate : modules) {
    if (candidate.name == module.name) break;
    result.push_back(&candidate);
  }
  return result;
}

std::string Course::room_of(std::string_view path) const {
  constexpr std::string_view kRoot = "tinytorch/";
  if (!path.starts_with(kRoot)) return "";
  const std::string_view inside = path.substr(kRoot.size());
  std::string innermost;
  for (const std::string& room : rooms) {
    const bool holds =
        inside.size() > room.size() && inside.starts_with(room) && inside[room.size()] == '/';
    if (holds && room.size() > innermost.size()) innermost = room;
  }
  return innermost;
}

std::filesystem::path Course::learner_source(const Module& module, const Part& part) const {
  return root / "modules" / module.name / part.source();
}

std::filesystem::path Course::solution_source(const Module& module, const Part& part) const {
  return root / "solutions" / module.name / part.source();
}

std::filesystem::path Course::exported_source(const Module& module, const Part& part) const {
  return root / "tinytorch" / "exported" / module.name / part.source();
}

std::filesystem::path Course::engine_source(const Module& module, const Part& part) const {
  for (const auto& source : {exported_source(module, part), solution_source(module, part)}) {
    if (std::filesystem::exists(source)) return source;
  }
  return root / "stubs" / module.name / part.source();
}

std::filesystem::path find_course_root(const std::filesystem::path& from) {
  auto folder = std::filesystem::absolute(from).lexically_normal();
  while (true) {
    if (std::filesystem::exists(folder / "course.yaml")) return folder;
    if (!folder.has_relative_path()) break;
    folder = folder.parent_path();
  }
  throw UserError("no course.yaml in " + from.string() +
                  " or above it; run tito from inside the course's folder");
}

}  // namespace tito
