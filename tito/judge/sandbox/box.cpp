#include "tito/judge/sandbox/box.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" {
#include <sys/pidfd.h>  // declares C functions without saying so
}

#include <algorithm>
#include <cerrno>
#include <thread>

#include "tito/base/error.h"
#include "tito/base/interrupt.h"
#include "tito/judge/sandbox/descriptors.h"
#include "tito/judge/sandbox/tree.h"

namespace tito {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 10ms;        // between two looks at memory and processes
constexpr auto kFarewell = 2000ms;  // a tree is gone within 50 ms; a loaded machine gets more

int milliseconds_until(Box::Clock::time_point when) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(when - Box::Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 1000));
}

}  // namespace

Box::~Box() {
  kill();
  for (int* end : {&socket_, &out_descriptor_, &err_descriptor_, &program_, &first_process_}) {
    close_if_open(*end);
  }
}

// False at the end of the stream. Keeps `limits_.output` bytes and counts them all.
bool Box::drain(int& descriptor, std::string* kept) {
  // Not thread_local: where a program has no other thread-local zeros, mold 1.10 lets the part that
  // becomes read-only begin with these, which need no alignment, now and then on a page that is not
  // there. Such a program does not start.
  char buffer[1 << 14];
  while (descriptor >= 0) {
    const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) {
      close_if_open(descriptor);
      return false;
    }
    const auto size = static_cast<std::size_t>(got);
    output_bytes_ += size;
    const std::size_t room = limits_.output - std::min<std::size_t>(limits_.output, kept->size());
    kept->append(buffer, std::min(size, room));
    if (output_bytes_ > limits_.output) return true;  // a flood is cut, not followed
  }
  return false;
}

void Box::poll_descriptors(int timeout_milliseconds, bool for_writing) {
  pollfd waiting[] = {{socket_, static_cast<short>(for_writing ? POLLIN | POLLOUT : POLLIN), 0},
                      {out_descriptor_, POLLIN, 0},
                      {err_descriptor_, POLLIN, 0},
                      {program_, POLLIN, 0}};
  if (socket_closed_) waiting[0].fd = -1;
  if (::poll(waiting, 4, timeout_milliseconds) < 0) return;
  if (waiting[1].revents != 0) drain(out_descriptor_, &out_);
  if (waiting[2].revents != 0) drain(err_descriptor_, &err_);
  if ((waiting[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    char buffer[1 << 14];
    ssize_t got = 0;
    while ((got = ::read(socket_, buffer, sizeof buffer)) > 0) {
      received_.append(buffer, static_cast<std::size_t>(got));
      if (received_.size() > (256u << 20)) break;
    }
    socket_closed_ = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }
  if ((waiting[3].revents & POLLIN) != 0) finish();
}

// Nothing of the tree is left to write, so what was written can be read to the end.
void Box::finish() {
  if (ended_) return;
  kill();
  drain(out_descriptor_, &out_);
  drain(err_descriptor_, &err_);
}

std::optional<Box::Event> Box::over_limit() {
  if (output_bytes_ > limits_.output) return Event::kOutput;
  if (Clock::now() < next_look_) return std::nullopt;
  next_look_ = Clock::now() + kLook;
  if (memory_exceeded()) return Event::kMemory;
  if (processes_exceeded()) return Event::kProcesses;
  if (!watch_tree_ || ended_) return std::nullopt;
  const TreeUsage usage = usage_of_tree(pid_);
  if (usage.resident > limits_.memory) return Event::kMemory;
  if (usage.tasks > limits_.processes) return Event::kProcesses;
  return std::nullopt;
}

Box::Event Box::wait(Clock::time_point deadline) {
  while (true) {
    check_interrupt();
    const bool was_ended = ended_;
    const auto pause = std::min(deadline, Clock::now() + kLook);
    poll_descriptors(received_.empty() && !was_ended ? milliseconds_until(pause) : 0, false);
    if (const auto event = over_limit()) {
      kill();
      return *event;
    }
    if (!received_.empty()) return Event::kReadable;
    if (was_ended) return Event::kEnded;
    if (Clock::now() >= deadline) {
      kill();
      return Event::kDeadline;
    }
  }
}

bool Box::send(std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
      continue;
    }
    if (put < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (ended_ || Clock::now() >= deadline || over_limit()) return false;
    poll_descriptors(milliseconds_until(std::min(deadline, Clock::now() + kLook)), true);
  }
  return true;
}

void Box::clear_output() {
  drain(out_descriptor_, &out_);
  drain(err_descriptor_, &err_);
  out_.clear();
  err_.clear();
  output_bytes_ = 0;
}

void Box::kill() {
  if (ended_ || pid_ <= 1) return;
  ended_ = true;
  // The kernel ends everything in a namespace before its first process is gone.
  if (first_process_ >= 0) {
    pidfd_send_signal(first_process_, SIGKILL, nullptr, 0);
    pollfd waiting{first_process_, POLLIN, 0};
    ::poll(&waiting, 1, static_cast<int>(kFarewell.count()));
    // bubblewrap passes on the status of what it watched.
    waiting.fd = program_;
    ::poll(&waiting, 1, static_cast<int>(kFarewell.count()));
  }
  // Without a namespace, or before it stands, nothing but this ends what is below.
  std::vector<pid_t> members;
  if (first_process_ < 0) {
    members = members_of_tree(pid_);
    for (const pid_t member : members) ::kill(member, SIGKILL);
    if (!walled_) ::kill(-pid_, SIGKILL);
  }
  ::kill(pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
  reap_orphans(members);
  if (cgroup_) cgroup_->kill_all();
}

// bubblewrap may end before the namespace's first process has, which then becomes a child of ours
// (start() asks for that), and so does what is left where there is no namespace. Unless we wait for
// them they stay as zombies, which count as processes.
void Box::reap_orphans(const std::vector<pid_t>& members) const {
  for (const pid_t member : members) {
    if (member != pid_) waitpid(member, nullptr, WNOHANG);
  }
  if (first_process_ < 0) return;
  siginfo_t info{};
  const auto first = static_cast<id_t>(first_process_);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    if (waitid(P_PIDFD, first, &info, WEXITED | WNOHANG) != 0 || info.si_pid != 0) return;
    std::this_thread::sleep_for(1ms);
  }
}

bool Box::memory_exceeded() const { return cgroup_ && cgroup_->memory_exceeded(); }
bool Box::processes_exceeded() const { return cgroup_ && cgroup_->processes_exceeded(); }

BoxResult run_boxed(const Sandbox& sandbox, const BoxSpec& spec, std::chrono::milliseconds limit) {
  Box box(sandbox, spec);
  BoxResult result;
  result.event = box.wait(Box::Clock::now() + limit);
  if (box.memory_exceeded()) result.event = Box::Event::kMemory;
  result.status = box.status();
  result.out = box.out();
  result.err = box.err();
  return result;
}

}  // namespace tito
