#include "tito/judge/sandbox/seccomp.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "tito/base/error.h"

namespace tito {
namespace {

constexpr scmp_datum_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                        CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                        0x00000080 /* CLONE_NEWTIME */;

// Names, since a library older than the kernel does not know every number.
const std::vector<const char*> kWorkerCalls = {
    // memory
    "mmap", "munmap", "mprotect", "mremap", "madvise", "brk",
    // files and pipes; the root is empty, so there is little to open
    "read", "write", "readv", "writev", "pread64", "pwrite64", "open", "openat", "close", "lseek",
    "stat", "fstat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "pipe",
    "pipe2", "dup", "dup2", "dup3", "fcntl", "ftruncate", "truncate", "fsync", "fdatasync",
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "getcwd",
    "chdir", "readlink", "readlinkat", "getdents64", "umask", "chmod", "fchmod", "poll", "ppoll",
    "select", "pselect6", "eventfd2",
    // processes and threads
    "fork", "vfork", "execve", "exit", "exit_group", "wait4", "waitid", "kill", "tkill", "tgkill",
    "getpid", "getppid", "gettid", "getpgrp", "getpgid", "setpgid", "setsid", "getuid", "geteuid",
    "getgid", "getegid", "futex", "pause", "set_tid_address", "set_robust_list", "rseq",
    "arch_prctl", "sched_yield", "sched_getaffinity", "sched_setaffinity", "getcpu", "membarrier",
    // signals and time
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
    "rt_sigtimedwait", "sigaltstack", "restart_syscall", "nanosleep", "clock_nanosleep",
    "clock_gettime", "clock_getres", "gettimeofday", "time", "times", "alarm", "setitimer",
    "getitimer",
    // asking
    "getrlimit", "setrlimit", "getrusage", "uname", "sysinfo", "getrandom"};

const std::vector<const char*> kDoorsOut = {"socket",
                                            "socketpair",
                                            "ptrace",
                                            "process_vm_readv",
                                            "process_vm_writev",
                                            "pidfd_getfd",
                                            "mount",
                                            "umount2",
                                            "pivot_root",
                                            "chroot",
                                            "unshare",
                                            "setns",
                                            "open_tree",
                                            "move_mount",
                                            "fsopen",
                                            "fsmount",
                                            "fsconfig",
                                            "fspick",
                                            "mount_setattr",
                                            "bpf",
                                            "perf_event_open",
                                            "io_uring_setup",
                                            "io_uring_enter",
                                            "io_uring_register",
                                            "keyctl",
                                            "add_key",
                                            "request_key",
                                            "userfaultfd",
                                            "kexec_load",
                                            "kexec_file_load",
                                            "init_module",
                                            "finit_module",
                                            "delete_module",
                                            "open_by_handle_at",
                                            "name_to_handle_at",
                                            "quotactl",
                                            "quotactl_fd",
                                            "acct",
                                            "swapon",
                                            "swapoff",
                                            "reboot",
                                            "sethostname",
                                            "setdomainname",
                                            "personality",
                                            "syslog",
                                            "settimeofday",
                                            "clock_settime",
                                            "clock_adjtime",
                                            "adjtimex",
                                            "iopl",
                                            "ioperm",
                                            "modify_ldt",
                                            "vmsplice",
                                            "fanotify_init",
                                            "lookup_dcookie",
                                            "nfsservctl",
                                            "vhangup",
                                            "mknod",
                                            "mknodat",
                                            "move_pages",
                                            "migrate_pages",
                                            "mbind",
                                            "set_mempolicy",
                                            "kcmp"};

using Context = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

void add(const Context& context, std::uint32_t action, const char* name,
         const std::vector<scmp_arg_cmp>& when = {}) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return;  // unknown to this library: the default holds
  const int failed = seccomp_rule_add_array(context.get(), action, number,
                                            static_cast<unsigned>(when.size()), when.data());
  if (failed != 0) throw InternalError(std::string("seccomp: no rule for ") + name);
}

void add_worker_rules(const Context& context, bool count_memfd) {
  for (const char* name : kWorkerCalls) add(context, SCMP_ACT_ALLOW, name);
  if (count_memfd) add(context, SCMP_ACT_ALLOW, "memfd_create");
  // Threads and children, but no namespaces. The flags of clone3 are out of a filter's reach;
  // the C library falls back to clone.
  add(context, SCMP_ACT_ALLOW, "clone", {SCMP_A0(SCMP_CMP_MASKED_EQ, kNewNamespaces, 0)});
  add(context, SCMP_ACT_ERRNO(ENOSYS), "clone3");
  // Its own limits only.
  add(context, SCMP_ACT_ALLOW, "prlimit64", {SCMP_A0(SCMP_CMP_EQ, 0)});
  add(context, SCMP_ACT_ALLOW, "ioctl", {SCMP_A1(SCMP_CMP_EQ, TCGETS)});
  add(context, SCMP_ACT_ALLOW, "prctl", {SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)});
  add(context, SCMP_ACT_ALLOW, "prctl", {SCMP_A0(SCMP_CMP_EQ, 0x53564d41 /* PR_SET_VMA */)});
}

void add_compiler_rules(const Context& context, bool count_memfd) {
  const std::uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
  for (const char* name : kDoorsOut) add(context, refuse, name);
  if (!count_memfd) add(context, refuse, "memfd_create");
  for (scmp_datum_t bit = 1; bit <= kNewNamespaces; bit <<= 1) {
    if ((kNewNamespaces & bit) != 0) {
      add(context, refuse, "clone", {SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit)});
    }
  }
  add(context, SCMP_ACT_ERRNO(ENOSYS), "clone3");
  add(context, refuse, "ioctl", {SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffu, TIOCSTI)});
  add(context, refuse, "ioctl", {SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffu, TIOCLINUX)});
}

}  // namespace

std::string compile_filter(Filter filter, bool count_memfd) {
  const bool worker = filter == Filter::kWorker;
  const Context context(seccomp_init(worker ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW),
                        &seccomp_release);
  // Calls of another architecture (32 bit, x32) would slip past rules written for this one.
  if (!context ||
      seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0) {
    throw InternalError("seccomp: no filter can be made");
  }
  worker ? add_worker_rules(context, count_memfd) : add_compiler_rules(context, count_memfd);

  const int descriptor = memfd_create("filter", MFD_CLOEXEC);
  if (descriptor < 0 || seccomp_export_bpf(context.get(), descriptor) != 0) {
    if (descriptor >= 0) ::close(descriptor);
    throw InternalError("seccomp: the filter cannot be written");
  }
  std::string program(static_cast<std::size_t>(::lseek(descriptor, 0, SEEK_END)), '\0');
  const ssize_t got = ::pread(descriptor, program.data(), program.size(), 0);
  ::close(descriptor);
  if (got != static_cast<ssize_t>(program.size())) throw InternalError("seccomp: short read");
  return program;
}

}  // namespace tito
