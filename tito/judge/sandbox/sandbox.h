#pragma once
// Which walls this machine can put around a stranger's program, found by trying each.
//
//   R0    namespaces and seccomp by bubblewrap, plus a cgroup that caps memory and processes
//   R1    the same without a cgroup: the tree is polled instead, and memfd_create is refused
//   none  no walls; only for whoever says that they trust the code
// (R2, Landlock where user namespaces are forbidden, is not built: such a machine is refused.)

#include <filesystem>
#include <string>
#include <vector>

namespace tito {

enum class Rung { kR0, kR1, kNone };

// "R0", "R1", "none": what every report states.
std::string to_string(Rung rung);

class Sandbox {
 public:
  // Throws UserError, saying what is missing, when there is no rung and the code is not trusted.
  static Sandbox detect(bool trust_code = false);
  // A lower rung than the best, for tests of the ladder. Throws InternalError when it fails here.
  static Sandbox at(Rung rung);

  Rung rung() const { return rung_; }
  bool walled() const { return rung_ != Rung::kNone; }
  // Why a better rung was not taken; for `tito doctor`.
  const std::vector<std::string>& notes() const { return notes_; }
  const std::filesystem::path& bubblewrap() const { return bubblewrap_; }

 private:
  Rung rung_ = Rung::kNone;
  std::filesystem::path bubblewrap_;
  std::vector<std::string> notes_;
};

}  // namespace tito
