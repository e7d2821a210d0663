#pragma once
// What every submission of one run is asked, and the right answers: made once, by the reference.

#include <cstdint>
#include <string>
#include <vector>

#include "tito/judge/conversation.h"
#include "tito/worker/check.h"

namespace tito {

struct Round {
  std::uint64_t seed = 0;  // of this round's inputs, from the run's seed and the check's name
  std::string input;       // encoded Values
  Values expected;
};

struct Question {
  std::uint32_t check = 0;  // its number in the worker
  std::string task;
  std::string name;
  std::string property;
  Tolerance tolerance;
  std::vector<Round> rounds;
};

// Asks the reference's worker for its checks, draws each round's inputs and answers them. Throws
// InternalError when a check has no task, a task of `tasks` no check, or the reference no answer.
// Only those for the tasks in `asked` are drawn.
std::vector<Question> make_questions(Conversation& reference, const std::vector<std::string>& tasks,
                                     const std::vector<std::string>& asked, std::uint64_t seed);

}  // namespace tito
