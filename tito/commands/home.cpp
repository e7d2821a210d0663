// tito, without a command: where am I, what next.

#include <fmt/format.h>

#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/progress.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/learner/report.h"

namespace tito {

int run_home(Session& session) {
  const State state = load_progress(session);
  const Module& module = *find_target(session, "").module;
  const auto progress = summarize(session.course(), module, state);
  const Task* next = next_task(module, state);
  std::string then = fmt::format("tito export {}", module.name);
  if (next != nullptr)
    then = fmt::format("tito {} {}", progress.tested ? "test" : "start", module.name);
  if (session.json) {
    print_json(Json()
                   .set("course", session.course().title)
                   .set("module", module.name)
                   .set("passed", progress.passed)
                   .set("total", progress.total)
                   .set("task", next != nullptr ? next->id : "")
                   .set("next", then));
    return 0;
  }
  fmt::print("\n  {} · {} {}\n\n", session.course().title, module.name.substr(0, 2),
             paint(Colour::kBold, module.title));
  fmt::print("  {}  {} of {} tasks · {} of {} points{}\n", bar(progress.passed, progress.total, 24),
             progress.passed, progress.total, progress.points, progress.total_points,
             progress.edited_since ? paint(Colour::kGrey, " · edited since the last test") : "");
  if (next != nullptr) {
    fmt::print("\n  {} {} {}: {}\n", paint(Colour::kGrey, "next task"), next->id, next->name,
               next->title);
    fmt::print("  {} {}\n", paint(Colour::kGrey, "in       "),
               paint(Colour::kCyan, task_place(session, module, *next)));
  }
  fmt::print("\n  Next: {}      all commands: tito --help\n", then);
  return 0;
}

}  // namespace tito
