#include "tito/judge/sandbox/sandbox.h"

#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "tito/base/error.h"
#include "tito/judge/sandbox/box.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> find_bubblewrap() {
  for (const char* place : {"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"}) {
    if (::access(place, X_OK) == 0) return place;
  }
  return std::nullopt;
}

// Starts a program in a box of this rung and says why it could not, or nothing.
std::string trial(const Sandbox& sandbox) {
  BoxSpec spec;
  spec.argv = {"/usr/bin/true"};
  spec.system = true;
  spec.filter = Filter::kCompiler;
  try {
    const BoxResult result = run_boxed(sandbox, spec, std::chrono::seconds(10));
    if (result.ok()) return {};
    return result.err.empty() ? "a program in a box did not end well" : result.err;
  } catch (const InternalError& error) {
    return error.what();
  }
}

}  // namespace

std::string to_string(Rung rung) {
  switch (rung) {
    case Rung::kR0:
      return "R0";
    case Rung::kR1:
      return "R1";
    case Rung::kNone:
      break;
  }
  return "none";
}

Sandbox Sandbox::at(Rung rung) {
  Sandbox sandbox;
  sandbox.rung_ = rung;
  if (rung == Rung::kNone) return sandbox;
  const auto bubblewrap = find_bubblewrap();
  if (!bubblewrap) throw InternalError("bubblewrap is not installed (Debian: bubblewrap)");
  sandbox.bubblewrap_ = *bubblewrap;
  if (rung == Rung::kR0) remove_stale_cgroups();
  const std::string failure = trial(sandbox);
  if (!failure.empty()) throw InternalError(to_string(rung) + ": " + failure);
  return sandbox;
}

Sandbox Sandbox::detect(bool trust_code) {
  std::vector<std::string> notes;
  for (const Rung rung : {Rung::kR0, Rung::kR1}) {
    try {
      Sandbox sandbox = at(rung);
      sandbox.notes_ = notes;
      return sandbox;
    } catch (const InternalError& error) {
      notes.emplace_back(error.what());
    }
  }
  if (!trust_code) {
    std::string reasons;
    for (const std::string& note : notes) reasons += "\n  " + note;
    throw UserError("no sandbox works on this machine, so strangers' code is not run:" + reasons +
                    "\nInstall bubblewrap and allow user namespaces, or, for code you have read, "
                    "pass --i-trust-this-code.");
  }
  Sandbox sandbox = at(Rung::kNone);
  sandbox.notes_ = notes;
  return sandbox;
}

}  // namespace tito
