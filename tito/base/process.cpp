#include "tito/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "tito/base/descriptors.h"
#include "tito/base/interrupt.h"
#include "tito/base/spawn.h"

namespace tito {
namespace {

using Clock = std::chrono::steady_clock;

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
    // What it left behind may have come to us, when we are the first process of a container.
    while (::waitpid(-pid_, nullptr, WNOHANG) > 0) {
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
  ChildDescriptors descriptors;
  Fd null;
  if (!options_.inherit_output) {
    null.value = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    descriptors.in = null.value;
    descriptors.out = out_.write.value;
    descriptors.err = streams() ? out_.write.value : err_.write.value;
  }
  descriptors.extra = options_.on_message ? message_.write.value : options_.pass_fd;
  pid_ = spawn(argv, options_, descriptors);
  out_.write.reset();
  err_.write.reset();
  message_.write.reset();
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

ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options) {
  Running running(argv, options);
  return running.wait();
}

}  // namespace tito
