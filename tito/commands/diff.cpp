// tito diff: the learner's way beside the reference's, once both work.

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/json.h"
#include "tito/base/process.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/commands/testing.h"
#include "tito/course/stubs.h"
#include "tito/learner/test_module.h"

namespace tito {
namespace {

struct Options {
  std::string target;
  void declare(Arguments& arguments) {
    arguments.positional("target", target, "A module (15) or one part of it (15.affine)", true);
  }
};

// The solution as a learner would have written it: without the marks.
std::string unmarked_solution(Session& session, const Module& module, const Part& part) {
  const auto path = session.course().solution_source(module, part);
  if (!std::filesystem::exists(path)) {
    throw UserError(
        fmt::format("this workspace holds no solutions: {} is not there", session.shown(path)));
  }
  std::set<std::string> all;
  for (const auto& task : part.tasks) all.insert(task.id);
  return compose_source(read_file(path), session.shown(path), all);
}

std::string diff_of(Session& session, const Module& module, const Part& part) {
  const std::string solution = unmarked_solution(session, module, part);
  const auto learner = session.course().learner_source(module, part);
  const auto other = store_source(session.build_dir(), part, solution);
  std::vector<std::string> argv{"diff",    "-u",
                                "--label", session.shown(learner) + " (yours)",
                                "--label", "solutions/" + module.name + '/' + part.source()};
  if (use_colour() && !session.json) argv.emplace_back("--color=always");
  argv.insert(argv.end(), {learner.string(), other.string()});
  const auto result = run_process(argv);
  if (result.signalled || result.exit_code > 1) throw InternalError("diff failed: " + result.err);
  return result.out;
}

int refuse(Session& session, const ModuleVerdict& verdict) {
  const Tally tally = verdict.tally();
  if (session.json) {
    print_json(Json()
                   .set("module", verdict.module->name)
                   .set("passed", tally.passed())
                   .set("total", tally.total())
                   .set_null("parts"));
    return kWorkFails;
  }
  fmt::print("  The solution is shown once your own way works: {} of {} pass so far.\n",
             tally.words(), verdict.module->name);
  fmt::print("  Next: tito hint {}\n", verdict.focus(true)->task->id);
  return kWorkFails;
}

// What may be shown: a part once it passes whole, a module once its core does.
std::vector<const Part*> parts_to_show(const ModuleVerdict& verdict, const Part* asked) {
  std::vector<const Part*> parts;
  if (asked == nullptr && !verdict.core_passed()) return parts;
  for (const auto& part : verdict.module->parts) {
    if ((asked == nullptr || asked == &part) && verdict.whole(part)) parts.push_back(&part);
  }
  return parts;
}

int run(Session& session, const Options& options) {
  const PartTarget target = find_part_target(session, options.target);
  require_tests(*target.module);
  TestRequest request;
  request.module = target.module;
  const ModuleVerdict verdict = run_test_request(session, request);
  const auto shown = parts_to_show(verdict, target.part);
  if (shown.empty()) return refuse(session, verdict);
  Json parts = Json::array();
  for (const Part* part : shown) {
    const std::string diff = diff_of(session, *target.module, *part);
    parts.add(Json().set("part", part->name).set("diff", diff));
    if (session.json) continue;
    fmt::print("{}", diff.empty() ? fmt::format("  {}: the same\n", part->source()) : diff + '\n');
  }
  if (session.json) {
    print_json(Json().set("module", target.module->name).set("parts", parts));
  } else {
    fmt::print(
        "  Lines with - are yours, with + the reference's; both pass the same tests.\n  Next: tito "
        "export {}\n",
        target.module->name);
  }
  return kSuccess;
}

}  // namespace

Command diff_command() {
  return make_command<Options>("diff", "Learning",
                               "Compare your module with the reference, after it passes",
                               "A part is shown once all its tasks pass; a module once its core "
                               "does, with the parts in depth that pass.\n\n"
                               "Examples:\n"
                               "  tito diff 15\n"
                               "  tito diff 15.affine",
                               run);
}

}  // namespace tito
