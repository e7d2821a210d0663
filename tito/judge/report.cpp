#include "tito/judge/report.h"

#include <fmt/format.h>

#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/judge/words.h"

namespace tito {
namespace {

constexpr std::size_t kShownId = 40;

Colour colour_of(const SubmissionResult& submission) {
  if (submission.score == submission.max_score) return Colour::kGreen;
  return submission.score == 0 ? Colour::kRed : Colour::kYellow;
}

std::size_t passed(const SubmissionResult& submission) {
  std::size_t count = 0;
  for (const TaskResult& task : submission.tasks) count += task.verdict == Verdict::kPass ? 1 : 0;
  return count;
}

std::string failures(const SubmissionResult& submission) {
  std::string text;
  for (const TaskResult& task : submission.tasks) {
    if (task.verdict == Verdict::kPass) continue;
    const Colour colour = task.verdict == Verdict::kNotImplemented ? Colour::kGrey : Colour::kRed;
    text += fmt::format("  {:<6} {}\n", task.id, paint(colour, to_string(task.verdict)));
    text += wrap(one_line(task.message), terminal_width() - 2, 9) + "\n";
  }
  for (const std::string& note : submission.notes) {
    text += "  " + paint(Colour::kGrey, one_line(note)) + "\n";
  }
  return text;
}

// Of any script, cut by the columns it takes.
std::string shown_id(const SubmissionResult& submission) {
  return shorten(one_line(submission.id), kShownId);
}

// A cell that a spreadsheet takes for text, whatever it starts with.
std::string cell(std::string text) {
  if (!text.empty() && std::string("=+-@\t\r").find(text.front()) != std::string::npos) {
    text.insert(0, "'");
  }
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string to_json(const GradeReport& report) {
  Json submissions = Json::array();
  for (const SubmissionResult& submission : report.submissions) {
    Json tasks = Json::array();
    for (const TaskResult& task : submission.tasks) {
      tasks.add(Json()
                    .set("id", task.id)
                    .set("verdict", to_string(task.verdict))
                    .set("points", task.points)
                    .set("message", one_line(task.message)));
    }
    std::vector<std::string> notes;
    for (const std::string& note : submission.notes) notes.push_back(one_line(note));
    submissions.add(Json()
                        .set("id", one_line(submission.id))
                        .set("score", submission.score)
                        .set("max_score", submission.max_score)
                        .set("tasks", tasks)
                        .set("notes", notes));
  }
  return Json()
             .set("module", report.module)
             .set("track", report.track)
             .set("sandbox", report.sandbox)
             .set("seed", report.seed)
             .set("submissions", submissions)
             .pretty() +
         "\n";
}

std::string to_text(const GradeReport& report) {
  std::string text =
      fmt::format("{}{} · sandbox {} · seed {}\n\n", report.module,
                  report.track == "core" ? " · the core alone" : "", report.sandbox, report.seed);
  Table table;
  table.header = {"submission", "score", "of", "tasks passed"};
  table.right_aligned = {false, true, true, true};
  for (const SubmissionResult& submission : report.submissions) {
    table.rows.push_back({shown_id(submission),
                          paint(colour_of(submission), std::to_string(submission.score)),
                          std::to_string(submission.max_score),
                          fmt::format("{}/{}", passed(submission), submission.tasks.size())});
  }
  text += render(table);
  for (const SubmissionResult& submission : report.submissions) {
    const std::string failed = failures(submission);
    if (failed.empty()) continue;
    text += "\n" + paint(Colour::kBold, shown_id(submission)) + "\n" + failed;
  }
  return text;
}

std::string to_csv(const GradeReport& report) {
  std::string text = "submission,score,max_score";
  if (!report.submissions.empty()) {
    for (const TaskResult& task : report.submissions.front().tasks) {
      text += fmt::format(",{0} points,{0} verdict", task.id);
    }
  }
  text += "\n";
  for (const SubmissionResult& submission : report.submissions) {
    text += fmt::format("{},{},{}", cell(one_line(submission.id)), submission.score,
                        submission.max_score);
    for (const TaskResult& task : submission.tasks) {
      text += fmt::format(",{},{}", task.points, to_string(task.verdict));
    }
    text += "\n";
  }
  return text;
}

}  // namespace tito
