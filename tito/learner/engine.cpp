#include "tito/learner/engine.h"

#include <algorithm>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/learner/export.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

std::size_t count_lines(const fs::path& path) {
  try {
    const std::string text = read_file(path);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  } catch (const UserError&) {
    return 0;  // missing: nothing of it is in the engine
  }
}

fs::path source_of(const Course& course, const Module& module, const Part& part,
                   const std::string& origin) {
  if (origin == "exported") return course.engine_source(module, part);
  if (origin == "reference") return course.solution_source(module, part);
  return course.learner_source(module, part);
}

}  // namespace

bool ModuleOrigin::all_own() const {
  return std::all_of(module->parts.begin(), module->parts.end(), [&](const Part& part) {
    return part.tasks.empty() ||
           std::find(own_parts.begin(), own_parts.end(), &part) != own_parts.end();
  });
}

EngineShare engine_share(const Course& course, const Toolchain& toolchain) {
  EngineShare share;
  for (const auto& module : course.modules) {
    const bool known = toolchain.knows(module);
    ModuleOrigin origin{&module, known ? toolchain.module_build(module).origin : "", 0, 0, {}};
    for (const auto& part : module.parts) {
      const std::size_t lines = count_lines(source_of(course, module, part, origin.origin));
      const bool own = origin.origin == "exported" && is_exported(course, module, part);
      origin.lines += lines;
      origin.own_lines += own ? lines : 0;
      if (own) origin.own_parts.push_back(&part);
    }
    share.modules += 1;
    share.own_modules += origin.own_parts.empty() ? 0 : 1;
    share.lines += origin.lines;
    share.own_lines += origin.own_lines;
    share.origins.push_back(origin);
  }
  return share;
}

}  // namespace tito
