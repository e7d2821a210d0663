// tito hint [task]: one step closer each time.

#include <fmt/format.h>

#include <algorithm>

#include "tito/base/error.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/progress.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"

namespace tito {
namespace {

struct Options {
  std::string task;
  int level = 0;
  void declare(Arguments& arguments) {
    arguments.positional("task", task,
                         "Which task (15.2); default: the next one that does not pass");
    arguments.option("--level", level, "Show this hint again (1 is the gentlest)");
  }
};

const Task& task_for(Session& session, const std::string& name) {
  const Target target = find_target(session, name);
  if (target.task != nullptr) return *target.task;
  require_tests(*target.module);
  const Task* next = next_task(*target.module, load_progress(session));
  if (next != nullptr) return *next;
  throw UserError(
      fmt::format("{0} has no open task; `tito hint <task>` shows a task's hints, `tito "
                  "export {0}` is next",
                  target.module->name));
}

// The one to show now: --level, else one further than last time, at most the last.
int choose_level(Session& session, const Task& task, int wanted) {
  const int count = static_cast<int>(task.hints.size());
  if (count == 0) throw UserError(fmt::format("task {} has no hints", task.id));
  if (wanted < 0 || wanted > count) {
    throw UserError(fmt::format("task {} has hints 1 to {}, not {}", task.id, count, wanted));
  }
  int level = wanted;
  update_state(session.root(), [&](State& state) {
    int& shown = state.hints[task.id];
    if (level == 0) level = std::min(shown + 1, count);
    shown = std::max(shown, level);
  });
  return level;
}

int run(Session& session, const Options& options) {
  const Task& task = task_for(session, options.task);
  const int count = static_cast<int>(task.hints.size());
  const int level = choose_level(session, task, options.level);
  const std::string& hint = task.hints[static_cast<std::size_t>(level) - 1];
  if (session.json) {
    print_json(
        Json().set("task", task.id).set("level", level).set("levels", count).set("hint", hint));
    return 0;
  }
  fmt::print("\n  {} {}   {}\n\n", task.id, paint(Colour::kBold, task.name),
             paint(Colour::kGrey, fmt::format("hint {} of {}", level, count)));
  fmt::print("{}\n\n", wrap(hint, std::min(terminal_width(), 90), 2));
  if (level < count) {
    fmt::print("  Try it first; `tito hint {}` again goes further.\n", task.id);
  } else {
    fmt::print("  That was the last one. `tito hint {} --level 1` starts over.\n", task.id);
  }
  return 0;
}

}  // namespace

Command hint_command() {
  return make_command<Options>(
      "hint", "Learning", "Get the next hint for a task",
      "Hints go from the idea over the way to nearly the code, one a call; tito remembers\n"
      "how far you are.\n\n"
      "Examples:\n"
      "  tito hint              for the task you are at\n"
      "  tito hint 15.2         for this one\n"
      "  tito hint 15.2 --level 1",
      run);
}

}  // namespace tito
