// tito bench: the learner's own kernels on the ladder, beside the reference and the peers.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "tito/base/error.h"
#include "tito/base/json.h"
#include "tito/base/process.h"
#include "tito/base/terminal.h"
#include "tito/build/configure.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/learner/crash.h"
#include "tito/learner/ladder.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr int kBar = 24;         // columns, at most
constexpr int kLeastBar = 6;     // a shorter one compares nothing
constexpr int kLeastLabel = 16;  // what names a rung gets no shorter
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
  if (!learners) throw InternalError("the bench printed what is no result: " + line);
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
        fmt::format("the bench did not end well ({}); `tito test` says more about a "
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

// The reference's rate for the rung at the same place; 0 where there is none.
double reference_rate(const std::vector<LadderResult>& reference, const LadderResult& ladder,
                      const LadderRow& row) {
  for (const LadderResult& other : reference) {
    if (other.name != ladder.name) continue;
    for (const LadderRow& candidate : other.rows) {
      if (candidate.name == row.name && !row.task.empty()) return candidate.rate;
    }
  }
  return 0.0;
}

std::string number(double value) {
  return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string bar(double share, int columns) {
  const auto eighths = static_cast<int>(std::lround(share * columns * 8));
  static const std::vector<std::string> kParts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string out;
  for (int i = 0; i < eighths / 8; ++i) out += "█";
  return out + kParts[static_cast<std::size_t>(eighths % 8)];
}

std::string judgement(const LadderRow& row, double ratio) {
  if (row.status == "unsolved") return paint(Colour::kGrey, "not solved yet");
  if (row.status == "wrong") {
    return paint(Colour::kRed, fmt::format("wrong result: tito test {}", row.task));
  }
  if (row.status == "failed") return paint(Colour::kRed, "throws: " + row.message);
  if (row.peer || ratio == 0.0) return "";
  std::string text =
      fmt::format("{:.2f}x the {}", ratio, row.over_best ? "best before" : "rung before");
  if (row.floor == 0.0) return text;
  const bool reached = ratio >= row.floor;
  return text + (reached
                     ? paint(Colour::kGreen, fmt::format("  ✓ floor {:g}x", row.floor))
                     : paint(Colour::kYellow, fmt::format("  below its floor {:g}x", row.floor)));
}

std::string without_spaces_behind(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// A row of a ladder, written out.
struct Rung {
  std::string label;  // task and name
  std::string rate;
  std::string known;   // the reference's rate
  double share = 0.0;  // of the fastest
  std::string judgement;
};

std::vector<Rung> written_out(const LadderResult& ladder, std::size_t task_width,
                              const std::vector<LadderResult>& reference) {
  double most = 0.0;
  for (const LadderRow& row : ladder.rows) {
    most = std::max({most, row.rate, reference_rate(reference, ladder, row)});
  }
  std::vector<Rung> rungs;
  for (std::size_t i = 0; i < ladder.rows.size(); ++i) {
    const LadderRow& row = ladder.rows[i];
    const double known = reference_rate(reference, ladder, row);
    rungs.push_back({row.peer ? "beside it: " + row.name
                              : fmt::format("{:<{}}  {}", row.task, task_width, row.name),
                     row.rate > 0.0 ? number(row.rate) : "–", known > 0.0 ? number(known) : "",
                     most > 0.0 ? row.rate / most : 0.0, judgement(row, over_its_rung(ladder, i))});
  }
  return rungs;
}

// How the rungs of a ladder are set.
struct Layout {
  int bar = 0;         // columns
  int label = 0;       // the same, at most
  bool beside = true;  // judgements stand behind the bars, otherwise on lines of their own
};

std::vector<std::string> lines_of(const std::vector<Rung>& rungs, const std::string& unit,
                                  bool has_reference, const Layout& layout) {
  Table table;
  table.header = {"task", unit, has_reference ? "reference" : ""};
  table.right_aligned = {false, true, true, false, false};
  for (const Rung& rung : rungs) {
    table.rows.push_back({shorten(rung.label, static_cast<std::size_t>(layout.label)), rung.rate,
                          rung.known, bar(rung.share, layout.bar)});
    if (layout.beside) table.rows.back().push_back(rung.judgement);
  }
  std::vector<std::string> lines;
  std::istringstream rendered(render(table));
  for (std::string line; std::getline(rendered, line);) lines.push_back(line);
  return lines;
}

int columns_of(const std::string& text) { return static_cast<int>(display_width(text)); }

// Bars shrink first, then judgements go below, then names are cut.
Layout choose_layout(const std::vector<Rung>& rungs, const std::string& unit, bool has_reference) {
  Layout layout;
  for (const Rung& rung : rungs) layout.label = std::max(layout.label, columns_of(rung.label));
  // What the widest line leaves of the terminal; less than 0 when it is too wide.
  const auto room = [&] {
    int widest = 0;
    for (const std::string& line : lines_of(rungs, unit, has_reference, layout)) {
      widest = std::max(widest, columns_of(line));
    }
    return terminal_width() - widest;
  };
  layout.beside = room() >= kLeastBar;
  const int missing = std::max(0, kLeastBar - room());
  layout.label = std::max(std::min(layout.label, kLeastLabel), layout.label - missing);
  layout.bar = std::clamp(room(), kLeastBar, kBar);
  return layout;
}

void show(const LadderResult& ladder, const std::vector<LadderResult>& reference) {
  std::size_t task_width = display_width("task");
  for (const LadderRow& row : ladder.rows) {
    task_width = std::max(task_width, display_width(row.task));
  }
  const std::vector<Rung> rungs = written_out(ladder, task_width, reference);
  const bool has_reference = !reference.empty();
  const Layout layout = choose_layout(rungs, ladder.unit, has_reference);
  const auto lines = lines_of(rungs, ladder.unit, has_reference, layout);
  fmt::print("\n  {}\n", paint(Colour::kBold, ladder.name));
  const std::string margin(task_width + 4, ' ');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    fmt::print("{}\n", without_spaces_behind(lines[i]));
    if (layout.beside || i == 0 || rungs[i - 1].judgement.empty()) continue;
    fmt::print("{}\n", fold_lines(margin + rungs[i - 1].judgement, terminal_width()));
  }
  for (const std::string& name : ladder.missing) {
    fmt::print("  {}\n", paint(Colour::kGrey, name + " was not found; it is left out"));
  }
}

Json document(const Module& module, const std::vector<LadderResult>& ladders,
              const std::vector<LadderResult>& reference) {
  Json list = Json::array();
  for (const LadderResult& ladder : ladders) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < ladder.rows.size(); ++i) {
      const LadderRow& row = ladder.rows[i];
      Json item;
      item.set("name", row.name).set("task", row.task).set("peer", row.peer);
      item.set("status", row.status);
      if (!row.message.empty()) item.set("message", row.message);
      const double ratio = over_its_rung(ladder, i);
      const double known = reference_rate(reference, ladder, row);
      row.rate > 0.0 ? item.set("rate", row.rate) : item.set_null("rate");
      ratio > 0.0 ? item.set("ratio", ratio) : item.set_null("ratio");
      row.floor > 0.0 ? item.set("floor", row.floor) : item.set_null("floor");
      known > 0.0 ? item.set("reference", known) : item.set_null("reference");
      rows.add(item);
    }
    list.add(Json()
                 .set("ladder", ladder.name)
                 .set("unit", ladder.unit)
                 .set("rungs", rows)
                 .set("missing", ladder.missing));
  }
  return Json().set("module", module.name).set("ladders", list);
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
    print_json(document(module, ladders, reference));
  } else {
    for (const LadderResult& ladder : ladders) show(ladder, reference);
    fmt::print(
        "\n  Your code at -O3 on this machine, the best of five turns.\n"
        "  Floors are aims; they fail nothing.\n  Next: tito test {}\n",
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
