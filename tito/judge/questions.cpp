#include "tito/judge/questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "tito/base/error.h"
#include "tito/base/files.h"

namespace tito {
namespace {

constexpr std::int64_t kMaxChecks = 1000;
constexpr std::int64_t kMaxRounds = 1000;

// The same for every submission of a run, different for each check and round, and not to be
// guessed from the seed of another.
std::uint64_t round_seed(std::uint64_t seed, const std::string& check, int round) {
  const std::string digest = sha256(fmt::format("{}/{}/{}", seed, check, round));
  return std::stoull(digest.substr(0, 16), nullptr, 16);
}

Values ask(Conversation& reference, FrameKind kind, std::uint32_t check, const std::string& body,
           const std::string& what) {
  Answer answer = reference.ask(kind, check, body);
  if (answer.values) return std::move(*answer.values);
  throw InternalError(fmt::format(
      "the reference has no answer for {}: {}", what,
      answer.missing_task.empty() ? answer.message : "task " + answer.missing_task + " is a stub"));
}

std::vector<Question> list(Conversation& reference) {
  const Values listing = ask(reference, FrameKind::kList, 0, {}, "the list of its checks");
  const std::int64_t count = listing.get_int("count");
  if (count < 1 || count > kMaxChecks) throw InternalError("the module has no checks");
  std::vector<Question> questions;
  for (std::int64_t index = 0; index < count; ++index) {
    const std::string at = fmt::format("{}.", index);
    Question question;
    question.check = static_cast<std::uint32_t>(index);
    question.task = listing.get_text(at + "task");
    question.name = listing.get_text(at + "name");
    question.property = listing.get_text(at + "property");
    const auto& tolerance = listing.get<double>(at + "tolerance");
    question.tolerance = {tolerance.at(0), tolerance.at(1)};
    question.rounds.resize(static_cast<std::size_t>(
        std::clamp<std::int64_t>(listing.get_int(at + "rounds"), 1, kMaxRounds)));
    questions.push_back(std::move(question));
  }
  return questions;
}

void check_against(const std::vector<Question>& questions, const std::vector<std::string>& tasks) {
  for (const Question& question : questions) {
    if (std::find(tasks.begin(), tasks.end(), question.task) == tasks.end()) {
      throw InternalError(
          fmt::format("the check \"{}\" is for task {}, which is not in module.yaml", question.name,
                      question.task));
    }
  }
  for (const std::string& task : tasks) {
    const auto is_for = [&](const Question& question) { return question.task == task; };
    if (std::none_of(questions.begin(), questions.end(), is_for)) {
      throw InternalError(fmt::format("task {} has no check, so it cannot be graded", task));
    }
  }
}

}  // namespace

std::vector<Question> make_questions(Conversation& reference, const std::vector<std::string>& tasks,
                                     const std::vector<std::string>& asked, std::uint64_t seed) {
  std::vector<Question> questions = list(reference);
  check_against(questions, tasks);
  std::erase_if(questions, [&](const Question& question) {
    return std::find(asked.begin(), asked.end(), question.task) == asked.end();
  });
  for (Question& question : questions) {
    for (std::size_t i = 0; i < question.rounds.size(); ++i) {
      Round& round = question.rounds[i];
      round.seed = round_seed(seed, question.name, static_cast<int>(i));
      std::string body(sizeof round.seed, '\0');
      std::memcpy(body.data(), &round.seed, sizeof round.seed);
      const std::string what = fmt::format("\"{}\", seed {}", question.name, round.seed);
      round.input =
          ask(reference, FrameKind::kGenerate, question.check, body, "the inputs of " + what)
              .encode();
      round.expected = ask(reference, FrameKind::kRun, question.check, round.input, what);
    }
  }
  return questions;
}

}  // namespace tito
