#include "tito/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "tito/base/error.h"
#include "tito/base/interrupt.h"

extern char** environ;

namespace tito {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Fd {
  int value = -1;
  Fd() = default;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }
  void reset() {
    if (value >= 0) ::close(value);
    value = -1;
  }
};

struct Pipe {
  Fd read, write;
  void open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw InternalError("cannot make a pipe");
    read.value = ends[0];
    write.value = ends[1];
    ::fcntl(read.value, F_SETFL, O_NONBLOCK);
  }
};

bool name_matches(std::string_view entry, const std::string& pattern) {
  const std::string_view name = entry.substr(0, entry.find('='));
  if (!pattern.empty() && pattern.back() == '*') {
    return name.substr(0, pattern.size() - 1) ==
           std::string_view(pattern).substr(0, pattern.size() - 1);
  }
  return name == pattern;
}

std::vector<std::string> environment_for(const ProcessOptions& options) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr && !options.clear_environment; ++entry) {
    bool dropped = false;
    for (const auto& name : options.unset) dropped |= name_matches(*entry, name);
    for (const auto& [name, value] : options.environment) dropped |= name_matches(*entry, name);
    if (!dropped) result.emplace_back(*entry);
  }
  for (const auto& [name, value] : options.environment) result.push_back(name + '=' + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (auto& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Everything the child needs, made before the fork: afterwards only system calls are safe, since
// other threads may have held a lock.
struct Launch {
  std::string program;
  std::vector<std::string> arguments, environment;
  std::vector<char*> argv, envp;
  std::string directory;
  int in = -1, out = -1, err = -1, extra = -1, failure = -1;
  pid_t parent = 0;
};

// A machine that is briefly out of processes is not a reason to fail.
pid_t fork_patiently() {
  for (int attempt = 0;; ++attempt) {
    const pid_t pid = ::fork();
    if (pid >= 0 || errno != EAGAIN || attempt == 20) return pid;
    ::usleep(100'000);
  }
}

[[noreturn]] void child(const Launch& launch) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);
  // Moved above 3 first, so that placing one never overwrites another.
  const auto lift = [&](int fd) { return fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 10); };
  const int in = lift(launch.in), out = lift(launch.out), err = lift(launch.err);
  const int extra = lift(launch.extra), failure = lift(launch.failure);
  const auto fail = [&] {
    const int reason = errno;
    (void)!::write(failure, &reason, sizeof reason);
    ::_exit(127);
  };
  if (in >= 0) ::dup2(in, 0);
  if (out >= 0) ::dup2(out, 1);
  if (err >= 0) ::dup2(err, 2);
  if (extra >= 0) ::dup2(extra, 3);
  if (!launch.directory.empty() && ::chdir(launch.directory.c_str()) != 0) fail();
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(launch.program.c_str(), launch.argv.data(), launch.envp.data());
  fail();
  __builtin_unreachable();
}

// One running program: its pipes, its deadlines, its end.
class Running {
 public:
  Running(const std::vector<std::string>& argv, const ProcessOptions& options);
  ~Running() { end_group(); }
  ProcessResult wait();

 private:
  void start(const std::vector<std::string>& argv);
  void step(int timeout_ms);
  void check_deadlines();
  void drain();
  void keep(std::string& into, std::string_view data);
  bool read_from(Fd& fd, const std::function<void(std::string_view)>& take);
  void end_group() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    while (!reaped_ && ::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
  bool streams() const { return static_cast<bool>(options_.on_output); }

  const ProcessOptions& options_;
  ProcessResult result_;
  Pipe out_, err_, message_;
  Fd pidfd_;
  pid_t pid_ = -1;
  bool reaped_ = false;
  int status_ = 0;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_message_ = begin_;
};

Running::Running(const std::vector<std::string>& argv, const ProcessOptions& options)
    : options_(options) {
  if (!options.inherit_output) {
    out_.open();
    if (!streams()) err_.open();
  }
  if (options.on_message) message_.open();
  start(argv);
}

void Running::start(const std::vector<std::string>& argv) {
  Launch launch;
  launch.program = find_program(argv.at(0)).string();
  if (launch.program.empty()) {
    throw InternalError(argv[0] + " is not installed; `tito doctor` says what is missing");
  }
  launch.arguments = argv;
  launch.environment = environment_for(options_);
  launch.argv = pointers(launch.arguments);
  launch.envp = pointers(launch.environment);
  launch.directory = options_.directory.string();
  launch.parent = ::getpid();
  Pipe failure;
  failure.open();
  Fd null;
  if (!options_.inherit_output) {
    null.value = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    launch.in = null.value;
    launch.out = out_.write.value;
    launch.err = streams() ? out_.write.value : err_.write.value;
  }
  launch.extra = options_.on_message ? message_.write.value : options_.pass_fd;
  launch.failure = failure.write.value;
  pid_ = fork_patiently();
  if (pid_ < 0) throw InternalError(std::string("cannot start a process: ") + std::strerror(errno));
  if (pid_ == 0) child(launch);
  ::setpgid(pid_, pid_);
  failure.write.reset();
  out_.write.reset();
  err_.write.reset();
  message_.write.reset();
  pollfd ready{failure.read.value, POLLIN, 0};
  while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
  }
  int reason = 0;
  if (::read(failure.read.value, &reason, sizeof reason) == sizeof reason) {
    throw InternalError("cannot run " + launch.program + ": " + std::strerror(reason));
  }
  pidfd_.value = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

void Running::keep(std::string& into, std::string_view data) {
  const std::size_t room = options_.output_limit - std::min(options_.output_limit, into.size());
  into.append(data.substr(0, room));
  if (data.size() > room) result_.output_truncated = true;
}

// False when there is nothing more to read now.
bool Running::read_from(Fd& fd, const std::function<void(std::string_view)>& take) {
  if (fd.value < 0) return false;
  std::array<char, 1 << 16> buffer;
  const ssize_t count = ::read(fd.value, buffer.data(), buffer.size());
  if (count > 0) {
    take({buffer.data(), static_cast<std::size_t>(count)});
    return true;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  fd.reset();
  return false;
}

// Output before messages: what a program printed before it reported something comes first.
void Running::drain() {
  const auto take_out = [&](std::string_view data) {
    streams() ? options_.on_output(data) : keep(result_.out, data);
  };
  const auto take_err = [&](std::string_view data) { keep(result_.err, data); };
  const auto take_message = [&](std::string_view data) {
    last_message_ = Clock::now();
    options_.on_message(data);
  };
  // Bounded, so that a program that never stops printing cannot hold off its deadline.
  for (int i = 0; i < 16 && read_from(out_.read, take_out); ++i) {
  }
  for (int i = 0; i < 16 && read_from(err_.read, take_err); ++i) {
  }
  for (int i = 0; i < 16 && read_from(message_.read, take_message); ++i) {
  }
}

void Running::step(int timeout_ms) {
  std::array<pollfd, 4> fds{{{out_.read.value, POLLIN, 0},
                             {err_.read.value, POLLIN, 0},
                             {message_.read.value, POLLIN, 0},
                             {pidfd_.value, POLLIN, 0}}};
  // Where the kernel offers no descriptor for the process, look often instead.
  ::poll(fds.data(), fds.size(), pidfd_.value < 0 ? std::min(timeout_ms, 5) : timeout_ms);
  drain();
  reaped_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
}

void Running::check_deadlines() {
  const auto now = Clock::now();
  if (options_.timeout && now - begin_ >= *options_.timeout) result_.timed_out = true;
  if (options_.quiet_timeout && now - last_message_ >= *options_.quiet_timeout) {
    result_.timed_out = true;
  }
  if (options_.cancelled && options_.cancelled()) result_.was_cancelled = true;
  check_interrupt();
}

ProcessResult Running::wait() {
  while (!reaped_ && !result_.timed_out && !result_.was_cancelled) {
    step(20);
    if (!reaped_) check_deadlines();
  }
  const bool ended_itself = reaped_;
  end_group();
  drain();
  if (ended_itself) {
    result_.signalled = WIFSIGNALED(status_);
    result_.signal = result_.signalled ? WTERMSIG(status_) : 0;
    result_.exit_code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 0;
  }
  result_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  return std::move(result_);
}

}  // namespace

fs::path find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, colon)) / name;
    std::error_code error;
    if (::access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate, error)) {
      return candidate;
    }
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return {};
}

ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options) {
  Running running(argv, options);
  return running.wait();
}

}  // namespace tito
