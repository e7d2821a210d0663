// tito start: choose the module to work on.

#include <fmt/format.h>

#include "tito/base/files.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/progress.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/course/stubs.h"
#include "tito/learner/state.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string module;
  void declare(Arguments& arguments) {
    arguments.positional("module", module, "Which one: 15, quantization or 15_quantization", true);
  }
};

// Sources that are missing come back as stubs; those that are there stay as they are.
std::vector<std::string> write_missing(Session& session, const Module& module) {
  std::vector<std::string> written;
  for (const auto& part : module.parts) {
    const auto path = session.course().learner_source(module, part);
    if (fs::exists(path)) continue;
    write_file_atomically(path, pristine_stub(session.course(), module, part));
    written.push_back(session.shown(path));
  }
  return written;
}

// "22 tasks in 6 files, about 340 minutes": minutes where every part states what it took.
std::string core_words(const Module& module) {
  std::size_t tasks = 0, files = 0;
  int minutes = 0;
  bool all_stated = true;
  for (const auto& part : module.parts) {
    if (!part.core()) continue;
    tasks += part.tasks.size();
    ++files;
    minutes += part.minutes;
    all_stated = all_stated && part.minutes > 0;
  }
  return fmt::format("{} task{} in {} file{}{}", tasks, tasks == 1 ? "" : "s", files,
                     files == 1 ? "" : "s",
                     all_stated ? fmt::format(", about {} minutes", minutes) : "");
}

void print(Session& session, const Module& module, const Task* next, const fs::path& lesson) {
  fmt::print("\n  {} {}\n", paint(Colour::kGrey, module.name.substr(0, 2)),
             paint(Colour::kBold, module.title));
  const int width = terminal_width();
  if (!module.summary.empty()) fmt::print("{}\n", wrap(module.summary, width, 2));
  fmt::print("\n  {} {}\n", paint(Colour::kGrey, module.has_depth() ? "core      " : "to write  "),
             core_words(module));
  if (fs::exists(lesson))
    fmt::print("  {} {}\n", paint(Colour::kGrey, "lesson    "), session.shown(lesson));
  if (next == nullptr) {
    fmt::print("  Its core passes. Next: tito export {}\n", module.name);
    return;
  }
  fmt::print("{}\n", fold_lines(fmt::format("  {} {} {}: {}", paint(Colour::kGrey, "first task"),
                                            next->id, next->name, next->title),
                                width));
  fmt::print("  {} {}\n", paint(Colour::kGrey, "write it in"),
             paint(Colour::kCyan, task_place(session, module, *next)));
  fmt::print("\n  Next: tito watch, and save the file; or tito test {}\n", next->id);
}

int run(Session& session, const Options& options) {
  const Module& module = find_testable_module(session, options.module);
  const auto written = write_missing(session, module);
  update_state(session.root(), [&](State& state) { state.current_module = module.name; });
  const State state = load_progress(session);
  const Task* next = next_task(module, state);
  const fs::path lesson = session.root() / "modules" / module.name / "README.md";
  if (session.json) {
    print_json(Json()
                   .set("module", module.name)
                   .set("lesson", session.shown(lesson))
                   .set("task", next != nullptr ? next->id : "")
                   .set("place", next != nullptr ? task_place(session, module, *next) : "")
                   .set("written", written));
  } else {
    print(session, module, next, lesson);
  }
  return 0;
}

}  // namespace

Command start_command() {
  return make_command<Options>("start", "Learning", "Choose the module to work on",
                               "From then on test, watch, hint and status mean this module.\n\n"
                               "Examples:\n"
                               "  tito start 15\n"
                               "  tito start quantization",
                               run);
}

}  // namespace tito
