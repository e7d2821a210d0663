// tito dev check: the proof of the course.

#include <fmt/format.h>
#include <unistd.h>

#include "tito/base/files.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/build/configure.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/devcheck/proof.h"

namespace tito {
namespace {

struct Options {
  std::string module;
  void declare(Arguments& arguments) {
    arguments.positional("module", module, "Only this module; default: the whole course");
  }
};

std::vector<const Module*> modules_to_prove(Session& session, const std::string& name) {
  if (!name.empty()) return {find_target(session, name).module};
  std::vector<const Module*> modules;
  for (const auto& module : session.course().modules) modules.push_back(&module);
  return modules;
}

std::vector<Proof> collect(Session& session, const ProofContext& context, const Options& options) {
  std::vector<Proof> proofs;
  if (options.module.empty()) {
    add_engine_proofs(context, proofs);
    add_prose_proofs(context, proofs);
  }
  for (const Module* module : modules_to_prove(session, options.module)) {
    add_file_proofs(context, *module, proofs);
    if (!module->complete()) {
      add_stub_proofs(context, *module, proofs);
      continue;
    }
    // Marks that are wrong are a finding of the file proofs; nothing can be composed from them.
    try {
      add_test_proofs(context, *module, proofs);
      add_misconception_proofs(context, *module, proofs);
    } catch (const std::exception& error) {
      proofs.push_back({module->name, "sources can be composed", "",
                        [text = std::string(error.what())] { return Findings{text}; }});
    }
  }
  return proofs;
}

void print(const ProofSummary& summary) {
  for (const auto& failure : summary.failures) {
    fmt::print("\n  {} {} · {}\n{}", paint(Colour::kRed, "✗"), failure.module,
               paint(Colour::kBold, failure.name),
               indent_lines(printable(failure.message), "    "));
  }
  fmt::print("\ndev check: {} passed, {} failed{}\n", summary.passed, summary.failed,
             summary.remembered > 0
                 ? fmt::format(" ({} unchanged since they last held)", summary.remembered)
                 : "");
  if (summary.failed > 0)
    fmt::print("Next: mend what the first one names, then tito dev check again.\n");
}

void prepare(Session& session, const Options& options) {
  std::vector<std::string> targets;
  for (const Module* module : modules_to_prove(session, options.module)) {
    // One without any source is a finding of the file proofs, and no target.
    if (session.toolchain().knows(*module)) targets.push_back("ready_" + module->name);
  }
  run_ninja(session.build_dir(), targets);
}

int run(Session& session, const Options& options) {
  prepare(session, options);
  const ProofContext context{session.course(), session.toolchain(),
                             sha256(read_file("/proc/self/exe", 1u << 30))};
  const auto proofs = collect(session, context, options);
  const bool live = ::isatty(STDERR_FILENO) == 1;
  const auto summary = run_proofs(proofs, session.build_dir() / "tito" / "proofs",
                                  [&](std::size_t done, const std::string& name) {
                                    if (!live) return;
                                    fmt::print(stderr, "\r\x1b[K  {}/{} {}", done, proofs.size(),
                                               name.substr(0, 60));
                                    if (done == proofs.size()) fmt::print(stderr, "\r\x1b[K");
                                    std::fflush(stderr);
                                  });
  session.toolchain().prune_cache();
  if (session.json) {
    Json failures = Json::array();
    for (const auto& f : summary.failures)
      failures.add(Json().set("module", f.module).set("check", f.name).set("message", f.message));
    print_json(Json()
                   .set("passed", summary.passed)
                   .set("failed", summary.failed)
                   .set("remembered", summary.remembered)
                   .set("failures", failures));
  } else {
    print(summary);
  }
  return summary.failed == 0 ? kSuccess : kWorkFails;
}

}  // namespace

Command dev_check_command() {
  return make_command<Options>(
      "dev check", "Course authors",
      "Prove the course: stubs fail, solutions pass, wrong answers are told apart",
      "For each complete module: stubs equal regeneration; untouched, every task is not "
      "implemented; the\n"
      "solution passes; each task taken out, or answered by one of its misconceptions, fails with "
      "the\n"
      "message its learner needs; from every task a learner can go on to the next. For the "
      "library:\n"
      "includes go upward and each header compiles alone. What held and has not changed is not run "
      "again.\n\n"
      "Examples:\n"
      "  tito dev check\n"
      "  tito dev check 15",
      run);
}

}  // namespace tito
