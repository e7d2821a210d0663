// tito test [module|task]: the learner's verdict.

#include <fmt/format.h>

#include <cmath>

#include "tito/base/error.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/commands/testing.h"
#include "tito/learner/report.h"
#include "tito/learner/state.h"

namespace tito {
namespace {

struct Options {
  std::string target;
  bool solution = false;
  bool asan = false;
  bool all = false;
  double timeout = 10.0;
  void declare(Arguments& arguments) {
    arguments.positional("target", target,
                         "Module (15) or task (15.2); default: the current module");
    arguments.flag("--solution", solution, "Test the reference instead of your sources");
    arguments.flag("--asan", asan,
                   "With AddressSanitizer and UBSan: slower, names the line of a crash");
    arguments.flag("--all", all, "Ask for every task, not only for those of the core");
    arguments.option("--timeout", timeout, "Seconds one test may take (10)");
  }
};

int run(Session& session, const Options& options) {
  if (!(options.timeout > 0.0 && options.timeout <= 3600.0)) {
    throw UserError(
        fmt::format("--timeout {} is not a number of seconds between 0 and 3600", options.timeout));
  }
  const Target target = find_target(session, options.target);
  TestRequest request;
  request.module = target.module;
  request.task = target.task;
  request.solution = options.solution;
  request.asan = options.asan;
  request.quiet_limit = std::chrono::milliseconds(std::lround(options.timeout * 1000.0));
  const ModuleVerdict verdict = run_test_request(session, request);
  if (session.json) {
    print_json(report_json(verdict));
  } else {
    fmt::print("{}", report(session.course(), verdict,
                            {options.solution, target.task != nullptr, options.asan, options.all}));
  }
  const bool everything = options.all || options.solution || target.task != nullptr;
  const bool passes = everything ? verdict.all_passed() : verdict.core_passed();
  return passes ? kSuccess : kWorkFails;
}

}  // namespace

Command test_command() {
  return make_command<Options>(
      "test", "Learning", "Test a module or one task, and say what to do next",
      "A module is done when its core passes; parts in depth are tested with it, and "
      "listed once you begin them.\n"
      "Exit status 0 when the core passes (with --all: every task), 1 otherwise.\n\n"
      "Examples:\n"
      "  tito test                     the module you are in\n"
      "  tito test 15                  module 15\n"
      "  tito test 15 --all            its parts in depth too\n"
      "  tito test 15.2                one task\n"
      "  tito test 15.2 --asan         find the line that crashes\n"
      "  tito test 15 --solution       the same tests on the reference\n"
      "  tito test 15 --json           for editors and scripts",
      run);
}

}  // namespace tito
