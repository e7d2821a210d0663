// tito tour: the learner's loop played from the first stub to a deployed model.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/process.h"
#include "tito/base/terminal.h"
#include "tito/build/configure.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/learner/replay.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModule = "15_quantization";
constexpr const char* kMilestone = "milestone_2018_integer_inference";

struct Options {
  void declare(Arguments&) {}
};

std::string heading(int step, const std::string& text) {
  return fmt::format("\n  {} {}\n\n", paint(Colour::kBlue, fmt::format("{}/3", step)),
                     paint(Colour::kBold, text));
}

void say(const std::string& text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

// Step 1: what a learner sees before writing anything.
ReplayStep show_first_stub(Replay& replay, bool quiet) {
  const ReplayStep step = replay.untouched();
  if (!quiet) {
    say(heading(1, "A learner's first look: module 15, untouched"));
    say(fmt::format("    {} {} {}   {}\n\n", paint(Colour::kGrey, "○"), step.task->id,
                    step.task->name, paint(Colour::kGrey, step.status)));
    say(indent_lines(fold_lines(step.message, terminal_width() - 6), "      "));
  }
  return step;
}

// Step 2: one task after the other is answered, and turns green.
std::vector<ReplayStep> play_answers(Replay& replay, bool quiet) {
  if (!quiet) say(heading(2, "Task by task, the answer is put in place and tested"));
  std::vector<ReplayStep> steps;
  while (replay.more()) {
    steps.push_back(replay.answer_next());
    const ReplayStep& step = steps.back();
    if (step.status != "pass") {
      throw InternalError(fmt::format("task {} does not pass with its solution in place: {}",
                                      step.task->id, step.message));
    }
    if (!quiet) {
      say(fmt::format("    {} {:<5}  {:<28} {}\n", paint(Colour::kGreen, "✓"), step.task->id,
                      step.task->name,
                      paint(Colour::kGrey, fmt::format("{:>2} tests", step.tests))));
    }
  }
  return steps;
}

// Step 3: a classifier on the engine as it is composed now.
void run_classifier(Session& session, const fs::path& out) {
  run_ninja(session.build_dir(), {kMilestone});
  ProcessOptions process;
  process.directory = session.root();
  process.inherit_output = !session.json;
  const auto result = run_process(
      {(session.build_dir() / "bin" / kMilestone).string(), "--out", out.string()}, process);
  if (!result.ok()) {
    throw InternalError(
        "the classifier program failed; if a module of yours is exported, "
        "`tito status` names it and `tito export <module> --undo` takes it out\n" +
        result.err);
  }
}

nlohmann::ordered_json to_json(const ReplayStep& step) {
  return {{"id", step.task->id},
          {"name", step.task->name},
          {"status", step.status},
          {"tests", step.tests}};
}

int run(Session& session, const Options&) {
  const Course& course = session.course();
  const Module& module = course.find_module(kModule);
  Replay replay(course, module, session.toolchain());
  const ReplayStep first = show_first_stub(replay, session.json);
  const std::vector<ReplayStep> steps = play_answers(replay, session.json);

  const fs::path out = session.state_dir() / "tour";
  if (!session.json)
    say(heading(3, "What it is for: handwritten digits in float32 and in integers"));
  run_classifier(session, out);
  if (session.json) {
    nlohmann::ordered_json answers = nlohmann::ordered_json::array();
    for (const ReplayStep& step : steps) answers.push_back(to_json(step));
    const nlohmann::ordered_json document = {
        {"untouched", to_json(first)},
        {"answers", answers},
        {"classifier", nlohmann::ordered_json::parse(read_file(out / "results.json"))},
        {"svg", (out / "quantized_digits.svg").string()}};
    fmt::print("{}\n", document.dump(2));
    return kSuccess;
  }
  say(fmt::format("\n  Nothing in modules/ was touched. Look at {}.\n  Next: tito start {}\n",
                  session.shown(out / "quantized_digits.svg"), module.name));
  return kSuccess;
}

}  // namespace

Command tour_command() {
  return make_command<Options>(
      "tour", "Learning",
      "Play the learner's loop once, from the first stub to a deployed int8 model",
      "Works on a scratch copy: your own files are neither read nor changed. Module 15's stubs "
      "fail, its\n"
      "reference answers turn green one task at a time, then a classifier is trained on "
      "handwritten\n"
      "digits, quantized, and measured: accuracy, bytes, time per sample. The models and an SVG "
      "are\n"
      "written to .tito/tour/.\n\n"
      "Examples:\n"
      "  tito tour\n"
      "  tito tour --json",
      run);
}

}  // namespace tito
