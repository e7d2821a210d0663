// tito export: the learner's module becomes part of the engine.

#include "tito/learner/export.h"

#include <fmt/format.h>

#include <algorithm>

#include "tito/base/error.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/build/configure.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/commands/testing.h"
#include "tito/learner/closing.h"
#include "tito/learner/engine.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string module;
  bool all = false;
  bool undo = false;
  void declare(Arguments& arguments) {
    arguments.positional("module", module, "Which one; default: the current module");
    arguments.flag("--all", all, "Only when every task passes; default: each part that passes");
    arguments.flag("--undo", undo, "Take it out of the engine again (a backup is kept)");
  }
};

void rebuild(Session& session, const Module& module) {
  configure_if_needed(session.root(), session.build_dir(), true);
  session.forget_toolchain();
  const bool exported = is_exported(session.course(), module);
  if (exported) run_ninja(session.build_dir(), {"exported_" + module.name});
}

std::vector<const Part*> whole_parts(const ModuleVerdict& verdict) {
  std::vector<const Part*> parts;
  for (const auto& part : verdict.module->parts) {
    if (verdict.whole(part)) parts.push_back(&part);
  }
  return parts;
}

std::vector<std::string> failing_tasks(const ModuleVerdict& verdict) {
  std::vector<std::string> failing;
  for (const auto& task : verdict.tasks) {
    if (task.status != Status::kPass) failing.push_back(task.task->id);
  }
  return failing;
}

int refuse(Session& session, const ModuleVerdict& verdict, bool all) {
  const auto failing = failing_tasks(verdict);
  if (session.json) {
    print_json(
        Json().set("module", verdict.module->name).set("exported", false).set("failing", failing));
    return kWorkFails;
  }
  if (all) {
    fmt::print("\n  {} is not exported: {} of {} tasks do not pass yet.\n\n", verdict.module->name,
               failing.size(), verdict.tasks.size());
  } else {
    fmt::print("\n  {} is not exported: a part goes into the engine once all its tasks pass.\n\n",
               verdict.module->name);
  }
  for (const auto& task : verdict.tasks) {
    const bool shown = all || task.part->core() || verdict.begun(*task.part);
    if (task.status == Status::kPass || !shown) continue;
    fmt::print("    {}  {}  {}\n", task.task->id, task.task->name,
               paint(Colour::kGrey, to_string(task.status)));
  }
  fmt::print("\n  Next: tito test {}\n", verdict.focus(true)->task->id);
  return kWorkFails;
}

int undo(Session& session, const Module& module) {
  const fs::path backup = remove_export(session.course(), module);
  if (!backup.empty()) rebuild(session, module);
  if (session.json) {
    print_json(Json()
                   .set("module", module.name)
                   .set("exported", false)
                   .set("backup", session.shown(backup)));
  } else if (backup.empty()) {
    fmt::print("  {} was not exported. Next: tito export {}\n", module.name, module.name);
  } else {
    fmt::print("  {} is out of the engine; the snapshot is kept in {}.\n  Next: tito status\n",
               module.name, session.shown(backup));
  }
  return kSuccess;
}

// A snapshot that does not build with the engine's options is taken back.
void install(Session& session, const Module& module, const std::vector<const Part*>& parts) {
  write_export(session.course(), module, parts);
  try {
    rebuild(session, module);
  } catch (const InternalError& error) {
    remove_export(session.course(), module);
    configure_if_needed(session.root(), session.build_dir(), true);
    throw UserError(fmt::format(
        "{} passes its tests, but does not build as part of the engine, so it was taken back:\n{}",
        module.name, error.what()));
  }
}

std::vector<std::string> names_of(const std::vector<const Part*>& parts) {
  std::vector<std::string> names;
  for (const Part* part : parts) names.push_back(part->name);
  return names;
}

// The parts with tasks that are not among `own`.
std::vector<std::string> left_parts(const Module& module, const std::vector<const Part*>& own) {
  std::vector<std::string> left;
  for (const auto& part : module.parts) {
    const bool is_own = std::find(own.begin(), own.end(), &part) != own.end();
    if (!is_own && !part.tasks.empty()) left.push_back(part.name);
  }
  return left;
}

void print(Session& session, const Module& module, const std::vector<const Part*>& own) {
  const auto engine = engine_share(session.course(), session.toolchain());
  const auto left = left_parts(module, own);
  const int width = terminal_width();
  fmt::print("\n  {} {} is part of the engine now: {}\n", paint(Colour::kGreen, "★"), module.name,
             session.shown(export_folder(session.course(), module)));
  if (!left.empty()) {
    const bool reference =
        fs::exists(session.course().solution_source(module, module.parts.front()));
    fmt::print("{}\n", wrap(fmt::format("Yours: {}.", fmt::join(names_of(own), ", ")), width, 2));
    fmt::print("{}\n", wrap(fmt::format("{}: {}.",
                                        reference ? "The reference's, until all their tasks pass"
                                                  : "Still stubs, until all their tasks pass",
                                        fmt::join(left, ", ")),
                            width, 2));
  }
  fmt::print("  {} of {} modules of the engine are your own.\n", engine.own_modules,
             engine.modules);
  const std::string milestone = closing_milestone(session.course(), module, [&](const Part& part) {
    return is_exported(session.course(), module, part);
  });
  if (milestone.empty()) {
    fmt::print("  Next: tito milestone runs programs on it, tito status shows the whole.\n");
  } else {
    fmt::print("  Next: tito milestone {} runs on it, tito status shows the whole.\n", milestone);
  }
}

int run(Session& session, const Options& options) {
  const Module& module = find_testable_module(session, options.module);
  if (options.undo) return undo(session, module);
  TestRequest request;
  request.module = &module;
  const ModuleVerdict verdict = run_test_request(session, request);
  const auto own = whole_parts(verdict);
  if (own.empty() || (options.all && !verdict.all_passed()))
    return refuse(session, verdict, options.all);
  install(session, module, own);
  if (!session.json) {
    print(session, module, own);
    return kSuccess;
  }
  const auto engine = engine_share(session.course(), session.toolchain());
  print_json(Json()
                 .set("module", module.name)
                 .set("exported", true)
                 .set("path", session.shown(export_folder(session.course(), module)))
                 .set("parts", names_of(own))
                 .set("left", left_parts(module, own))
                 .set("own_modules", engine.own_modules)
                 .set("modules", engine.modules));
  return kSuccess;
}

}  // namespace

Command export_command() {
  return make_command<Options>(
      "export", "Learning", "Put the parts that pass into the engine",
      "Copies each part whose tasks all pass from modules/NN_name/ to tinytorch/exported/NN_name/\n"
      "and builds the engine with them; the other parts stay the reference's. Milestones then run "
      "on\n"
      "your code. Edit on; export again to update.\n\n"
      "Examples:\n"
      "  tito export 15\n"
      "  tito export 15 --all      nothing until every task passes\n"
      "  tito export 15 --undo",
      run);
}

}  // namespace tito
