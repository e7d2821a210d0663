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

constexpr int kWideBar = 10;

struct Options {
  void declare(Arguments&) {}
};

std::string origin_words(Session& session, const ModuleOrigin& origin, const char* edited) {
  if (origin.origin == "exported") {
    const std::string whose = origin.all_own()
                                  ? "your own"
                                  : fmt::format("{} of {} parts yours", origin.own_parts.size(),
                                                origin.module->parts.size());
    const bool current = export_is_current(session.course(), *origin.module);
    return current ? whose : fmt::format("{}, {}", whose, edited);
  }
  if (origin.origin == "reference") return "reference";
  return origin.origin == "stub" ? "modules/, not exported" : "nothing yet";
}

std::vector<std::string> names_of(const std::vector<const Part*>& parts) {
  std::vector<std::string> names;
  for (const Part* part : parts) names.push_back(part->name);
  return names;
}

int print_json(Session& session, const State& state, const EngineShare& share) {
  Json modules = Json::array();
  for (const auto& origin : share.origins) {
    const auto progress = summarize(session.course(), *origin.module, state);
    modules.add(Json()
                    .set("name", origin.module->name)
                    .set("stage", origin.module->stage)
                    .set("passed", progress.passed())
                    .set("total", progress.total())
                    .set("core_passed", progress.core_passed)
                    .set("core_total", progress.core_total)
                    .set("done", progress.done())
                    .set("points", progress.points)
                    .set("tested", progress.tested)
                    .set("edited_since", progress.edited_since)
                    .set("origin", origin.origin)
                    .set("own_parts", names_of(origin.own_parts))
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
Table overview(Session& session, const State& state, const EngineShare& share, int columns) {
  const char* edited = columns < kWideBar ? "edited" : "edited since";
  Table table;
  table.header = {"", "module", "core · depth", "points", "in the engine"};
  table.right_aligned = {false, false, false, true, false};
  for (const auto& origin : share.origins) {
    const Module& module = *origin.module;
    const auto progress = summarize(session.course(), module, state);
    std::string tasks = paint(Colour::kGrey, "—"), points;
    if (module.complete()) {
      tasks = fmt::format(
          "{} {}{}", bar(progress.core_passed, progress.core_total, columns),
          progress.short_words(),
          progress.edited_since ? paint(Colour::kGrey, fmt::format(" {}", edited)) : "");
      points = fmt::format("{}/{}", progress.points, progress.total_points);
    }
    const Colour colour = origin.origin == "exported" ? Colour::kGreen : Colour::kGrey;
    table.rows.push_back({module.name == state.current_module ? paint(Colour::kCyan, "▸") : " ",
                          module.name, tasks, points,
                          paint(colour, origin_words(session, origin, edited))});
  }
  return table;
}

// Of a module that is exported in part: what of it the engine runs on.
std::string shared_line(const Course& course, const ModuleOrigin& origin) {
  const Module& module = *origin.module;
  // A package has no reference of its own module.
  const bool reference =
      std::filesystem::exists(course.solution_source(module, module.parts.front()));
  return fmt::format("{} runs on your {}; its other parts are {} until all their tasks pass.",
                     module.name, fmt::join(names_of(origin.own_parts), ", "),
                     reference ? "the reference's" : "stubs");
}

int run(Session& session, const Options&) {
  const State state = load_progress(session);
  const EngineShare share = engine_share(session.course(), session.toolchain());
  if (session.json) return print_json(session, state, share);
  const int width = terminal_width();
  std::string modules = render(overview(session, state, share, kWideBar));
  if (widest_line(modules) > static_cast<std::size_t>(width))
    modules = render(fold_last_column(overview(session, state, share, 4), width));
  const double percent = share.lines == 0 ? 0.0
                                          : 100.0 * static_cast<double>(share.own_lines) /
                                                static_cast<double>(share.lines);
  fmt::print("\n{}\n", modules);
  for (const auto& origin : share.origins) {
    if (origin.own_parts.empty() || origin.all_own()) continue;
    fmt::print("{}\n", wrap(shared_line(session.course(), origin), width, 2));
  }
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
