#pragma once
// Asking a worker in its box, and what can come of it.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tito/judge/sandbox/box.h"
#include "tito/judge/verdict.h"
#include "tito/worker/frame.h"
#include "tito/worker/values.h"

namespace tito {

struct WorkerLimits {
  BoxLimits box;
  unsigned cpu_seconds = 10;       // of one check
  int wall_milliseconds = 20000;   // of one check; long, so that a busy machine changes no verdict
  int start_milliseconds = 10000;  // until the worker says that it is ready
};

struct Answer {
  // Set when the worker answered with values, or named the task it misses.
  std::optional<Values> values;
  std::string missing_task;
  // Otherwise this says what happened, in words for a report.
  Verdict verdict = Verdict::kRuntimeError;
  std::string message;
  bool out_of_time = false;  // it was ended at the limit its caller gave, not at one of its own
};

class Conversation {
 public:
  // Starts nothing yet. `binary` is readable by the identity of `slot`.
  Conversation(const Sandbox& sandbox, std::filesystem::path binary, WorkerLimits limits, int slot);

  // One request, which takes `most` at most. A box that broke is replaced for the next one; a
  // worker that cannot even start is not tried again and gives every request the same answer.
  // Throws InternalError for our own troubles.
  Answer ask(FrameKind kind, std::uint32_t check, const std::string& body,
             std::chrono::milliseconds most = std::chrono::hours(24));

 private:
  Answer try_once(FrameKind kind, std::uint32_t check, const std::string& body,
                  std::chrono::milliseconds most);
  Answer ask_once(const Frame& request, int wall_milliseconds);
  std::optional<Answer> ensure_started();
  Answer received(const Frame& request, const Frame& reply);
  Answer broken(Box::Event event);
  Answer broken_protocol();

  const Sandbox& sandbox_;
  std::filesystem::path binary_;
  WorkerLimits limits_;
  int slot_;
  std::unique_ptr<Box> box_;
  std::optional<Answer> cannot_start_;
  bool short_of_processes_ = false;  // the last answer may be for want of processes
};

}  // namespace tito
