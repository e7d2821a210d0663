#include "tito/learner/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "tito/base/files.h"
#include "tito/base/terminal.h"
#include "tito/learner/closing.h"
#include "tito/learner/crash.h"
#include "tito/learner/source_check.h"
#include "tito/learner/state.h"

namespace tito {
namespace {

struct Look {
  const char* symbol;
  Colour colour;
  const char* word;
};

Look look_of(Status status) {
  switch (status) {
    case Status::kPass:
      return {"✓", Colour::kGreen, ""};
    case Status::kFail:
      return {"✗", Colour::kRed, "fails"};
    case Status::kNotImplemented:
      return {"○", Colour::kGrey, "to do"};
    case Status::kSkipped:
      return {"·", Colour::kGrey, ""};
    case Status::kCompileError:
      return {"✗", Colour::kRed, "does not compile"};
    case Status::kTimeout:
      return {"✗", Colour::kRed, "does not finish"};
    case Status::kCrash:
      return {"✗", Colour::kRed, "crashes"};
  }
  return {"", Colour::kPlain, ""};
}

std::string place(const std::string& file, int line) {
  return line > 0 ? fmt::format("{}:{}", file, line) : file;
}

// Columns that the ids and names of all tasks shown take.
struct Widths {
  std::size_t id = 0;
  std::size_t name = 0;
};

std::string task_row(const TaskVerdict& task, const Widths& widths) {
  const Look look = look_of(task.status);
  const std::string word = task.status == Status::kSkipped ? task.message : look.word;
  std::string out =
      fmt::format("    {} {:<{}}  {:<{}}  {:>3}", paint(look.colour, look.symbol), task.task->id,
                  widths.id, task.task->name, widths.name, task.task->points);
  if (!word.empty()) out += "  " + paint(look.colour, word);
  return out + '\n';
}

bool is_shown(const ModuleVerdict& verdict, const Part& part, const ReportOptions& options) {
  return part.core() || options.all || options.solution || options.one_task || verdict.begun(part);
}

// A part in depth that nobody began: one line instead of a wall of tasks to do.
std::string unopened_row(const Part& part) {
  const std::size_t count = part.tasks.size();
  return fmt::format("    {} {:<16} {}\n", paint(Colour::kGrey, "○"), part.name,
                     paint(Colour::kGrey, fmt::format("{} · {} task{}", part.title, count,
                                                      count == 1 ? "" : "s")));
}

std::string task_list(const ModuleVerdict& verdict, const ReportOptions& options) {
  std::string out, unopened;
  Widths widths;
  for (const auto& task : verdict.tasks) {
    if (!is_shown(verdict, *task.part, options)) continue;
    widths.id = std::max(widths.id, task.task->id.size());
    widths.name = std::max(widths.name, task.task->name.size());
  }
  const Part* part = nullptr;
  for (const auto& task : verdict.tasks) {
    const bool is_new = task.part != part;
    part = task.part;
    if (!is_shown(verdict, *part, options)) {
      if (is_new) unopened += unopened_row(*part);
      continue;
    }
    if (is_new) {
      out += fmt::format("\n  {} {}{}\n", paint(Colour::kBold, part->source()),
                         paint(Colour::kGrey, part->title),
                         part->core() ? "" : paint(Colour::kGrey, " · depth"));
    }
    out += task_row(task, widths);
  }
  if (!unopened.empty()) {
    out += fmt::format(
        "\n  {} {}\n{}", paint(Colour::kBold, "depth"),
        paint(Colour::kGrey, "each part stands alone; the module is done without them"), unopened);
  }
  return out;
}

std::string summary_line(const ModuleVerdict& verdict) {
  const Tally tally = verdict.tally();
  return fmt::format("\n  {}  {} · {} of {} points · {:.1f} s\n",
                     bar(tally.core_passed, tally.core_total, 24), tally.words(), tally.points,
                     tally.total_points, verdict.seconds);
}

std::string rule(const TaskVerdict& task) {
  std::string head = fmt::format("{} {}", task.task->id, task.task->name);
  if (task.status == Status::kCompileError) head = task.part->source() + " does not compile";
  const int left = std::min(terminal_width(), 80) - static_cast<int>(display_width(head)) - 4;
  std::string line = "── " + paint(Colour::kBold, head) + ' ';
  for (int i = 0; i < left; ++i) line += "─";
  return line;
}

// What the stub's own comment says to do.
std::string what_to_do(const Course& course, const TaskVerdict& task) {
  std::string text = task.task->title + '\n';
  const auto path = course.root / task.file;
  if (task.line == 0 || !source_problem(path).empty()) return text;
  const std::string comment = printable(comment_above(read_file(path), task.line));
  return comment.empty() ? text : text + '\n' + comment + '\n';
}

// Tasks of its own module that `task` builds on and that do not pass, as far as is known. Earlier
// modules stand in for themselves: the reference is there until they are exported.
std::vector<std::string> open_needs(const Course& course, const TaskVerdict& task) {
  const Module& module = *course.find_task(task.task->id).module;
  const State state = load_state(course.root);
  const auto known = state.modules.find(module.name);
  std::vector<std::string> open;
  for (const std::string& need : task.task->needs) {
    if (course.find_task(need).module != &module) continue;
    const bool tested = known != state.modules.end() && known->second.tasks.count(need) > 0;
    if (!tested || known->second.tasks.at(need) != "pass") open.push_back(need);
  }
  return open;
}

std::string needs_line(const Course& course, const TaskVerdict& task) {
  const auto open = open_needs(course, task);
  if (open.empty()) return "";
  return fmt::format("  {} {}, which {} not pass yet\n", paint(Colour::kGrey, "needs  "),
                     fmt::join(open, ", "), open.size() == 1 ? "does" : "do");
}

std::string captured(const TaskVerdict& task) {
  if (task.output.empty() || task.status == Status::kNotImplemented ||
      task.status == Status::kSkipped)
    return "";
  std::string text = printable(shorten_sanitizer_report(task.output));
  constexpr std::size_t kShown = 2000;
  // A failed assertion and nothing else: the message has it.
  if (task.status == Status::kCrash && text.find(": Assertion `") != text.npos &&
      text.find('\n') + 1 == text.size())
    return "";
  const bool cut = task.output_truncated || text.size() > kShown;
  if (text.size() > kShown)
    text.resize(text.find_last_of('\n', kShown) == text.npos ? kShown
                                                             : text.find_last_of('\n', kShown));
  return fmt::format("\n{}\n{}{}", paint(Colour::kGrey, "  your code printed:"),
                     indent_lines(fold_lines(text, terminal_width() - 4), "  │ "),
                     cut ? "  │ … (cut)\n" : "");
}

std::string focus_block(const Course& course, const TaskVerdict& task,
                        const ReportOptions& options) {
  std::string out = '\n' + rule(task) + '\n';
  const std::string text =
      task.status == Status::kNotImplemented ? what_to_do(course, task) : task.message;
  // A compiler's excerpt fits already: its caret stays below what it points to.
  out += indent_lines(fold_lines(text, terminal_width() - 2), "  ");
  out += captured(task) + '\n';
  out += fmt::format("  {} {}\n", paint(Colour::kGrey, "where  "),
                     paint(Colour::kCyan, place(task.file, task.line)));
  if (!task.test.empty() && task.status != Status::kNotImplemented &&
      task.status != Status::kSkipped) {
    const std::string at = task.test_line > 0 ? place(task.test_file, task.test_line) : "";
    // A place stays whole: terminals make a link of it.
    const std::size_t width = 12 + display_width(task.test) + display_width(at);
    const bool fits = width <= static_cast<std::size_t>(terminal_width());
    out += fmt::format("  {} {}{}{}\n", paint(Colour::kGrey, "test   "), task.test,
                       at.empty() ? ""
                       : fits     ? "  "
                                  : "\n          ",
                       paint(Colour::kGrey, at));
  }
  if (options.solution) return out;
  if (task.status == Status::kNotImplemented) out += needs_line(course, task);
  if (!task.waits_for.empty()) {
    out += fmt::format("  {} tito test {}  its tests call that one; when it is done, come back\n",
                       paint(Colour::kGrey, "first  "), task.waits_for);
  }
  if (task.status == Status::kCrash && !options.asan) {
    out += fmt::format("  {} tito test {} --asan  names the line\n",
                       paint(Colour::kGrey, "look   "), task.task->id);
  }
  if (task.status != Status::kCompileError) {
    out += fmt::format("  {} tito hint {}\n", paint(Colour::kGrey, "stuck? "), task.task->id);
  }
  return out;
}

// "The core of Quantization is done": what is won, whatever is left of the parts in depth.
std::string done_line(const ModuleVerdict& verdict) {
  const Tally tally = verdict.tally();
  const std::string what = tally.all()
                               ? fmt::format("★ {} is complete: every task passes, {} points.",
                                             verdict.module->title, tally.points)
                               : fmt::format("★ {} is done: its core passes, {} points.",
                                             verdict.module->title, tally.points);
  return fmt::format("\n  {}\n", paint(Colour::kGreen, what));
}

std::string closing(const Course& course, const ModuleVerdict& verdict,
                    const ReportOptions& options) {
  const Module& module = *verdict.module;
  if (options.solution)
    return fmt::format("\n  {} The reference passes.\n", paint(Colour::kGreen, "✓"));
  if (options.one_task) {
    return fmt::format("\n  {} Next: tito test {}\n", paint(Colour::kGreen, "This task is done."),
                       module.name);
  }
  std::string out =
      done_line(verdict) +
      fmt::format("  Next: tito export {} puts your code into the engine.\n", module.name);
  const std::string milestone =
      closing_milestone(course, module, [&](const Part& part) { return verdict.whole(part); });
  if (!milestone.empty()) out += fmt::format("  Then: tito milestone {} runs on it.\n", milestone);
  if (!verdict.tally().all())
    out += fmt::format("  Further: tito test {} --all lists the parts in depth.\n", module.name);
  return out;
}

}  // namespace

std::string bar(int done, int total, int width) {
  const int filled = total == 0 ? 0 : done * width / total;
  std::string full, rest;
  for (int i = 0; i < width; ++i) (i < filled ? full : rest) += i < filled ? "█" : "░";
  return paint(Colour::kGreen, full) + paint(Colour::kGrey, rest);
}

std::string report(const Course& course, const ModuleVerdict& verdict,
                   const ReportOptions& options) {
  std::string out =
      fmt::format("\n  {} {}{}\n", paint(Colour::kGrey, verdict.module->name.substr(0, 2)),
                  paint(Colour::kBold, verdict.module->title),
                  options.solution ? paint(Colour::kGrey, "  the reference solution") : "");
  out += task_list(verdict, options);
  if (!options.one_task) out += summary_line(verdict);
  const bool everything = options.all || options.solution || options.one_task;
  const TaskVerdict* task = verdict.focus(everything);
  if (task == nullptr) return out + closing(course, verdict, options);
  // The module is done; what follows is a part in depth.
  if (!everything && verdict.core_passed()) out += done_line(verdict);
  return out + focus_block(course, *task, options);
}

Json report_json(const ModuleVerdict& verdict) {
  Json tasks = Json::array();
  for (const auto& task : verdict.tasks) {
    tasks.add(Json()
                  .set("id", task.task->id)
                  .set("name", task.task->name)
                  .set("track", task.part->core() ? "core" : "depth")
                  .set("status", to_string(task.status))
                  .set("points", task.task->points)
                  .set("message", task.message)
                  .set("file", task.file)
                  .set("line", task.line));
  }
  const Tally tally = verdict.tally();
  return Json()
      .set("module", verdict.module->name)
      .set("tasks", tasks)
      .set("passed", tally.passed())
      .set("total", tally.total())
      .set("core_passed", tally.core_passed)
      .set("core_total", tally.core_total)
      .set("done", tally.done());
}

}  // namespace tito
