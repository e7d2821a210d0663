#include "tito/base/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "tito/base/descriptors.h"
#include "tito/base/error.h"

namespace tito {
namespace {

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
  ChildDescriptors descriptors;
  rlim_t address_space = RLIM_INFINITY;
  int failure = -1;
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
  const int failure = lift(launch.failure);
  const auto& wanted = launch.descriptors;
  const std::array from{lift(wanted.in), lift(wanted.out), lift(wanted.err), lift(wanted.extra)};
  const auto fail = [&] {
    const int reason = errno;
    (void)!::write(failure, &reason, sizeof reason);
    ::_exit(127);
  };
  for (int to = 0; to < 4; ++to) {
    const int source = from[static_cast<std::size_t>(to)];
    if (source >= 0) ::dup2(source, to);
  }
  if (!launch.directory.empty() && ::chdir(launch.directory.c_str()) != 0) fail();
  if (launch.address_space != RLIM_INFINITY) {
    const rlimit limit{launch.address_space, launch.address_space};
    ::setrlimit(RLIMIT_AS, &limit);
  }
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

// What exec said, or 0 once it has happened: the pipe closes with it.
int wait_for_exec(Pipe& failure) {
  failure.write.reset();
  pollfd ready{failure.read.value, POLLIN, 0};
  while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
  }
  int reason = 0;
  return ::read(failure.read.value, &reason, sizeof reason) == sizeof reason ? reason : 0;
}

}  // namespace

void Pipe::open() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw InternalError("cannot make a pipe");
  read.value = ends[0];
  write.value = ends[1];
  ::fcntl(read.value, F_SETFL, O_NONBLOCK);
}

pid_t spawn(const std::vector<std::string>& argv, const ProcessOptions& options,
            const ChildDescriptors& descriptors) {
  Launch launch;
  launch.program = find_program(argv.at(0)).string();
  if (launch.program.empty()) {
    throw InternalError(argv[0] + " is not installed; `tito doctor` says what is missing");
  }
  launch.arguments = argv;
  launch.environment = environment_for(options);
  launch.argv = pointers(launch.arguments);
  launch.envp = pointers(launch.environment);
  launch.directory = options.directory.string();
  launch.descriptors = descriptors;
  if (options.address_space > 0) launch.address_space = options.address_space;
  launch.parent = ::getpid();
  Pipe failure;
  failure.open();
  launch.failure = failure.write.value;
  const pid_t pid = fork_patiently();
  if (pid < 0) throw InternalError(std::string("cannot start a process: ") + std::strerror(errno));
  if (pid == 0) child(launch);
  ::setpgid(pid, pid);
  if (const int reason = wait_for_exec(failure)) {
    ::waitpid(pid, nullptr, 0);
    throw InternalError("cannot run " + launch.program + ": " + std::strerror(reason));
  }
  return pid;
}

std::filesystem::path find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const auto candidate = std::filesystem::path(rest.substr(0, colon)) / name;
    std::error_code error;
    const bool is_file = std::filesystem::is_regular_file(candidate, error);
    if (is_file && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return {};
}

}  // namespace tito
