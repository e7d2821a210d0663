// How a box starts: its pipes, its limits, its first process.

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
extern "C" {
#include <sys/pidfd.h>  // declares C functions without saying so
}

#include <nlohmann/json.hpp>
#include <thread>

#include "tito/base/error.h"
#include "tito/judge/sandbox/box.h"
#include "tito/judge/sandbox/descriptors.h"
#include "tito/judge/sandbox/identity.h"
#include "tito/judge/sandbox/launch.h"
#include "tito/judge/sandbox/tree.h"

namespace tito {
namespace {

using namespace std::chrono_literals;

// A bomb may not grow faster than the watch looks: the kernel stops it at this many tasks more than
// the limit. Above it by a margin, since the kernel counts by user, who may be somebody at work.
constexpr int kTaskMargin = 128;

void must(bool condition, const char* what) {
  if (!condition) throw InternalError(std::string("box: ") + what);
}

int memory_file(const std::string& content) {
  const int descriptor = memfd_create("box", MFD_CLOEXEC);
  must(descriptor >= 0, "no memory file");
  must(
      ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
          ::lseek(descriptor, 0, SEEK_SET) == 0,
      "short write");
  return descriptor;
}

}  // namespace

// The ends that the box holds; ours close as soon as it has started.
struct Box::Pipes {
  int null = -1;
  int out = -1;
  int err = -1;
  int socket = -1;
  int filter = -1;
  int information = -1;  // the box's end
  int our_information = -1;

  ~Pipes() {
    for (int* end : {&null, &out, &err, &socket, &filter, &information, &our_information}) {
      close_if_open(*end);
    }
  }
  void pipe(int& ours, int& theirs) {
    int ends[2];
    must(pipe2(ends, O_CLOEXEC) == 0, "no pipe");
    ours = ends[0];
    theirs = ends[1];
  }
};

Box::Box(const Sandbox& sandbox, const BoxSpec& spec)
    : limits_(spec.limits), walled_(sandbox.walled()) {
  Pipes pipes;
  try {
    start(sandbox, spec, pipes);
  } catch (...) {
    kill();
    throw;
  }
}

void Box::start(const Sandbox& sandbox, const BoxSpec& spec, Pipes& pipes) {
  // Orphans come to us, who wait for them, and not to a first process that may not.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  open_ends(sandbox, spec, pipes);
  const LaunchPlan plan = plan_launch(sandbox, spec, pipes);
  for (int attempt = 0; (pid_ = launch(plan)) < 0; ++attempt) {
    must(attempt < 100, "the machine has no room for another process");
    std::this_thread::sleep_for(20ms);
  }
  for (int* end : {&pipes.out, &pipes.err, &pipes.socket, &pipes.information}) close_if_open(*end);
  program_ = pidfd_open(pid_, 0);
  must(program_ >= 0, "no descriptor for a process: the kernel is older than 5.3");
  if (walled_) learn_first_process(pipes.our_information);
}

void Box::open_ends(const Sandbox& sandbox, const BoxSpec& spec, Pipes& pipes) {
  for (const Mount& mount : spec.mounts) {
    must(!walled_ || std::filesystem::exists(mount.host),
         ("nothing to show at " + mount.host.string()).c_str());
  }
  if (sandbox.rung() == Rung::kR0) {
    auto group = Cgroup::create(spec.limits.memory, spec.limits.processes);
    must(group.has_value(), "no control group");
    cgroup_.emplace(std::move(*group));
  }
  watch_tree_ = !cgroup_;
  pipes.null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  pipes.pipe(out_descriptor_, pipes.out);
  pipes.pipe(err_descriptor_, pipes.err);
  if (spec.socket) {
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "no socket");
    socket_ = ends[0];
    pipes.socket = ends[1];
    fcntl(socket_, F_SETFL, O_NONBLOCK);
  }
  fcntl(out_descriptor_, F_SETFL, O_NONBLOCK);
  fcntl(err_descriptor_, F_SETFL, O_NONBLOCK);
}

LaunchPlan Box::plan_launch(const Sandbox& sandbox, const BoxSpec& spec, Pipes& pipes) {
  LaunchPlan plan;
  plan.limits = spec.limits;
  plan.identity = walled_ ? identity_of_slot(spec.slot) : Identity{};
  if (watch_tree_) {
    plan.tasks = tasks_of_user(plan.identity.drop ? plan.identity.id : ::getuid()) +
                 spec.limits.processes + kTaskMargin;
  }
  plan.descriptors = {pipes.null, pipes.out, pipes.err, pipes.socket};
  if (cgroup_) plan.join = cgroup_->join();
  if (walled_) {
    pipes.filter = memory_file(compile_filter(spec.filter, cgroup_.has_value()));
    pipes.pipe(pipes.our_information, pipes.information);
    plan.descriptors.insert(plan.descriptors.end(), {pipes.filter, pipes.information});
    plan.argv = bubblewrap_command(sandbox, spec);
  } else {
    plan.argv = spec.argv;
    plan.directory = spec.directory.string();
    for (const auto& [name, value] : spec.environment)
      plan.environment.push_back(name + "=" + value);
  }
  return plan;
}

// bubblewrap writes {"child-pid": 123, …} once the namespaces stand, in several pieces: it is read
// to its end, since a pipe closed early would kill the writer.
void Box::learn_first_process(int information) {
  std::string text;
  for (const auto deadline = Clock::now() + 10s; Clock::now() < deadline;) {
    pollfd waiting{information, POLLIN, 0};
    if (::poll(&waiting, 1, 100) <= 0) continue;
    char buffer[512];
    const ssize_t got = ::read(information, buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  const auto told = nlohmann::json::parse(text, nullptr, false);
  const long found = told.is_object() ? told.value("child-pid", -1L) : -1L;
  // A program that was quick is gone already, and no descriptor is needed to end it.
  if (found > 1) {
    first_process_ = pidfd_open(static_cast<pid_t>(found), 0);
    return;
  }
  drain(err_descriptor_, &err_);
  throw InternalError("bubblewrap did not start: " + err_);
}

}  // namespace tito
