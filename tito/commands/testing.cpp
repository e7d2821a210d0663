#include "tito/commands/testing.h"

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/process.h"
#include "tito/commands/targets.h"
#include "tito/learner/state.h"
#include "tito/learner/test_module.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

// The sanitizer build is made on first use.
void configure_asan(Session& session) {
  if (fs::exists(session.build_dir("asan") / "build.ninja")) return;
  fmt::print(stderr, "  setting up the sanitizer build (once, several minutes) …\n");
  ProcessOptions options;
  options.directory = session.root();
  const auto result = run_process({"cmake", "--preset", "asan"}, options);
  if (!result.ok()) throw InternalError("CMake cannot configure build/asan:\n" + result.err);
}

void require_solution(Session& session, const Module& module) {
  for (const auto& part : module.parts) {
    const auto path = session.course().solution_source(module, part);
    if (!fs::exists(path)) {
      throw UserError(fmt::format("this workspace holds no solution of {}: {} is not there",
                                  module.name, session.shown(path)));
    }
  }
}

}  // namespace

ModuleVerdict run_test_request(Session& session, const TestRequest& request) {
  const Module& module = *request.module;
  require_tests(module);
  if (request.solution) require_solution(session, module);
  if (request.asan) configure_asan(session);
  Toolchain& toolchain = session.toolchain(request.asan ? "asan" : "dev");
  toolchain.set_cancelled(request.cancelled);
  TestOptions options;
  if (request.task != nullptr) options.task = request.task->id;
  options.rest = request.solution ? Rest::kReference : Rest::kComposed;
  toolchain.prepare_tests(module, options.rest);
  options.quiet_limit = request.quiet_limit;
  options.cancelled = request.cancelled;
  options.binary = toolchain.build_dir() / "tito" / "bin" /
                   (module.name + (request.solution ? ".solution" : ""));
  const Course& course = session.course();
  const auto sources =
      request.solution ? solution_sources(course, module) : learner_sources(course, module);
  const ModuleVerdict verdict = test_sources(toolchain, course, module, sources, options);
  if (!request.solution) remember(course, verdict);
  return verdict;
}

}  // namespace tito
