// The worker: a module's checks linked with one implementation, answering requests on descriptor 3.
//
//   worker [--boxed] [--cpu SECONDS] [--wall MILLISECONDS]
//
// Each check runs in a forked child, so that a crash costs that check alone. The child never holds
// the judge's socket: it hands its answer to the parent through a pipe, and the parent relays it.
// A submission's code can still take over the whole worker. That gains it nothing: the expected
// answers are in the judge's process, not here.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "tinytorch/core/error.h"
#include "tito/worker/check.h"
#include "tito/worker/frame.h"

namespace tito {
namespace {

constexpr int kJudge = 3;
constexpr std::size_t kWhatKept = 4096;  // bytes of an exception's words

struct Settings {
  // Only in a box is this process the first of its namespace, and kill(-1) a sweep of that alone.
  bool boxed = false;
  rlim_t cpu_seconds = 10;
  int wall_milliseconds = 20000;
};

Values listing(const std::vector<Check>& all) {
  Values values;
  values.add_int("count", static_cast<std::int64_t>(all.size()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string at = std::to_string(i) + ".";
    values.add(at + "task", all[i].task);
    values.add(at + "name", all[i].name);
    values.add(at + "property", all[i].property);
    values.add(at + "tolerance",
               std::vector<double>{all[i].tolerance.relative, all[i].tolerance.absolute});
    values.add_int(at + "rounds", all[i].rounds);
  }
  return values;
}

Values perform(const Frame& request) {
  const std::vector<Check> all = checks();
  if (request.kind == FrameKind::kList) return listing(all);
  const Check& check = all.at(request.check);
  if (request.kind == FrameKind::kRun) return check.run(Values::decode(request.body));
  std::uint64_t seed = 0;
  if (request.body.size() != sizeof seed) throw std::runtime_error("generate: no seed");
  std::memcpy(&seed, request.body.data(), sizeof seed);
  tinytorch::Rng rng(seed);
  return check.generate(rng);
}

// Asked twice: a right answer does not depend on how often it was asked for, on what the call
// before left in a static variable, or on how many calls a forger thinks the judge makes.
std::optional<std::string> steady_answer(const Frame& request) {
  std::string first = perform(request).encode();
  if (request.kind == FrameKind::kRun && perform(request).encode() != first) return std::nullopt;
  return first;
}

Frame answer(const Frame& request) {
  const auto reply = [&request](FrameKind kind, std::string body = {}) {
    return Frame{request.id, kind, request.check, std::move(body)};
  };
  try {
    std::optional<std::string> values = steady_answer(request);
    // A check that expects an error would take an empty stub's for it.
    const std::string missing = tinytorch::detail::take_not_implemented();
    if (!missing.empty()) return reply(FrameKind::kNotImplemented, missing);
    if (!values) return reply(FrameKind::kUnstable);
    if (values->size() > kMaxBody) return reply(FrameKind::kTooLong);
    return reply(FrameKind::kValues, std::move(*values));
  } catch (const tinytorch::NotImplemented& stub) {
    return reply(FrameKind::kNotImplemented, stub.task());
  } catch (const std::bad_array_new_length&) {
    return reply(FrameKind::kThrew, "an array of negative or impossible length");
  } catch (const std::bad_alloc&) {
    return reply(FrameKind::kOutOfMemory);
  } catch (const std::exception& error) {
    // Its first words tell enough; what() may be longer than a frame.
    return reply(FrameKind::kThrew, std::string(error.what(), strnlen(error.what(), kWhatKept)));
  } catch (...) {
    return reply(FrameKind::kThrew, "something that is not a std::exception");
  }
}

[[noreturn]] void run_child(const Frame& request, int pipe, const Settings& settings) {
  setpgid(0, 0);
  close(kJudge);
  // SIGXCPU says for sure what happened; SIGKILL a second later is for those who ignore it.
  const rlimit cpu{settings.cpu_seconds, settings.cpu_seconds + 1};
  setrlimit(RLIMIT_CPU, &cpu);
  write_all(pipe, encode(answer(request)));
  // Not exit(): destructors and atexit handlers are the submission's.
  _exit(0);
}

// Ends the child and whatever it left behind, and returns the child's status and processor time.
int sweep(pid_t child, bool boxed, double& seconds) {
  if (boxed) {
    kill(-1, SIGKILL);
  } else {
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
  }
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  const auto in_seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  seconds = in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
  // Orphans become children of the first process of a namespace.
  while (boxed && (waitpid(-1, nullptr, 0) > 0 || errno == EINTR)) {
  }
  return status;
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

enum class Wait { kAnswered, kEnded, kExpired, kMalformed };

// Until the pipe holds a whole frame, the child has ended, or the time is up. The end of the pipe
// alone says nothing: a grandchild may hold it open.
Wait await_reply(pid_t child, int pipe, int wall_milliseconds, Frame& reply) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(wall_milliseconds);
  FrameReader reader;
  static char buffer[1 << 16];
  try {
    while (std::chrono::steady_clock::now() < deadline) {
      const bool ended = has_ended(child);
      pollfd waiting{pipe, POLLIN, 0};
      const bool readable = poll(&waiting, 1, ended ? 0 : 5) > 0;
      const ssize_t got = readable ? read(pipe, buffer, sizeof buffer) : 0;
      if (got > 0) reader.feed({buffer, static_cast<std::size_t>(got)});
      if (auto frame = reader.next()) {
        reply = std::move(*frame);
        return Wait::kAnswered;
      }
      if (ended && got <= 0) return reader.empty() ? Wait::kEnded : Wait::kMalformed;
      if (readable && got <= 0) usleep(1000);  // closed, but still running
    }
  } catch (const ProtocolError&) {
    return Wait::kMalformed;
  }
  return Wait::kExpired;
}

Frame how_it_died(const Frame& request, int status, double seconds, const Settings& settings) {
  Frame reply{request.id, FrameKind::kDied, request.check, {}};
  if (!WIFSIGNALED(status)) {
    reply.body = "exit " + std::to_string(WEXITSTATUS(status));
    return reply;
  }
  const int signal = WTERMSIG(status);
  // The limit counts whole clock ticks and the usage does not, so they may be far apart.
  const bool spent = seconds >= 0.5 * static_cast<double>(settings.cpu_seconds);
  if (signal == SIGXCPU || (signal == SIGKILL && spent))
    reply.kind = FrameKind::kTimeLimit;
  else
    reply.body = "signal " + std::to_string(signal);
  return reply;
}

Frame serve(const Frame& request, const Settings& settings) {
  if (request.kind == FrameKind::kHello) return {request.id, FrameKind::kReady, 0, {}};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {request.id, FrameKind::kThrew, request.check, "pipe"};
  const pid_t child = fork();
  if (child < 0) _exit(70);  // the judge starts another worker
  if (child == 0) {
    close(ends[0]);
    run_child(request, ends[1], settings);
  }
  close(ends[1]);
  Frame reply;
  const Wait outcome = await_reply(child, ends[0], settings.wall_milliseconds, reply);
  close(ends[0]);
  double seconds = 0.0;
  const int status = sweep(child, settings.boxed, seconds);
  switch (outcome) {
    case Wait::kAnswered:
      reply.id = request.id;
      reply.check = request.check;
      return reply;
    case Wait::kEnded:
      return how_it_died(request, status, seconds, settings);
    case Wait::kExpired:
      return {request.id, FrameKind::kTimeLimit, request.check, {}};
    case Wait::kMalformed:
      break;
  }
  return {request.id, FrameKind::kMalformed, request.check, {}};
}

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--boxed") settings.boxed = getpid() == 1;
    if (i + 1 == argc) break;
    if (argument == "--cpu") settings.cpu_seconds = std::strtoul(argv[i + 1], nullptr, 10);
    if (argument == "--wall") settings.wall_milliseconds = std::atoi(argv[i + 1]);
  }
  return settings;
}

int serve_all(const Settings& settings) {
  Frame request;
  while (read_frame(kJudge, request)) {
    if (!write_all(kJudge, encode(serve(request, settings)))) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tito

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  try {
    _exit(tito::serve_all(tito::parse(argc, argv)));
  } catch (const std::exception&) {
    _exit(71);
  }
}
