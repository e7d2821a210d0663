#pragma once
// One program behind the walls of a Sandbox, from its start until its whole tree is gone.
//
// Its standard input is empty; its standard output and error are read here, bounded. A worker also
// gets one end of a socket as descriptor 3, and no other descriptor. It starts with an empty
// environment: what it is given stands in BoxSpec.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tito/judge/sandbox/cgroup.h"
#include "tito/judge/sandbox/sandbox.h"
#include "tito/judge/sandbox/seccomp.h"

namespace tito {

struct LaunchPlan;

struct BoxLimits {
  std::uint64_t memory = 512u << 20;    // of the whole tree; also of each address space
  std::uint64_t file = 64u << 20;       // of one file written
  std::uint64_t temporary = 64u << 20;  // of /tmp
  std::uint64_t output = 1u << 20;      // bytes of stdout and stderr since the last clear_output()
  int processes = 64;
  unsigned cpu_seconds = 60;  // of each process; a backstop, the deadline comes first
};

struct Mount {
  std::filesystem::path host;
  std::filesystem::path inside;
  bool writable = false;
};

struct BoxSpec {
  std::vector<std::string> argv;  // argv[0] is a path inside
  std::vector<Mount> mounts;
  bool system = false;  // /usr and /dev/null: for the compiler, never for a worker
  Filter filter = Filter::kWorker;
  std::vector<std::pair<std::string, std::string>> environment;
  std::filesystem::path directory;  // inside; empty: /
  BoxLimits limits;
  int slot = 0;  // boxes that run side by side have different ones
  bool socket = false;
  bool first_process = false;  // it is the first of its namespace: signals of its children miss it
};

class Box {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Event {
    kReadable,  // something arrived on the socket: see take_received()
    kEnded,     // the program and everything it left behind: see status()
    kDeadline,
    kMemory,     // the tree holds more than it may
    kProcesses,  // the tree has more processes than it may
    kOutput,     // stdout and stderr together passed the limit
  };

  // Throws InternalError when the box cannot be set up.
  Box(const Sandbox& sandbox, const BoxSpec& spec);
  ~Box();
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;

  // The next thing that happens. Reads the outputs all the while, so no writer waits for us. At
  // any event but the first two the tree is gone. Throws Interrupted after Ctrl-C.
  Event wait(Clock::time_point deadline);
  // Sends while reading what comes back. False when the other end is gone or the time is up.
  bool send(std::string_view bytes, Clock::time_point deadline);
  std::string take_received() { return std::exchange(received_, {}); }

  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }
  void clear_output();
  // As waitpid() gave it; a death inside the namespaces arrives as exit status 128 + signal.
  int status() const { return status_; }
  // Ends the tree at once and returns when it is gone.
  void kill();
  // True when the kernel ended a process of the box for memory: asked after a child died.
  bool memory_exceeded() const;
  bool processes_exceeded() const;

 private:
  struct Pipes;
  void start(const Sandbox& sandbox, const BoxSpec& spec, Pipes& pipes);
  void open_ends(const Sandbox& sandbox, const BoxSpec& spec, Pipes& pipes);
  LaunchPlan plan_launch(const Sandbox& sandbox, const BoxSpec& spec, Pipes& pipes);
  void learn_first_process(int information);
  bool drain(int& descriptor, std::string* kept);
  void poll_descriptors(int timeout_milliseconds, bool for_writing);
  std::optional<Event> over_limit();
  void finish();
  void reap_orphans(const std::vector<pid_t>& members) const;

  BoxLimits limits_;
  std::optional<Cgroup> cgroup_;
  bool walled_ = false;
  bool watch_tree_ = false;
  Clock::time_point next_look_{};
  pid_t pid_ = -1;          // of bubblewrap, or of the program where there are no walls
  int program_ = -1;        // pidfd of it
  int first_process_ = -1;  // pidfd of the namespace's first process, whose end is the tree's end
  int socket_ = -1;
  int out_descriptor_ = -1;
  int err_descriptor_ = -1;
  bool ended_ = false;
  bool socket_closed_ = false;
  int status_ = 0;
  std::uint64_t output_bytes_ = 0;
  std::string out_;
  std::string err_;
  std::string received_;
};

struct BoxResult {
  Box::Event event = Box::Event::kEnded;  // kEnded, or the limit at which it was killed
  int status = 0;
  std::string out;
  std::string err;
  bool ok() const { return event == Box::Event::kEnded && status == 0; }
};
// Runs a program that has nothing to say but its output. Throws InternalError.
BoxResult run_boxed(const Sandbox& sandbox, const BoxSpec& spec, std::chrono::milliseconds limit);

// The command that starts `spec` behind walls: bubblewrap's. Descriptors 4 and 5 are the filter and
// where bubblewrap reports the first process.
std::vector<std::string> bubblewrap_command(const Sandbox& sandbox, const BoxSpec& spec);

}  // namespace tito
