// tito list: the modules of the course.

#include <fmt/format.h>

#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/progress.h"
#include "tito/commands/session.h"
#include "tito/learner/report.h"
#include "tito/learner/state.h"

namespace tito {
namespace {

struct Options {
  void declare(Arguments&) {}
};

int run_json(Session& session, const State& state) {
  Json modules = Json::array();
  for (const auto& module : session.course().modules) {
    const auto progress = summarize(session.course(), module, state);
    modules.add(Json()
                    .set("name", module.name)
                    .set("title", module.title)
                    .set("stage", module.stage)
                    .set("summary", module.summary)
                    .set("passed", progress.passed())
                    .set("tasks", progress.total())
                    .set("core_passed", progress.core_passed)
                    .set("core_tasks", progress.core_total)
                    .set("points", progress.points)
                    .set("max_points", progress.total_points)
                    .set("current", module.name == state.current_module));
  }
  print_json(Json().set("course", session.course().title).set("modules", modules));
  return 0;
}

std::string progress_cell(const Module& module, const ProgressSummary& progress, int columns) {
  if (module.given) return paint(Colour::kGrey, "given");
  if (!module.complete()) return paint(Colour::kGrey, "engine: given for now");
  std::string cell = fmt::format("{} {}", bar(progress.core_passed, progress.core_total, columns),
                                 progress.short_words());
  if (progress.edited_since) cell += paint(Colour::kGrey, " edited since");
  return cell;
}

// The modules, with bars of so many columns.
std::string overview(Session& session, const State& state, int columns) {
  Table table;
  table.header = {"", "module", "title", "core · depth", "points"};
  table.right_aligned = {false, false, false, false, true};
  for (const auto& module : session.course().modules) {
    const auto progress = summarize(session.course(), module, state);
    const std::string points =
        module.complete() ? fmt::format("{}/{}", progress.points, progress.total_points) : "";
    table.rows.push_back({module.name == state.current_module ? paint(Colour::kCyan, "▸") : " ",
                          module.name, module.title, progress_cell(module, progress, columns),
                          points});
  }
  return render(table);
}

int run(Session& session, const Options&) {
  const State state = load_progress(session);
  if (session.json) return run_json(session, state);
  std::string modules = overview(session, state, 10);
  if (widest_line(modules) > static_cast<std::size_t>(terminal_width()))
    modules = overview(session, state, 4);
  fmt::print("\n{}\n  Next: tito start <module>\n", modules);
  return 0;
}

}  // namespace

Command list_command() {
  return make_command<Options>("list", "Learning", "Show the modules and how far you are",
                               "Examples:\n"
                               "  tito list\n"
                               "  tito list --json",
                               run);
}

}  // namespace tito
