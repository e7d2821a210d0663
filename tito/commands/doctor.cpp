// tito doctor: is everything here that the course needs?

#include <fmt/format.h>

#include <charconv>

#include "tito/base/error.h"
#include "tito/base/json.h"
#include "tito/base/parallel.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/judge/sandbox/sandbox.h"
#include "tito/learner/packages.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  void declare(Arguments&) {}
};

struct Finding {
  std::string name;
  bool ok = false;
  bool needed = false;
  std::string detail;
  std::string remedy;
};

int major_of(const std::string& version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

Finding from_package(const Package& package) {
  Finding finding{package.name, package.found, package.kind == "needed", {}, {}};
  finding.detail =
      package.found ? fmt::format("{:<16} {}", package.version, package.why) : package.why;
  finding.remedy = package.install;
  if (package.name == "g++" && package.found && major_of(package.version) < 12) {
    finding.ok = false;
    finding.remedy = "C++20 as used here needs g++ 12 or later";
  }
  return finding;
}

// The rung that grading would take, found by really starting boxes: locked-down containers have
// bubblewrap and cannot use it.
Finding sandbox_finding() {
  Finding finding{"sandbox", false, false, "", "only grading other people's code needs it"};
  const Sandbox sandbox = Sandbox::detect(true);
  finding.ok = sandbox.walled();
  switch (sandbox.rung()) {
    case Rung::kR0:
      finding.detail = "R0: namespaces, seccomp, memory capped by a cgroup";
      break;
    case Rung::kR1:
      finding.detail = "R1: namespaces and seccomp; memory is watched, not capped";
      break;
    case Rung::kNone:
      finding.detail = sandbox.notes().empty() ? "none works here" : sandbox.notes().back();
      finding.detail = "none: " + finding.detail.substr(0, finding.detail.find('\n'));
      break;
  }
  return finding;
}

Finding disk_finding(const fs::path& root) {
  std::error_code error;
  const auto space = fs::space(root, error);
  const double gigabytes = static_cast<double>(space.available) / 1e9;
  return {"disk space", !error && gigabytes > 1.0, true, fmt::format("{:.1f} GB free", gigabytes),
          "the build folders take up to 1 GB"};
}

std::vector<Finding> examine(Session& session) {
  std::vector<Finding> findings;
  for (const auto& package : look_for_packages(session.root()))
    findings.push_back(from_package(package));
  findings.push_back({"processors", true, false, fmt::format("{}", worker_count()), ""});
  findings.push_back(disk_finding(session.root()));
  findings.push_back(sandbox_finding());
  const bool built = fs::exists(session.build_dir() / "build.ninja");
  findings.push_back({"build/dev", built, true, built ? "configured" : "not configured",
                      "start tito through bin/tito"});
  return findings;
}

void print(const std::vector<Finding>& findings, bool healthy) {
  fmt::print("\n");
  for (const auto& finding : findings) {
    std::string symbol = paint(Colour::kGreen, "✓");
    if (!finding.ok)
      symbol = finding.needed ? paint(Colour::kRed, "✗") : paint(Colour::kYellow, "–");
    fmt::print("  {} {:<19} {}\n", symbol, finding.name, printable(finding.detail));
    if (!finding.ok && !finding.remedy.empty()) {
      fmt::print(
          "    {:<19} {}\n", "",
          paint(Colour::kYellow, (finding.needed ? "needed: " : "optional: ") + finding.remedy));
    }
  }
  if (healthy) {
    fmt::print("\n  All that is needed is here. Next: tito\n");
  } else {
    fmt::print("\n  Something needed is missing; the lines marked ✗ say how to get it.\n");
  }
}

int run(Session& session, const Options&) {
  const auto findings = examine(session);
  bool healthy = true;
  Json items = Json::array();
  for (const auto& finding : findings) {
    healthy = healthy && (finding.ok || !finding.needed);
    items.add(Json()
                  .set("name", finding.name)
                  .set("ok", finding.ok)
                  .set("needed", finding.needed)
                  .set("detail", finding.detail)
                  .set("remedy", finding.ok ? "" : finding.remedy));
  }
  if (session.json) {
    print_json(Json().set("healthy", healthy).set("findings", items));
  } else {
    print(findings, healthy);
  }
  return healthy ? kSuccess : kWorkFails;
}

}  // namespace

Command doctor_command() {
  return make_command<Options>("doctor", "Learning",
                               "Check that this machine has what the course needs",
                               "Exit status 1 when something needed is missing.\n\n"
                               "Examples:\n"
                               "  tito doctor\n"
                               "  tito doctor --json",
                               run);
}

}  // namespace tito
