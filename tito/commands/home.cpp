// tito, without a command: where am I, what next.

#include <fmt/format.h>

#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/progress.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/learner/closing.h"
#include "tito/learner/export.h"
#include "tito/learner/report.h"

namespace tito {
namespace {

// The one command to type now.
std::string next_command(Session& session, const Module& module, const ProgressSummary& progress,
                         const Task* next) {
  const Course& course = session.course();
  if (next != nullptr)
    return fmt::format("tito {} {}", progress.tested ? "test" : "start", module.name);
  if (!is_exported(course, module) || !export_is_current(course, module))
    return fmt::format("tito export {}", module.name);
  const std::string milestone = closing_milestone(
      course, module, [&](const Part& part) { return is_exported(course, module, part); });
  if (!milestone.empty()) return "tito milestone " + milestone;
  return progress.all() ? "tito list" : fmt::format("tito test {} --all", module.name);
}

void print(Session& session, const Module& module, const ProgressSummary& progress,
           const Task* next) {
  fmt::print("\n  {} · {} {}\n\n", session.course().title, module.name.substr(0, 2),
             paint(Colour::kBold, module.title));
  fmt::print("  {}  {} · {} of {} points{}\n", bar(progress.core_passed, progress.core_total, 24),
             progress.words(), progress.points, progress.total_points,
             progress.edited_since ? paint(Colour::kGrey, " · edited since the last test") : "");
  if (next != nullptr) {
    fmt::print("\n  {} {} {}: {}\n", paint(Colour::kGrey, "next task"), next->id, next->name,
               next->title);
    fmt::print("  {} {}\n", paint(Colour::kGrey, "in       "),
               paint(Colour::kCyan, task_place(session, module, *next)));
  } else if (progress.done() && !progress.all()) {
    fmt::print("\n  {} Parts in depth: tito test {} --all\n",
               paint(Colour::kGreen, "★ Done: its core passes."), module.name);
  }
}

}  // namespace

int run_home(Session& session) {
  const State state = load_progress(session);
  const Module& module = *find_target(session, "").module;
  const auto progress = summarize(session.course(), module, state);
  const Task* next = next_task(module, state);
  const std::string then = next_command(session, module, progress, next);
  if (session.json) {
    print_json(Json()
                   .set("course", session.course().title)
                   .set("module", module.name)
                   .set("passed", progress.passed())
                   .set("total", progress.total())
                   .set("core_passed", progress.core_passed)
                   .set("core_total", progress.core_total)
                   .set("task", next != nullptr ? next->id : "")
                   .set("next", then));
    return 0;
  }
  print(session, module, progress, next);
  fmt::print("\n  Next: {}      all commands: tito --help\n", then);
  return 0;
}

}  // namespace tito
