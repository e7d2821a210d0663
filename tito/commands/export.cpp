// tito export: the learner's module becomes part of the engine.

#include "tito/learner/export.h"

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/build/configure.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/commands/testing.h"
#include "tito/learner/engine.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string module;
  bool undo = false;
  void declare(Arguments& arguments) {
    arguments.positional("module", module, "Which one; default: the current module");
    arguments.flag("--undo", undo, "Take it out of the engine again (a backup is kept)");
  }
};

void rebuild(Session& session, const Module& module) {
  configure_if_needed(session.root(), session.build_dir(), true);
  session.forget_toolchain();
  const bool exported = is_exported(session.course(), module);
  if (exported) run_ninja(session.build_dir(), {"exported_" + module.name});
}

int refuse(Session& session, const ModuleVerdict& verdict) {
  std::vector<std::string> failing;
  for (const auto& task : verdict.tasks) {
    if (task.status != Status::kPass) failing.push_back(task.task->id);
  }
  if (session.json) {
    print_json(
        Json().set("module", verdict.module->name).set("exported", false).set("failing", failing));
    return kWorkFails;
  }
  fmt::print("\n  {} is not exported: {} of {} tasks do not pass yet.\n\n", verdict.module->name,
             failing.size(), verdict.total());
  for (const auto& task : verdict.tasks) {
    if (task.status == Status::kPass) continue;
    fmt::print("    {}  {}  {}\n", task.task->id, task.task->name,
               paint(Colour::kGrey, to_string(task.status)));
  }
  fmt::print("\n  Next: tito test {}\n", verdict.focus()->task->id);
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
void install(Session& session, const Module& module) {
  write_export(session.course(), module);
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

int run(Session& session, const Options& options) {
  const Module& module = find_testable_module(session, options.module);
  if (options.undo) return undo(session, module);
  TestRequest request;
  request.module = &module;
  const ModuleVerdict verdict = run_test_request(session, request);
  if (!verdict.all_passed()) return refuse(session, verdict);
  install(session, module);
  const auto engine = engine_share(session.course(), session.toolchain());
  const std::string folder = session.shown(export_folder(session.course(), module));
  if (session.json) {
    print_json(Json()
                   .set("module", module.name)
                   .set("exported", true)
                   .set("path", folder)
                   .set("own_modules", engine.own_modules)
                   .set("modules", engine.modules));
    return kSuccess;
  }
  fmt::print("\n  {} {} is part of the engine now: {}\n", paint(Colour::kGreen, "★"), module.name,
             folder);
  fmt::print("  {} of {} modules of the engine are your own.\n", engine.own_modules,
             engine.modules);
  fmt::print("  Next: tito milestone runs programs on it, tito status shows the whole.\n");
  return kSuccess;
}

}  // namespace

Command export_command() {
  return make_command<Options>(
      "export", "Learning", "Make your module part of the engine, once its tests pass",
      "Copies modules/NN_name/*.cpp to tinytorch/exported/NN_name/ and builds the engine with\n"
      "them: milestones and recipes then run on your code. Edit on; export again to update.\n\n"
      "Examples:\n"
      "  tito export 15\n"
      "  tito export 15 --undo",
      run);
}

}  // namespace tito
