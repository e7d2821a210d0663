// tito bench: the learner's own kernels on the ladder, beside the reference and the peers.

#include <fmt/format.h>
#include <unistd.h>

#include "tito/base/error.h"
#include "tito/base/process.h"
#include "tito/base/terminal.h"
#include "tito/build/configure.h"
#include "tito/commands/bench_report.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/learner/crash.h"
#include "tito/learner/ladder.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kPatience{10};

struct Options {
  std::string module;
  int size = 512;
  double seconds = 0.25;
  void declare(Arguments& arguments) {
    arguments.positional("module", module, "Which one; default: the current module");
    arguments.option("--size", size, "Side of the matrices, 4 to 4096 (512)");
    arguments.option("--seconds", seconds, "Time for each rung, 0 to 60 (0.25)");
  }
};

fs::path program_source(Session& session, const Module& module) {
  return session.root() / "bench" / "ladder" / (module.name + ".cpp");
}

const Module& find_module_with_bench(Session& session, const std::string& name) {
  const Target target = find_target(session, name);
  if (target.task != nullptr) {
    throw UserError(
        fmt::format("{} is a task; `tito bench` takes a module: {}", name, target.module->name));
  }
  if (fs::exists(program_source(session, *target.module))) return *target.module;
  std::vector<std::string> known;
  for (const Module& module : session.course().modules) {
    if (fs::exists(program_source(session, module))) known.push_back(module.name);
  }
  if (known.empty()) throw UserError("this workspace holds no bench");
  throw UserError(
      fmt::format("{} has no bench; these have: {}", target.module->name, fmt::join(known, ", ")));
}

// One line on a terminal that is written over; elsewhere the first word only.
class Progress {
 public:
  void say(const std::string& what) {
    if (terminal_) {
      fmt::print(stderr, "\r\x1b[K  measuring {} …", what);
    } else if (!shown_) {
      fmt::print(stderr, "  measuring …\n");
    }
    shown_ = true;
    std::fflush(stderr);
  }
  ~Progress() {
    if (terminal_ && shown_) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
};

// What ended the learner's program, and where to look.
WorkError crash_of(const Module& module, const ProcessResult& result, const LadderReader& reader) {
  std::string text = "the bench program crashed";
  // The rungs run once each, then take turns: the last one begun is not always the one that fails.
  if (!reader.last_begun().empty()) text += "; the last rung begun is " + reader.last_begun();
  text += ".\nYour code " + printable(describe_death(result, reader.other_words()));
  text += fmt::format("\nNext: tito test {} --asan  names the line", module.name);
  // Behind "tito: ".
  return WorkError(fold_lines(text, terminal_width() - 6));
}

// Words among the results: a kernel that prints is slow, and what it prints is all that is seen.
void refuse_other_words(const LadderReader& reader, bool learners) {
  const std::string words = printable(reader.other_words());
  if (words.empty()) return;
  const std::string line = words.substr(0, words.find('\n'));
  if (!learners) throw InternalError("the bench printed a line that is not a result: " + line);
  throw WorkError(fold_lines("your code prints while it is measured: " + line +
                                 "\nTake that out; printing takes longer than the kernel.",
                             terminal_width() - 6));
}

std::vector<LadderResult> measure(Session& session, const Module& module, bool learners,
                                  const Options& options) {
  const std::string program = "ladder_" + module.name + (learners ? "" : "_reference");
  const std::string whose = learners ? "" : "the reference's ";
  Progress progress;
  LadderReader reader([&](const std::string& rung) { progress.say(whose + rung); });
  ProcessOptions process;
  process.directory = session.root();
  process.timeout = kPatience;
  process.on_output = [&](std::string_view chunk) { reader.take(chunk); };
  // One thread for whatever the engine does beside the rungs.
  process.unset = {"TINYTORCH_NUM_THREADS"};
  // The peers' libraries read these when they are loaded, before main() could set them.
  process.environment = {{"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}};
  const auto result =
      run_process({(session.build_dir() / "bin" / program).string(), "--size",
                   std::to_string(options.size), "--seconds", fmt::format("{}", options.seconds)},
                  process);
  if (result.timed_out) {
    throw UserError(
        fmt::format("the bench took more than {} minutes: a smaller --size, or an "
                    "endless loop that `tito test` finds",
                    kPatience.count()));
  }
  if (result.signalled && learners) throw crash_of(module, result, reader);
  if (!result.ok()) {
    throw UserError(
        fmt::format("the bench failed ({}); `tito test` says more about a "
                    "crash",
                    result.signalled ? fmt::format("signal {}", result.signal)
                                     : fmt::format("status {}", result.exit_code)));
  }
  refuse_other_words(reader, learners);
  return reader.ladders();
}

void build_learners(Session& session, const Module& module) {
  try {
    run_ninja(session.build_dir(), {"ladder_" + module.name});
  } catch (const InternalError& error) {
    throw UserError(
        fmt::format("{} does not build for the bench; `tito test {}` shows the first "
                    "error\n{}",
                    module.name, module.name, error.what()));
  }
}

// A wrong rung is the only thing that fails: speed never does.
bool all_right(const std::vector<LadderResult>& ladders) {
  for (const LadderResult& ladder : ladders) {
    for (const LadderRow& row : ladder.rows) {
      if (row.status == "wrong" || row.status == "failed") return false;
    }
  }
  return true;
}

int run(Session& session, const Options& options) {
  const Module& module = find_module_with_bench(session, options.module);
  if (options.size < 4 || options.size > 4096) {
    throw UserError(fmt::format("--size {} is not from 4 to 4096", options.size));
  }
  if (!(options.seconds >= 0.0 && options.seconds <= 60.0)) {
    throw UserError(fmt::format("--seconds {} is not from 0 to 60", options.seconds));
  }
  const ModuleBuild build = session.toolchain().module_build(module);
  build_learners(session, module);
  const bool has_reference = !build.reference.empty();
  if (has_reference) run_ninja(session.build_dir(), {"ladder_" + module.name + "_reference"});
  const auto ladders = measure(session, module, true, options);
  std::vector<LadderResult> reference;
  if (has_reference) reference = measure(session, module, false, options);
  if (session.json) {
    print_json(ladders_document(module, ladders, reference));
  } else {
    for (const LadderResult& ladder : ladders) show_ladder(ladder, reference);
    fmt::print(
        "\n  Your code at -O3 on this machine, the best of five turns.\n"
        "  A floor is a goal; missing it fails nothing.\n  Next: tito test {}\n",
        module.name.substr(0, 2));
  }
  return all_right(ladders) ? kSuccess : kWorkFails;
}

}  // namespace

Command bench_command() {
  return make_command<Options>("bench", "Learning",
                               "Measure your kernels beside the reference and other libraries",
                               "Each rung is compared with the one before it. A rung that is not "
                               "solved says so; one that is\n"
                               "wrong is not measured, and the exit status is 1.\n\n"
                               "Examples:\n"
                               "  tito bench 18\n"
                               "  tito bench 15 --size 256\n"
                               "  tito bench 18 --json",
                               run);
}

}  // namespace tito
