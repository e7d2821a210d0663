// tito reset: back to the stub, after a backup.

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/course/stubs.h"
#include "tito/learner/backup.h"
#include "tito/learner/source_check.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string target;
  void declare(Arguments& arguments) {
    arguments.positional("target", target, "A module (15) or one part of it (15.affine)", true);
  }
};

bool is_pristine(const fs::path& path, const std::string& stub) {
  return source_problem(path).empty() && read_file(path) == stub;
}

std::vector<const Part*> parts_to_reset(Session& session, const PartTarget& target) {
  std::vector<const Part*> parts;
  for (const auto& part : target.module->parts) {
    const auto path = session.course().learner_source(*target.module, part);
    const bool meant = target.part == nullptr || target.part == &part;
    if (meant && !is_pristine(path, pristine_stub(session.course(), *target.module, part)))
      parts.push_back(&part);
  }
  return parts;
}

int run(Session& session, const Options& options) {
  const PartTarget target = find_part_target(session, options.target);
  const auto parts = parts_to_reset(session, target);
  std::vector<fs::path> paths;
  std::vector<std::string> names;
  for (const Part* part : parts) {
    paths.push_back(session.course().learner_source(*target.module, *part));
    names.push_back(session.shown(paths.back()));
  }
  fs::path backup;
  if (!paths.empty()) backup = back_up(session.root(), paths);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!fs::is_regular_file(fs::symlink_status(paths[i]))) fs::remove_all(paths[i]);
    write_file_atomically(paths[i], pristine_stub(session.course(), *target.module, *parts[i]));
  }
  if (session.json) {
    print_json(Json()
                   .set("module", target.module->name)
                   .set("reset", names)
                   .set("backup", session.shown(backup)));
    return kSuccess;
  }
  if (names.empty()) {
    fmt::print("  Nothing to do: {} is as it was given.\n", options.target);
    return kSuccess;
  }
  for (const auto& name : names) fmt::print("  {} {}\n", paint(Colour::kGreen, "reset"), name);
  fmt::print("\n  Your work is saved in {}\n  Next: tito test {}\n", session.shown(backup),
             target.module->name);
  return kSuccess;
}

}  // namespace

Command reset_command() {
  return make_command<Options>("reset", "Learning",
                               "Put the stubs of a module or part back, after a backup",
                               "Examples:\n"
                               "  tito reset 15           the whole module\n"
                               "  tito reset 15.affine    one source of it",
                               run);
}

}  // namespace tito
