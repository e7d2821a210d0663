#include "tito/judge/conversation.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "tito/base/error.h"
#include "tito/judge/sandbox/room.h"
#include "tito/judge/words.h"

namespace tito {
namespace {

constexpr std::size_t kMessageLimit = 400;
constexpr int kAskedAgain = 2;
constexpr std::chrono::milliseconds kPause{100};
// What std::thread says when there is no process to be had, and how a worker ends that has none.
constexpr const char* kNoProcess = "Resource temporarily unavailable";
constexpr int kWorkerCannotFork = 70;
constexpr int kGraceMilliseconds = 3000;  // the worker's own clock goes first

FrameId fresh_id() {
  FrameId id{};
  if (getrandom(id.data(), sizeof id, 0) != static_cast<ssize_t>(sizeof id)) {
    throw InternalError("the machine has no random numbers");
  }
  return id;
}

Answer failure(Verdict verdict, std::string message) {
  Answer answer;
  answer.verdict = verdict;
  answer.message = std::move(message);
  return answer;
}

std::string signal_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV: memory outside its arrays, or too deep a recursion";
    case SIGFPE:
      return "SIGFPE: an integer division by zero";
    case SIGABRT:
      return "SIGABRT: an assertion or an exception nobody caught";
    case SIGBUS:
      return "SIGBUS: memory that is not there";
    case SIGILL:
      return "SIGILL: an instruction this machine lacks, or the end of a function that returns "
             "nothing";
    default:
      break;
  }
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

Answer died_of(int signal, const BoxLimits& limits) {
  if (signal == SIGSYS) {
    return failure(Verdict::kDenied, "made a system call that the sandbox forbids");
  }
  if (signal == SIGXFSZ) {
    return failure(Verdict::kOutputLimit,
                   fmt::format("wrote a file above {} MB", limits.file >> 20));
  }
  return failure(Verdict::kRuntimeError, "ended by " + signal_name(signal));
}

// "signal 11" or "exit 0".
Answer died(const std::string& how, const BoxLimits& limits) {
  const auto space = how.find(' ');
  const int number = space == std::string::npos ? 0 : std::atoi(how.c_str() + space);
  if (how.starts_with("signal ")) return died_of(number, limits);
  return failure(Verdict::kRuntimeError,
                 fmt::format("left with exit status {} before it gave an answer", number));
}

}  // namespace

Conversation::Conversation(const Sandbox& sandbox, std::filesystem::path binary,
                           WorkerLimits limits, int slot)
    : sandbox_(sandbox), binary_(std::move(binary)), limits_(limits), slot_(slot) {}

// What looks like a machine that has no process to give is asked again; if it stays so and the
// machine has none, that is our trouble and not the submission's.
Answer Conversation::ask(FrameKind kind, std::uint32_t check, const std::string& body,
                         std::chrono::milliseconds most) {
  Answer answer = try_once(kind, check, body, most);
  for (int again = 0; again < kAskedAgain && short_of_processes_; ++again) {
    std::this_thread::sleep_for(kPause);
    answer = try_once(kind, check, body, most);
  }
  if (short_of_processes_) {
    const std::string lack = lack_of_processes(limits_.box.processes);
    if (!lack.empty()) throw InternalError(lack);
  }
  return answer;
}

Answer Conversation::try_once(FrameKind kind, std::uint32_t check, const std::string& body,
                              std::chrono::milliseconds most) {
  short_of_processes_ = false;
  if (cannot_start_) return *cannot_start_;
  if (auto answer = ensure_started()) {
    if (!short_of_processes_) cannot_start_ = answer;
    return *std::move(answer);
  }
  const std::chrono::milliseconds own(limits_.wall_milliseconds + kGraceMilliseconds);
  const auto begin = Box::Clock::now();
  Answer answer =
      ask_once({fresh_id(), kind, check, body}, static_cast<int>(std::min(own, most).count()));
  answer.out_of_time =
      most < own && answer.verdict == Verdict::kTimeLimit && Box::Clock::now() - begin >= most;
  return answer;
}

std::optional<Answer> Conversation::ensure_started() {
  if (box_) return std::nullopt;
  const std::string inside = sandbox_.walled() ? "/worker" : binary_.string();
  BoxSpec spec;
  spec.argv = {inside, "--cpu", std::to_string(limits_.cpu_seconds), "--wall",
               std::to_string(limits_.wall_milliseconds)};
  if (sandbox_.walled()) spec.argv.insert(spec.argv.begin() + 1, "--boxed");
  spec.mounts = {{binary_, inside, false}};
  spec.limits = limits_.box;
  spec.slot = slot_;
  spec.socket = true;
  spec.first_process = true;
  box_ = std::make_unique<Box>(sandbox_, spec);
  Answer answer = ask_once({fresh_id(), FrameKind::kHello, 0, {}}, limits_.start_milliseconds);
  if (answer.values) return std::nullopt;
  answer.message += " (before main: in the initialisation of a global)";
  return answer;
}

Answer Conversation::ask_once(const Frame& request, int wall_milliseconds) {
  const auto deadline = Box::Clock::now() + std::chrono::milliseconds(wall_milliseconds);
  // What cannot be sent is found out below: the worker is gone, or does not listen.
  box_->send(encode(request), deadline);
  FrameReader reader;
  while (true) {
    const Box::Event event = box_->wait(deadline);
    if (event != Box::Event::kReadable) return broken(event);
    reader.feed(box_->take_received());
    try {
      if (auto reply = reader.next()) {
        if (!reader.empty()) return broken_protocol();
        return received(request, *reply);
      }
    } catch (const ProtocolError&) {
      return broken_protocol();
    }
  }
}

// Over 40 lines: one case a kind of frame.
Answer Conversation::received(const Frame& request, const Frame& reply) {
  const bool ready = request.kind == FrameKind::kHello;
  if (reply.id != request.id || reply.check != request.check ||
      (reply.kind == FrameKind::kReady) != ready) {
    return broken_protocol();
  }
  box_->clear_output();
  Answer answer;
  switch (reply.kind) {
    case FrameKind::kReady:
      answer.values = Values();
      return answer;
    case FrameKind::kValues:
      try {
        answer.values = Values::decode(reply.body);
        return answer;
      } catch (const std::exception&) {
        return broken_protocol();
      }
    case FrameKind::kNotImplemented:
      answer.verdict = Verdict::kNotImplemented;
      answer.missing_task = one_line(clip(reply.body, 32));
      return answer;
    case FrameKind::kThrew:
      short_of_processes_ = reply.body == kNoProcess && !box_->processes_exceeded();
      return failure(Verdict::kRuntimeError, "threw: " + one_line(clip(reply.body, kMessageLimit)));
    case FrameKind::kTooLong:
      return failure(Verdict::kOutputLimit,
                     fmt::format("answered with more than {} MB", kMaxBody >> 20));
    case FrameKind::kOutOfMemory:
      return failure(Verdict::kMemoryLimit,
                     fmt::format("asked for more than {} MB", limits_.box.memory >> 20));
    case FrameKind::kUnstable:
      return failure(Verdict::kWrongAnswer,
                     "two calls with the same input gave different answers: does something keep "
                     "state between calls?");
    case FrameKind::kTimeLimit:
      return broken(box_->memory_exceeded() ? Box::Event::kMemory : Box::Event::kDeadline);
    case FrameKind::kDied:
      // What the kernel ends for memory dies of SIGKILL, and so may a process that ends itself.
      if (box_->memory_exceeded()) return broken(Box::Event::kMemory);
      if (box_->processes_exceeded()) return broken(Box::Event::kProcesses);
      return died(reply.body, limits_.box);
    default:
      return broken_protocol();
  }
}

// The box is not to be trusted with another request: the next one gets a new box.
Answer Conversation::broken(Box::Event event) {
  const std::unique_ptr<Box> box = std::move(box_);
  box->kill();
  if (event == Box::Event::kEnded && box->memory_exceeded()) event = Box::Event::kMemory;
  if (event == Box::Event::kEnded && box->processes_exceeded()) event = Box::Event::kProcesses;
  switch (event) {
    case Box::Event::kDeadline:
      return failure(Verdict::kTimeLimit,
                     fmt::format("took more than {} s of processor time, or {} s by the clock",
                                 limits_.cpu_seconds, limits_.wall_milliseconds / 1000));
    case Box::Event::kMemory:
      return failure(Verdict::kMemoryLimit,
                     fmt::format("held more than {} MB", limits_.box.memory >> 20));
    case Box::Event::kProcesses:
      return failure(Verdict::kDenied, fmt::format("started more than {} processes or threads",
                                                   limits_.box.processes));
    case Box::Event::kOutput:
      return failure(Verdict::kOutputLimit,
                     fmt::format("printed more than {} KB", limits_.box.output >> 10));
    default:
      break;
  }
  // bubblewrap hands a death by signal on as exit status 128 + signal.
  const int status = box->status();
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  if (WIFSIGNALED(status)) return died_of(WTERMSIG(status), limits_.box);
  if (code > 128 && code < 128 + NSIG) return died_of(code - 128, limits_.box);
  short_of_processes_ = code == kWorkerCannotFork || box->err().starts_with("bwrap: ");
  return died(fmt::format("exit {}", code), limits_.box);
}

Answer Conversation::broken_protocol() {
  box_.reset();
  return failure(Verdict::kRuntimeError,
                 "wrote to the judge's channel: an answer is what the function returns");
}

}  // namespace tito
