// tito status: progress, and how much of the engine is the learner's own.

#include <fmt/format.h>

#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/progress.h"
#include "tito/commands/session.h"
#include "tito/learner/engine.h"
#include "tito/learner/export.h"
#include "tito/learner/report.h"

namespace tito {
namespace {

struct Options {
  void declare(Arguments&) {}
};

std::string origin_words(Session& session, const ModuleOrigin& origin) {
  if (origin.origin == "exported") {
    const bool current = export_is_current(session.course(), *origin.module);
    return current ? "your own" : "your own, edited since";
  }
  if (origin.origin == "reference") return "reference";
  return origin.origin == "stub" ? "modules/, not exported" : "nothing yet";
}

int print_json(Session& session, const State& state, const EngineShare& share) {
  Json modules = Json::array();
  for (const auto& origin : share.origins) {
    const auto progress = summarize(session.course(), *origin.module, state);
    modules.add(Json()
                    .set("name", origin.module->name)
                    .set("stage", origin.module->stage)
                    .set("passed", progress.passed)
                    .set("total", progress.total)
                    .set("points", progress.points)
                    .set("tested", progress.tested)
                    .set("edited_since", progress.edited_since)
                    .set("origin", origin.origin)
                    .set("lines", origin.lines));
  }
  print_json(Json()
                 .set("current", state.current_module)
                 .set("modules", modules)
                 .set("own_modules", share.own_modules)
                 .set("own_lines", share.own_lines)
                 .set("lines", share.lines));
  return 0;
}

// The modules, with bars of so many columns.
std::string overview(Session& session, const State& state, const EngineShare& share, int columns) {
  Table table;
  table.header = {"", "module", "tasks", "points", "in the engine"};
  table.right_aligned = {false, false, false, true, false};
  for (const auto& origin : share.origins) {
    const Module& module = *origin.module;
    const auto progress = summarize(session.course(), module, state);
    std::string tasks = paint(Colour::kGrey, "—"), points;
    if (module.complete()) {
      tasks = fmt::format("{} {}/{}{}", bar(progress.passed, progress.total, columns),
                          progress.passed, progress.total,
                          progress.edited_since ? paint(Colour::kGrey, " edited since") : "");
      points = fmt::format("{}/{}", progress.points, progress.total_points);
    }
    const Colour colour = origin.origin == "exported" ? Colour::kGreen : Colour::kGrey;
    table.rows.push_back({module.name == state.current_module ? paint(Colour::kCyan, "▸") : " ",
                          module.name, tasks, points,
                          paint(colour, origin_words(session, origin))});
  }
  return render(table);
}

int run(Session& session, const Options&) {
  const State state = load_progress(session);
  const EngineShare share = engine_share(session.course(), session.toolchain());
  if (session.json) return print_json(session, state, share);
  std::string modules = overview(session, state, share, 10);
  if (widest_line(modules) > static_cast<std::size_t>(terminal_width()))
    modules = overview(session, state, share, 4);
  const double percent = share.lines == 0 ? 0.0
                                          : 100.0 * static_cast<double>(share.own_lines) /
                                                static_cast<double>(share.lines);
  fmt::print("\n{}\n", modules);
  fmt::print("  {}  {} of {} modules and {:.0f} % of the lines are your own.\n",
             bar(static_cast<int>(share.own_lines), static_cast<int>(share.lines), 20),
             share.own_modules, share.modules, percent);
  fmt::print("  Next: tito test goes on with the current module.\n");
  return 0;
}

}  // namespace

Command status_command() {
  return make_command<Options>("status", "Learning",
                               "Progress, and how much of the engine is your own",
                               "Examples:\n"
                               "  tito status\n"
                               "  tito status --json",
                               run);
}

}  // namespace tito
