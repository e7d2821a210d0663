// The walls, each really tried: on every rung this machine has.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tito/base/error.h"
#include "tito/base/process.h"
#include "tito/judge/sandbox/box.h"
#include "tito/judge/sandbox/identity.h"
#include "tito/judge/sandbox/stage.h"
#include "toy_course.h"

namespace tito {
namespace {

using namespace std::chrono_literals;
using testing_support::TemporaryFolder;
using Event = Box::Event;

class SandboxTest : public ::testing::TestWithParam<Rung> {
 protected:
  void SetUp() override {
    ASSERT_NO_THROW(sandbox_ = Sandbox::at(GetParam()))
        << "rung " << to_string(GetParam()) << " does not work here";
  }

  static BoxLimits low_limits() {
    BoxLimits limits;
    limits.memory = 128u << 20;
    limits.temporary = 4u << 20;
    limits.file = 2u << 20;
    limits.output = 32u << 10;
    limits.processes = 24;
    limits.cpu_seconds = 5;
    return limits;
  }
  // Compiles `body` as main() into a static program and runs it as a worker would be run.
  // The limits are what a machine with much other work may take; none is waited for.
  BoxResult run(const std::string& body, std::chrono::milliseconds limit = kPatience) {
    const auto source = scratch_.write("main.cpp", kIncludes + ("int main() {" + body + "}"));
    const auto program = scratch_.path() / "program";
    const auto made = run_process({"/usr/bin/c++", "-static", "-O1", "-w", "-o", program.string(),
                                   source.string(), "-pthread"});
    EXPECT_TRUE(made.ok()) << made.err;
    BoxSpec spec;
    const auto staged = stage_.copy(program, "program");
    spec.argv = {"/program"};
    spec.mounts = {{staged, "/program", false}};
    spec.limits = low_limits();
    spec.first_process = true;
    return run_boxed(sandbox_, spec, limit);
  }
  BoxResult run_shell(const std::string& script) {
    BoxSpec spec;
    spec.argv = {"/usr/bin/bash", "-c", script};
    spec.system = true;
    spec.filter = Filter::kCompiler;
    spec.limits = low_limits();
    return run_boxed(sandbox_, spec, kPatience);
  }

  static constexpr auto kPatience = 60000ms;
  static constexpr const char* kIncludes =
      "#include <errno.h>\n#include <fcntl.h>\n#include <signal.h>\n#include <stdio.h>\n"
      "#include <stdlib.h>\n#include <string.h>\n#include <sys/mman.h>\n#include <sys/ptrace.h>\n"
      "#include <sys/ioctl.h>\n#include <sys/prctl.h>\n#include <sys/socket.h>\n"
      "#include <sys/stat.h>\n#include <sys/syscall.h>\n#include <sys/wait.h>\n#include "
      "<unistd.h>\n"
      "#include <sched.h>\n#include <time.h>\n#include <thread>\n#include <vector>\n"
      "extern char** environ;\n";

  Sandbox sandbox_ = Sandbox::at(Rung::kNone);
  TemporaryFolder scratch_;
  Stage stage_;
};

// R1 is asked of every machine that runs these tests; R0 is tried where control groups can be made.
std::vector<Rung> rungs_here() {
  std::vector<Rung> rungs{Rung::kR1};
  if (Cgroup::create(64u << 20, 8)) rungs.push_back(Rung::kR0);
  return rungs;
}

INSTANTIATE_TEST_SUITE_P(Rungs, SandboxTest, ::testing::ValuesIn(rungs_here()),
                         [](const auto& one) { return to_string(one.param); });

int killed_by(const BoxResult& result) {
  const int status = result.status;
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  return WIFEXITED(status) && WEXITSTATUS(status) > 128 ? WEXITSTATUS(status) - 128 : 0;
}

TEST_P(SandboxTest, RunsAProgramAndHandsOnItsStatusAndOutput) {
  const BoxResult result = run("puts(\"out\"); fputs(\"err\", stderr); return 3;");
  EXPECT_EQ(result.event, Event::kEnded);
  EXPECT_EQ(WEXITSTATUS(result.status), 3);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err");
}

TEST_P(SandboxTest, ShowsAnEmptyRoot) {
  const BoxResult result = run(R"(
      for (const char* path : {"/etc/shadow", "/etc/passwd", "/usr", "/proc", "/proc/1/environ",
                               "/dev", "/home", "/root", "/sys", "/srv", "/var"})
        if (access(path, F_OK) == 0) puts(path);)");
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.out, "");
}

TEST_P(SandboxTest, ShowsTheCompilerNothingButTheSystem) {
  const BoxResult result = run_shell(
      "cat /etc/shadow /proc/1/environ /proc/self/environ /dev/zero /srv 2>/dev/null; ls /; ls "
      "/tmp");
  EXPECT_EQ(result.event, Event::kEnded);
  EXPECT_EQ(result.out, "bin\ndev\nlib\nlib64\ntmp\nusr\n");
}

TEST_P(SandboxTest, HandsOnNoDescriptorAndNoEnvironment) {
  setenv("TITO_SECRET", "a secret", 1);
  const int leaked = open("/etc/passwd", O_RDONLY);  // without close-on-exec
  const BoxResult result = run(R"(
      for (int i = 3; i < 1000; ++i) if (fcntl(i, F_GETFD) != -1) printf("fd %d\n", i);
      for (char** e = environ; *e; ++e) if (strncmp(*e, "PWD=", 4) != 0) puts(*e);)");
  close(leaked);
  unsetenv("TITO_SECRET");
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.out, "");
}

TEST_P(SandboxTest, RunsAsSomebodyWhoOwnsNothing) {
  const BoxResult result = run(R"(
      setuid(0);
      for (const char* path : {"/x", "/program", "/etc"})
        if (open(path, O_WRONLY | O_CREAT, 0600) >= 0 || mkdir(path, 0700) == 0) puts(path);)");
  EXPECT_EQ(result.out, "");
}

TEST_P(SandboxTest, KillsForbiddenCalls) {
  const std::pair<const char*, const char*> forbidden[] = {
      {"TCP", "socket(AF_INET, SOCK_STREAM, 0);"},
      {"vsock", "socket(40, SOCK_STREAM, 0);"},
      {"netlink", "socket(AF_NETLINK, SOCK_RAW, 0);"},
      {"ptrace", "ptrace(PTRACE_TRACEME, 0, 0, 0);"},
      {"io_uring", "syscall(425, 4, 0);"},
      {"keyctl", "syscall(SYS_keyctl, 0, 0, 0, 0, 0);"},
      {"bpf", "syscall(SYS_bpf, 0, 0, 0);"},
      {"user namespace", "unshare(CLONE_NEWUSER);"},
      {"clone into a namespace", "syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);"},
      {"mount", "syscall(SYS_mount, 0, 0, 0, 0, 0);"},
      {"clock", "struct timespec t{}; clock_settime(CLOCK_REALTIME, &t);"},
      {"TIOCSTI", "ioctl(0, TIOCSTI, \"x\");"},
      {"another's limits", "syscall(SYS_prlimit64, 1, 0, 0, 0);"},
      {"another's memory", "syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0);"},
      {"staying after the parent", "prctl(PR_SET_PDEATHSIG, 0);"},
      {"x32 calls", "syscall(0x40000000 | SYS_getpid);"}};
  for (const auto& [name, body] : forbidden) {
    EXPECT_EQ(killed_by(run(std::string(body) + " puts(\"still here\");")), SIGSYS) << name;
  }
}

TEST_P(SandboxTest, RefusesNamespacesByClone3WithoutKillingTheLibrary) {
  const BoxResult result =
      run("const long got = syscall(435, 0, 0); printf(\"%ld %d\", got, errno == ENOSYS);");
  EXPECT_EQ(result.out, "-1 1");
}

TEST_P(SandboxTest, RefusesTheCompilerTheDoorsOut) {
  const BoxResult result = run_shell("exec 3<>/dev/tcp/127.0.0.1/1 && echo connected");
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("not permitted"), std::string::npos) << result.err;
}

TEST_P(SandboxTest, EndsASpinAndASleepAtTheDeadline) {
  for (const char* body : {"for (volatile int i = 0;;) i = i + 1;", "sleep(1000);"}) {
    EXPECT_EQ(run(body, 400ms).event, Event::kDeadline) << body;
  }
}

TEST_P(SandboxTest, CapsMemory) {
  const BoxResult result =
      run("char* p; while ((p = (char*)malloc(1 << 20))) memset(p, 1, 1 << 20); puts(\"full\");");
  EXPECT_TRUE(result.event == Event::kMemory || result.out == "full\n");
}

TEST_P(SandboxTest, CapsMemorySplitOverProcesses) {
  const BoxResult result =
      run("for (int i = 0; i < 8; ++i) if (fork() == 0) { size_t n = 60u << 20;"
          "  memset(malloc(n), 1, n); pause(); } while (wait(0) > 0); puts(\"held\");");
  EXPECT_EQ(result.event, Event::kMemory);
}

TEST_P(SandboxTest, CapsMemoryInAnonymousFiles) {
  const BoxResult result =
      run("for (int i = 0; i < 100; ++i) { int f = memfd_create(\"x\", 0); static char b[2 << 20];"
          "  memset(b, 1, sizeof b); write(f, b, sizeof b); } puts(\"held\");");
  EXPECT_NE(result.out, "held\n");
  EXPECT_TRUE(result.event == Event::kMemory || killed_by(result) == SIGSYS);
}

TEST_P(SandboxTest, CapsTemporaryFiles) {
  const BoxResult result = run(R"(
      signal(SIGXFSZ, SIG_IGN);
      long total = 0; char block[1 << 16] = {1}; char name[] = "/tmp/a";
      for (; name[5] <= 'z'; ++name[5]) {
        int f = open(name, O_WRONLY | O_CREAT, 0600); long got;
        while ((got = write(f, block, sizeof block)) > 0) total += got;
      }
      printf("%d", total <= 4 << 20);)");
  EXPECT_EQ(result.out, "1");
}

TEST_P(SandboxTest, CapsProcesses) {
  const BoxResult result = run("for (;;) fork();");
  EXPECT_EQ(result.event, Event::kProcesses);
}

TEST_P(SandboxTest, CapsThreads) {
  const BoxResult result = run(
      "pthread_attr_t small; pthread_attr_init(&small); pthread_attr_setstacksize(&small, 65536);"
      "for (;;) { pthread_t t; auto wait = [](void*) -> void* { for (;;) pause(); };"
      "  if (pthread_create(&t, &small, wait, 0) != 0) usleep(1000); }");
  EXPECT_EQ(result.event, Event::kProcesses);
}

TEST_P(SandboxTest, CutsAFloodOfOutput) {
  const BoxResult result = run("for (;;) puts(\"flood flood flood flood flood flood flood\");");
  EXPECT_EQ(result.event, Event::kOutput);
  EXPECT_LE(result.out.size(), 32u << 10);
}

TEST_P(SandboxTest, KillingEverybodyReachesNobodyOutside) {
  const pid_t bystander = fork();
  if (bystander == 0) {
    pause();
    _exit(0);
  }
  const BoxResult result =
      run("kill(-1, SIGKILL); kill(1, SIGKILL); kill(getppid(), SIGKILL); puts(\"done\");");
  EXPECT_EQ(result.out, "done\n");
  EXPECT_EQ(waitpid(bystander, nullptr, WNOHANG), 0) << "a process outside was killed";
  kill(bystander, SIGKILL);
  waitpid(bystander, nullptr, 0);
}

// Processes outside whose command line holds `mark`.
int count_processes(const std::string& mark) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "cmdline", std::ios::binary);
    std::string line;
    std::getline(in, line, '\n');  // a process that ends meanwhile leaves nothing; iterators throw
    count += line.find(mark) != std::string::npos ? 1 : 0;
  }
  return count;
}

TEST_P(SandboxTest, ADaemonDoesNotOutliveItsBox) {
  const std::string mark = fmt::format("77{}", getpid());
  const BoxResult result =
      run_shell("(setsid sleep " + mark + " >/dev/null 2>&1 &) ; sleep 0.2; echo left");
  EXPECT_EQ(result.out, "left\n");
  EXPECT_EQ(count_processes(mark), 0);
}

TEST_P(SandboxTest, AKilledTreeIsGoneAtOnce) {
  const std::string mark = fmt::format("88{}", getpid());
  BoxSpec spec;
  spec.argv = {"/usr/bin/bash", "-c",
               "for i in 1 2 3 4 5 6; do (setsid sleep " + mark + " &); done; sleep " + mark};
  spec.system = true;
  spec.filter = Filter::kCompiler;
  spec.limits = low_limits();
  Box box(sandbox_, spec);
  for (int i = 0; i < 500 && count_processes(mark) < 8; ++i) std::this_thread::sleep_for(10ms);
  ASSERT_GE(count_processes(mark), 8);
  box.kill();
  EXPECT_EQ(count_processes(mark), 0);
}

// Whoever inherits the orphans of a box, as the first process of a container does, would keep each
// as a zombie, and zombies count as processes.
TEST_P(SandboxTest, LeavesNoZombies) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  run_shell("true");
  run_shell("exit 3");
  run_shell("(setsid sleep 99 >/dev/null 2>&1 &) ; kill -9 $$");
  run("fork(); fork(); for (volatile int i = 0;;) i = i + 1;", 200ms);
  int left = 0;
  for (int i = 0; i < 20; ++i) {  // one that ends a moment later is found as well
    while (waitpid(-1, nullptr, WNOHANG) > 0) ++left;
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_EQ(left, 0);
}

TEST_P(SandboxTest, NothingIsLeftForTheNextBox) {
  run("int f = open(\"/tmp/note\", O_WRONLY | O_CREAT, 0600); write(f, \"x\", 1);");
  EXPECT_EQ(run("printf(\"%d\", access(\"/tmp/note\", F_OK));").out, "-1");
}

TEST_P(SandboxTest, ABoxThatCannotStartIsOurOwnTrouble) {
  BoxSpec spec;
  spec.argv = {"/worker"};
  spec.mounts = {{"/no/such/file", "/worker", false}};
  EXPECT_THROW(run_boxed(sandbox_, spec, 1000ms), InternalError);
}

// The kernel counts a user's processes in all boxes together: as one user, the bombs in one judge
// left another's boxes without a process.
TEST(Identity, OfTwoJudgesAtWorkIsNeverTheSame) {
  constexpr int kSlot = 1000;  // which nobody has asked for here yet
  int answer[2], end[2];
  ASSERT_EQ(pipe(answer), 0);
  ASSERT_EQ(pipe(end), 0);
  const pid_t other_judge = fork();
  if (other_judge == 0) {
    close(end[1]);
    const Identity identity = identity_of_slot(kSlot);
    char nothing;
    const bool told = write(answer[1], &identity, sizeof identity) == sizeof identity;
    _exit(told && read(end[0], &nothing, 1) == 0 ? 0 : 1);  // keeps it until told to end
  }
  Identity theirs;
  ASSERT_EQ(read(answer[0], &theirs, sizeof theirs), static_cast<ssize_t>(sizeof theirs));
  const Identity ours = identity_of_slot(kSlot);
  EXPECT_EQ(ours.drop, geteuid() == 0);
  EXPECT_EQ(ours.id == theirs.id, !ours.drop) << ours.id;
  EXPECT_EQ(identity_of_slot(kSlot).id, ours.id) << "a slot keeps its identity";
  for (const int descriptor : {answer[0], answer[1], end[0], end[1]}) close(descriptor);
  int status = 1;
  waitpid(other_judge, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Sandbox, TakesTheBestRungThereIs) {
  const Rung best = rungs_here().back();
  EXPECT_EQ(Sandbox::detect().rung(), best);
  EXPECT_EQ(Sandbox::detect(true).rung(), best) << "trust takes no wall away";
  EXPECT_EQ(Sandbox::detect().notes().empty(), best == Rung::kR0) << "a lower rung is explained";
}

}  // namespace
}  // namespace tito
