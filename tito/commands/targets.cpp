#include "tito/commands/targets.h"

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/course/nearest.h"
#include "tito/learner/state.h"

namespace tito {
namespace {

// A dot makes it a task: no module's name has one.
bool is_task(const std::string& name) {
  return name.find('.') != std::string::npos && name.find('/') == std::string::npos;
}

const Module& current_module(Session& session) {
  const State state = load_state(session.root());
  const Course& course = session.course();
  for (const auto& module : course.modules) {
    if (module.name == state.current_module) return module;
  }
  for (const auto& module : course.modules) {
    const auto progress = summarize(course, module, state);
    if (module.complete() && !progress.done()) return module;
  }
  for (const auto& module : course.modules) {
    if (module.complete()) return module;
  }
  throw UserError("this course has no module to work on yet; `tito list` shows what there is");
}

}  // namespace

Target find_target(Session& session, const std::string& name) {
  if (name.empty()) return {&current_module(session), nullptr};
  if (is_task(name)) {
    const TaskRef found = session.course().find_task(name);
    return {found.module, found.task};
  }
  return {&session.course().find_module(name), nullptr};
}

const Module& find_testable_module(Session& session, const std::string& name) {
  const Target target = find_target(session, name);
  if (target.task != nullptr) {
    throw UserError(
        fmt::format("{} is a task; this command takes a module: {}", name, target.module->name));
  }
  require_tests(*target.module);
  return *target.module;
}

PartTarget find_part_target(Session& session, const std::string& name) {
  const Course& course = session.course();
  std::string text = name;
  if (text.ends_with(".cpp")) text.resize(text.size() - 4);
  const std::size_t cut = text.find_last_not_of('/') == text.npos
                              ? text.npos
                              : text.find_last_of("./", text.find_last_not_of('/'));
  const bool is_path = cut != text.npos && text[cut] == '/' && name == text;
  if (cut == text.npos || is_path) return {&course.find_module(text), nullptr};
  const std::string part_name = text.substr(cut + 1);
  if (!part_name.empty() && part_name.find_first_not_of("0123456789") == part_name.npos) {
    const TaskRef task = course.find_task(text);
    throw UserError(fmt::format("{} is a task, and tasks share their source: name the part, {}.{}",
                                name, task.module->name.substr(0, 2), task.part->name));
  }
  const Module& module = course.find_module(text.substr(0, cut));
  std::vector<std::string> known;
  for (const auto& part : module.parts) {
    if (part.name == part_name) return {&module, &part};
    known.push_back(part.name);
  }
  throw UserError(fmt::format("{} has no part \"{}\".{} Its parts: {}", module.name, part_name,
                              did_you_mean(part_name, known), fmt::join(known, ", ")));
}

bool is_core_only(const std::string& track) {
  if (track == "core" || track == "all") return track == "core";
  throw UserError("--track \"" + track + "\": expected core or all");
}

void require_tests(const Module& module) {
  if (module.complete()) return;
  if (module.given) {
    throw UserError(
        fmt::format("{} is given in this package, its reference is part of the engine. "
                    "`tito list` shows the module to work on.",
                    module.name));
  }
  throw UserError(
      fmt::format("{} has no lesson and no tests yet: its reference is part of the engine. "
                  "`tito list` shows the modules to work on.",
                  module.name));
}

}  // namespace tito
