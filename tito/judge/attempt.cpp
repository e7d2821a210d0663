#include "tito/judge/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "tito/base/error.h"
#include "tito/judge/compare.h"
#include "tito/judge/sandbox/room.h"
#include "tito/judge/words.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReasonShown = 300;

// Also with the mark that Windows puts in front of UTF-8.
bool is_blank(const std::string& text) {
  const std::size_t begin = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  return text.find_first_not_of(" \t\r\n\v\f", begin) == text.npos;
}

TaskResult failed(const Task& task, Verdict verdict, std::string message) {
  return {task.id, verdict, 0, std::move(message)};
}

// The verdict on one answer; a pass has no message.
TaskResult verdict_on(const Task& task, const Question& question, const Round& round,
                      const Answer& answer) {
  if (answer.missing_task == task.id) {
    return failed(task, Verdict::kNotImplemented, fmt::format("task {} is still a stub", task.id));
  }
  if (!answer.missing_task.empty()) {
    return failed(task, Verdict::kSkipped,
                  fmt::format("it met task {}, which is not implemented", answer.missing_task));
  }
  const std::string where = fmt::format("{} (seed {})", question.name, round.seed);
  if (!answer.values) {
    return failed(task, answer.verdict, fmt::format("{}: {}", where, answer.message));
  }
  const auto difference = mismatch(round.expected, *answer.values, question.tolerance);
  if (!difference) return {task.id, Verdict::kPass, task.points, ""};
  return failed(task, Verdict::kWrongAnswer,
                fmt::format("{}: {}. Inputs: {}", where, *difference, question.property));
}

}  // namespace

Attempt::Attempt(const JudgeSetup& setup, std::string job, int slot)
    : setup_(setup), job_(std::move(job)), slot_(slot), budget_(setup.options.budget) {}

Attempt::~Attempt() {
  std::error_code error;
  fs::remove_all(setup_.stage.root() / job_, error);
}

SubmissionResult Attempt::run(const fs::path& path, const std::string& id) {
  for (const std::string& lack : {lack_of_space(setup_.stage.root(), setup_.space),
                                  lack_of_processes(setup_.options.worker.box.processes)}) {
    if (!lack.empty()) throw InternalError(lack);
  }
  Intake intake;
  std::unique_ptr<SubmissionFiles> files;
  try {
    files = open_submission(path, setup_.options.intake);
    intake = take_in(*files, setup_.module, setup_.options.intake);
  } catch (const Rejected& reason) {
    intake.rejected = one_line(clip(reason.what(), kReasonShown));
  }
  notes_ = intake.notes;
  for (const std::string& name : intake.ignored) notes_.push_back("ignored: " + name);
  make_parts(intake);
  Made worker;
  if (absent_.size() < setup_.module.parts.size()) {
    if (setup_.options.own_chain) add_own_chain(*files);
    worker = link_what_can_be();
  }
  Conversation conversation(setup_.sandbox, worker.file, setup_.options.worker, slot_);
  return summed(ask_all(conversation), id);
}

// Every part gets a share of the budget; what needs more than that is tried again with what the
// others left over. A part's compilation weighs as much as several tasks.
void Attempt::make_parts(const Intake& intake) {
  std::vector<const Part*> waiting;
  std::size_t tasks = 0;
  for (const Part& part : setup_.module.parts) {
    if (!intake.rejected.empty()) absent_[part.name] = {Verdict::kRejected, intake.rejected};
    if (!setup_.asks(part)) absent_[part.name] = {};  // a stub stands in, whatever was handed in
    if (absent_.count(part.name) > 0) continue;
    waiting.push_back(&part);
    tasks += part.tasks.size();
  }
  std::map<std::string, Budget::Time> had;  // as much again is of no use
  for (int pass = 0; pass < 2 && !waiting.empty(); ++pass) {
    std::vector<const Part*> unfinished;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const std::size_t parts = waiting.size() - i;
      const Budget::Time most = budget_.share(kWeightOfPart, kWeightOfPart * parts + tasks);
      Budget::Time& before = had[waiting[i]->name];
      const bool made = most > before && make_part(*waiting[i], intake, most);
      if (!made) unfinished.push_back(waiting[i]);
      before = most;
    }
    waiting = unfinished;
  }
  for (const Part* part : waiting) absent_[part->name] = out_of_budget();
}

Attempt::Absence Attempt::out_of_budget() const {
  return {
      Verdict::kTimeLimit,
      fmt::format("took more than its share of the {} s that one submission may take (--budget)",
                  budget_.total().count() / 1000)};
}

// Tasks are asked in turn, and those that took more than their share once more at the end.
std::vector<TaskResult> Attempt::ask_all(Conversation& worker) {
  std::map<std::string, TaskResult> results;
  std::vector<const Task*> waiting;
  std::vector<TaskResult> ordered;
  for (const Part& part : setup_.module.parts) {
    const auto absence = absent_.find(part.name);
    for (const Task& task : part.tasks) {
      if (!setup_.asks(part)) continue;
      if (absence == absent_.end()) waiting.push_back(&task);
      results[task.id] = failed(task, Verdict::kInfrastructureError, "");
      if (absence == absent_.end()) continue;
      results[task.id] = failed(task, absence->second.verdict, absence->second.message);
    }
  }
  std::map<std::string, Budget::Time> had;
  for (int pass = 0; pass < 2 && !waiting.empty(); ++pass) {
    std::vector<const Task*> unfinished;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const Budget::Time most = budget_.share(1, waiting.size() - i);
      std::optional<TaskResult> result;
      Budget::Time& before = had[waiting[i]->id];
      if (most > before) result = ask(*waiting[i], worker, most);
      before = most;
      if (!result) unfinished.push_back(waiting[i]);
      results[waiting[i]->id] =
          result ? *result : failed(*waiting[i], Verdict::kTimeLimit, out_of_budget().message);
    }
    waiting = unfinished;
  }
  for (const Part& part : setup_.module.parts) {
    for (const Task& task : part.tasks) {
      if (results.count(task.id) > 0) ordered.push_back(results[task.id]);
    }
  }
  return ordered;
}

SubmissionResult Attempt::summed(std::vector<TaskResult> tasks, const std::string& id) const {
  SubmissionResult result;
  result.id = id;
  result.max_score = setup_.module.total_points(setup_.options.core_only);
  result.notes = notes_;
  for (const TaskResult& task : tasks) result.score += task.points;
  result.tasks = std::move(tasks);
  return result;
}

// False when it took more than `most`.
bool Attempt::make_part(const Part& part, const Intake& intake, Budget::Time most) {
  const auto taken = intake.sources.find(part.name);
  if (taken == intake.sources.end()) {
    const auto near = intake.nearest.find(part.name);
    absent_[part.name] = {
        Verdict::kNotImplemented,
        part.source() + " is not in the submission" +
            (near == intake.nearest.end() ? "" : "; was " + near->second + " meant to be it?")};
    return true;
  }
  const TakenSource& source = taken->second;
  if (!source.rejected.empty()) {
    absent_[part.name] = {Verdict::kRejected, source.rejected};
    return true;
  }
  const bool empty = is_blank(source.text);
  if (empty || source.text == setup_.stub_texts.at(part.name)) {
    absent_[part.name] = {Verdict::kNotImplemented,
                          part.source() + (empty ? " is empty" : " is still the stub")};
    return true;
  }
  const Made object = setup_.workshop->compile(part, source.text, job_, slot_, most);
  if (object.out_of_time) return false;
  if (!object.ok()) {
    absent_[part.name] = {Verdict::kCompileError, object.message};
    return true;
  }
  const Listing listing =
      setup_.workshop->symbols(part.name + ".o", job_, slot_, setup_.options.workshop.wall);
  const std::string refusal =
      listing.refused.empty() ? setup_.rules->refuses(listing.text) : listing.refused;
  if (!refusal.empty()) absent_[part.name] = {Verdict::kRejected, part.source() + ": " + refusal};
  symbols_[part.name] = object_symbols(listing.text);
  return true;
}

// Nothing when it took more than `most`.
std::optional<TaskResult> Attempt::ask(const Task& task, Conversation& worker,
                                       Budget::Time most) const {
  const Budget share(most);
  for (const Question& question : setup_.questions) {
    if (question.task != task.id) continue;
    for (const Round& round : question.rounds) {
      if (share.left() < kLeastTime) return std::nullopt;
      const Answer answer = worker.ask(FrameKind::kRun, question.check, round.input, share.left());
      if (answer.out_of_time) return std::nullopt;
      TaskResult result = verdict_on(task, question, round, answer);
      if (result.verdict != Verdict::kPass) return result;
    }
  }
  return TaskResult{task.id, Verdict::kPass, task.points, ""};
}

}  // namespace tito
