#pragma once
// The judge's words for what a task came to, and a submission's result made of them.

#include <string>
#include <vector>

namespace tito {

enum class Verdict {
  kPass,
  kWrongAnswer,
  kRuntimeError,  // threw, crashed, left without an answer, or answered outside the protocol
  kTimeLimit,
  kMemoryLimit,
  kOutputLimit,
  kDenied,  // tried what the sandbox forbids
  kCompileError,
  kRejected,  // breaks the rules for submissions; message says which
  kNotImplemented,
  kSkipped,              // met another task that is not implemented
  kInfrastructureError,  // ours: retried, never the learner's
};

// "wrong-answer".
std::string to_string(Verdict verdict);

struct TaskResult {
  std::string id;
  Verdict verdict = Verdict::kInfrastructureError;
  int points = 0;
  std::string message;  // empty on a pass; no times and no paths of this machine
};

struct SubmissionResult {
  std::string id;
  int score = 0;
  int max_score = 0;
  std::vector<TaskResult> tasks;
  std::vector<std::string> notes;  // what was ignored, under which names sources were found
};

}  // namespace tito
