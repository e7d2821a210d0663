#include "tito/judge/attempt.h"

#include <fmt/format.h>

#include <system_error>

#include "tito/base/error.h"
#include "tito/judge/compare.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

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
    : setup_(setup), job_(std::move(job)), slot_(slot) {}

Attempt::~Attempt() {
  std::error_code error;
  fs::remove_all(setup_.stage.root() / job_, error);
}

SubmissionResult Attempt::run(const fs::path& path, const std::string& id) {
  const Intake intake = take_in(path, setup_.module, setup_.options.intake);
  for (const std::string& name : intake.ignored) notes_.push_back("ignored: " + name);
  std::vector<TaskResult> results;
  if (!intake.rejected.empty()) {
    for (const Part& part : setup_.module.parts) {
      absent_[part.name] = {Verdict::kRejected, intake.rejected};
    }
  }
  for (const Part& part : setup_.module.parts) {
    if (!setup_.asks(part)) absent_[part.name] = {};  // a stub stands in, whatever was handed in
    make_part(part, intake);
  }
  Made worker;
  if (absent_.size() < setup_.module.parts.size()) {
    if (setup_.options.own_chain) add_own_chain(path);
    worker = link();
    if (!worker.ok()) {
      drop_unlinkable(worker.message);
      worker = link();
    }
  }
  Conversation conversation(setup_.sandbox, worker.file, setup_.options.worker, slot_);
  for (const Part& part : setup_.module.parts) {
    if (!setup_.asks(part)) continue;
    const auto absence = absent_.find(part.name);
    for (const Task& task : part.tasks) {
      results.push_back(absence == absent_.end()
                            ? ask(task, conversation)
                            : failed(task, absence->second.verdict, absence->second.message));
    }
  }
  return summed(std::move(results), id);
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

void Attempt::make_part(const Part& part, const Intake& intake) {
  if (absent_.count(part.name) > 0) return;
  const auto taken = intake.sources.find(part.name);
  if (taken == intake.sources.end()) {
    absent_[part.name] = {Verdict::kNotImplemented, part.source() + " is not in the submission"};
    return;
  }
  const TakenSource& source = taken->second;
  if (!source.rejected.empty()) {
    absent_[part.name] = {Verdict::kRejected, source.rejected};
    return;
  }
  if (source.text == setup_.stub_texts.at(part.name)) {
    absent_[part.name] = {Verdict::kNotImplemented, part.source() + " is still the stub"};
    return;
  }
  const Made object = setup_.workshop->compile(part, source.text, job_, slot_);
  if (!object.ok()) {
    absent_[part.name] = {Verdict::kCompileError, object.message};
    return;
  }
  const std::string symbols = setup_.workshop->symbols(part.name + ".o", job_, slot_);
  const std::string refusal = setup_.rules->refuses(symbols);
  if (!refusal.empty()) absent_[part.name] = {Verdict::kRejected, part.source() + ": " + refusal};
}

std::string Attempt::use_stub(const Part& part) const {
  const std::string name = "stub_" + part.name + ".o";
  setup_.stage.copy(setup_.stub_objects.at(part.name), job_ + "/" + name);
  return name;
}

std::string Attempt::object_of(const Part& part) const {
  return absent_.count(part.name) > 0 ? use_stub(part) : part.name + ".o";
}

std::vector<std::string> Attempt::objects() const {
  std::vector<std::string> names;
  std::vector<fs::path> sources;
  for (const Part& part : setup_.module.parts) {
    names.push_back(object_of(part));
    sources.push_back(absent_.count(part.name) > 0 ? setup_.stub_sources.at(part.name)
                                                   : setup_.stage.root() / job_ / part.source());
  }
  const auto table = task_table(setup_.module, "", sources);
  names.insert(names.end(), table.begin(), table.end());
  names.insert(names.end(), chain_.begin(), chain_.end());
  return names;
}

// The name of Toolchain::task_table()'s object below `job` of this attempt's folder, where there is
// one.
std::vector<std::string> Attempt::task_table(const Module& module, const std::string& job,
                                             const std::vector<fs::path>& sources) const {
  std::vector<std::string> names;
  for (const fs::path& object : setup_.toolchain.task_table(module, sources)) {
    names.push_back(job + "task_table.o");
    setup_.stage.copy(object, job_ + "/" + names.back());
  }
  return names;
}

Made Attempt::link() const {
  if (absent_.size() == setup_.module.parts.size()) return {};
  Made made = setup_.workshop->link(objects(), replaced_, job_, slot_);
  if (!made.ok()) return made;
  // Memory that a program asks for before it runs is refused by the kernel without a word.
  const std::uint64_t limit = setup_.options.worker.box.memory;
  if (static_memory(read_made(made.file, UINT64_MAX)) > limit) {
    return {{}, fmt::format("its global arrays take more than {} MB", limit >> 20)};
  }
  return made;
}

// Finds the parts that do not link even when stubs stand in for all the others. When each one does,
// the fault lies between them and no part can be told apart.
void Attempt::drop_unlinkable(const std::string& message) {
  const std::map<std::string, Absence> before = absent_;
  std::map<std::string, Absence> found = before;
  for (const Part& part : setup_.module.parts) {
    if (before.count(part.name) > 0) continue;
    absent_.clear();
    for (const Part& other : setup_.module.parts) {
      if (other.name != part.name) absent_[other.name] = {};
    }
    const Made made = link();
    if (!made.ok()) found[part.name] = {Verdict::kCompileError, made.message};
  }
  if (found.size() == before.size()) {
    for (const Part& part : setup_.module.parts) {
      if (before.count(part.name) == 0) found[part.name] = {Verdict::kCompileError, message};
    }
  }
  absent_ = std::move(found);
}

TaskResult Attempt::ask(const Task& task, Conversation& worker) const {
  for (const Question& question : setup_.questions) {
    if (question.task != task.id) continue;
    for (const Round& round : question.rounds) {
      const Answer answer = worker.ask(FrameKind::kRun, question.check, round.input);
      TaskResult result = verdict_on(task, question, round, answer);
      if (result.verdict != Verdict::kPass) return result;
    }
  }
  return {task.id, Verdict::kPass, task.points, ""};
}

// Where the submission has sources of an earlier module, those take the place of the reference;
// a part of it that is missing or broken is the reference's all the same.
void Attempt::add_own_chain(const fs::path& path) {
  for (const Module* earlier : setup_.course.before(setup_.module)) {
    const fs::path archive = setup_.toolchain.module_build(*earlier).reference;
    const auto sources = take_earlier(path, *earlier, setup_.options.intake);
    if (archive.empty() || sources.empty()) continue;
    std::vector<fs::path> used;
    for (const Part& part : earlier->parts) {
      chain_.push_back(own_object(*earlier, part, sources, used.emplace_back()));
    }
    const auto table = task_table(*earlier, earlier->name + "/", used);
    chain_.insert(chain_.end(), table.begin(), table.end());
    replaced_.push_back(archive);
    notes_.push_back("graded on its own " + earlier->name);
  }
}

std::string Attempt::own_object(const Module& earlier, const Part& part,
                                const std::map<std::string, TakenSource>& sources,
                                fs::path& compiled_from) {
  const std::string object = earlier.name + "/" + part.name + ".o";
  const std::string job = job_ + "/" + earlier.name;
  const auto taken = sources.find(part.name);
  std::string why = "was not handed in";
  if (taken != sources.end() && taken->second.rejected.empty()) {
    const Made made = setup_.workshop->compile(part, taken->second.text, job, slot_);
    if (made.ok()) {
      why = setup_.rules->refuses(setup_.workshop->symbols(part.name + ".o", job, slot_));
      compiled_from = setup_.stage.root() / job / part.source();
      if (why.empty()) return object;
    } else {
      why = "does not compile";
    }
  } else if (taken != sources.end()) {
    why = taken->second.rejected;
  }
  notes_.push_back(
      fmt::format("{}/{} {}: the reference stands in", earlier.name, part.source(), why));
  const fs::path solution = setup_.course.solution_source(earlier, part);
  compiled_from = solution;
  const CompileResult compiled = setup_.toolchain.compile(earlier, part, solution);
  if (!compiled.ok) throw InternalError("the reference does not compile: " + compiled.diagnostics);
  setup_.stage.copy(compiled.object, job_ + "/" + object);
  return object;
}

}  // namespace tito
