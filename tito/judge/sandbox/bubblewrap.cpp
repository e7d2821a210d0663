// The bubblewrap command line of a box.

#include <filesystem>

#include "tito/judge/sandbox/box.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

void add_system(std::vector<std::string>& argv) {
  const auto add = [&argv](std::initializer_list<std::string> arguments) {
    argv.insert(argv.end(), arguments);
  };
  add({"--ro-bind", "/usr", "/usr", "--dev-bind", "/dev/null", "/dev/null"});
  // Where /bin and /lib are folders of their own, they are shown as such.
  for (const char* name : {"/bin", "/lib", "/lib64"}) {
    std::error_code error;
    if (fs::is_symlink(name, error)) {
      add({"--symlink", fs::read_symlink(name).string(), name});
    } else if (fs::exists(name, error)) {
      add({"--ro-bind", name, name});
    }
  }
}

}  // namespace

std::vector<std::string> bubblewrap_command(const Sandbox& sandbox, const BoxSpec& spec) {
  std::vector<std::string> argv{sandbox.bubblewrap().string()};
  const auto add = [&argv](std::initializer_list<std::string> arguments) {
    argv.insert(argv.end(), arguments);
  };
  add({"--unshare-user", "--unshare-pid",
       "--unshare-net",  "--unshare-ipc",
       "--unshare-uts",  "--unshare-cgroup-try",
       "--hostname",     "box",
       "--uid",          "1000",
       "--gid",          "1000",
       "--cap-drop",     "ALL",
       "--new-session",  "--die-with-parent",
       "--seccomp",      "4",
       "--info-fd",      "5"});
  if (spec.first_process) add({"--as-pid-1"});
  if (spec.system) add_system(argv);
  // A mount may lie in /tmp, so that comes first.
  add({"--perms", "0700", "--size", std::to_string(spec.limits.temporary), "--tmpfs", "/tmp"});
  for (const Mount& mount : spec.mounts) {
    add({mount.writable ? "--bind" : "--ro-bind", mount.host.string(), mount.inside.string()});
  }
  add({"--remount-ro", "/", "--chdir", spec.directory.empty() ? "/" : spec.directory.string()});
  for (const auto& [name, value] : spec.environment) add({"--setenv", name, value});
  add({"--"});
  argv.insert(argv.end(), spec.argv.begin(), spec.argv.end());
  return argv;
}

}  // namespace tito
