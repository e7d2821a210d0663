#include "tito/judge/sandbox/launch.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>

#include "tito/base/error.h"

namespace tito {
namespace {

constexpr int kAside = 100;  // where descriptors wait while the low numbers are cleared

bool limit(__rlimit_resource_t resource, rlim_t value) {
  const rlimit both{value, value};
  return setrlimit(resource, &both) == 0;
}

// SIGXCPU at the limit tells what happened; SIGKILL, which also ends what a machine short of memory
// picks, comes later, for those who ignore it.
bool limit_cpu(unsigned seconds) {
  const rlimit both{seconds, seconds + 2};
  return setrlimit(RLIMIT_CPU, &both) == 0;
}

bool set_limits(const BoxLimits& limits, std::optional<int> tasks) {
  return (!tasks || limit(RLIMIT_NPROC, static_cast<rlim_t>(*tasks))) && limit(RLIMIT_CORE, 0) &&
         limit(RLIMIT_AS, limits.memory) && limit(RLIMIT_FSIZE, limits.file) &&
         limit(RLIMIT_NOFILE, 128) && limit(RLIMIT_STACK, 8u << 20) &&
         limit_cpu(limits.cpu_seconds) && limit(RLIMIT_MEMLOCK, 0) && limit(RLIMIT_MSGQUEUE, 0);
}

bool join_groups(const std::vector<int>& files) {
  for (const int file : files) {
    if (write(file, "0", 1) != 1) return false;
  }
  return true;
}

bool drop(const Identity& identity) {
  if (!identity.drop) return true;
  return setgroups(0, nullptr) == 0 && setresgid(identity.id, identity.id, identity.id) == 0 &&
         setresuid(identity.id, identity.id, identity.id) == 0;
}

// Puts each descriptor at its number and closes all others.
bool place(const int* descriptors, int count) {
  for (int i = 0; i < count; ++i) {
    if (descriptors[i] >= 0 && dup2(descriptors[i], kAside + i) < 0) return false;
  }
  for (int i = 0; i < count; ++i) {
    close(i);
    if (descriptors[i] >= 0 && dup2(kAside + i, i) < 0) return false;
  }
  return close_range(static_cast<unsigned>(count), ~0u, 0) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// Between fork and exec of a process with threads: system calls alone, no memory is taken.
// The groups come before the identity, which may not join them.
[[noreturn]] void become(const LaunchPlan& plan, char* const* argv, char* const* environment) {
  sigset_t none;
  sigemptyset(&none);
  const bool ready = sigprocmask(SIG_SETMASK, &none, nullptr) == 0 && setsid() > 0 &&
                     join_groups(plan.join) &&
                     (plan.directory.empty() || chdir(plan.directory.c_str()) == 0) &&
                     place(plan.descriptors.data(), static_cast<int>(plan.descriptors.size())) &&
                     drop(plan.identity) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                     prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && set_limits(plan.limits, plan.tasks);
  if (ready) execve(argv[0], argv, environment);
  _exit(127);
}

}  // namespace

pid_t launch(const LaunchPlan& plan) {
  const std::vector<char*> argv = pointers(plan.argv);
  const std::vector<char*> environment = pointers(plan.environment);
  const pid_t child = fork();
  if (child == 0) become(plan, argv.data(), environment.data());
  if (child < 0 && errno != EAGAIN) {
    throw InternalError(std::string("cannot start a box: ") + std::strerror(errno));
  }
  return child;
}

}  // namespace tito
