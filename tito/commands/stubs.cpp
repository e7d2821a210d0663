// tito stubs [--check] [--force]: modules/ from the marked solutions.

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/course/stub_files.h"
#include "tito/learner/backup.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  bool check = false;
  bool force = false;
  void declare(Arguments& arguments) {
    arguments.flag("--check", check,
                   "Change nothing; exit 1 when modules/ differs from regeneration");
    arguments.flag("--force", force, "Also replace edited sources, after a backup");
  }
};

struct Outcome {
  std::vector<std::string> written, kept, drifted;
  fs::path backup;
};

// Sums and sources that --check calls drift although no listed stub differs.
void find_other_drift(Session& session, const std::vector<StubFile>& files, Outcome& outcome) {
  for (const auto& module : session.course().modules) {
    for (const auto& path : unlisted_sources(session.course(), module)) {
      outcome.drifted.push_back(session.shown(path) + " (no part in " + module.file() + ")");
    }
    const std::string sums = stub_sums(files, module);
    const fs::path path = stub_sums_path(session.course(), module);
    if (!sums.empty() && (!fs::exists(path) || read_file(path) != sums)) {
      outcome.drifted.push_back(session.shown(path));
    }
  }
}

Outcome check(Session& session, const std::vector<StubFile>& files) {
  Outcome outcome;
  for (const auto& file : files) {
    if (file.state == StubState::kCurrent) continue;
    const char* why = file.state == StubState::kMissing ? "missing"
                      : file.state == StubState::kStale ? "of an earlier solution"
                                                        : "edited";
    outcome.drifted.push_back(fmt::format("{} ({})", session.shown(file.path), why));
  }
  find_other_drift(session, files, outcome);
  return outcome;
}

Outcome regenerate(Session& session, const std::vector<StubFile>& files, bool force) {
  Outcome outcome;
  std::vector<fs::path> edited;
  for (const auto& file : files) {
    if (file.state == StubState::kEdited) edited.push_back(file.path);
  }
  if (force && !edited.empty()) outcome.backup = back_up(session.root(), edited);
  for (const auto& file : files) {
    if (file.state == StubState::kEdited && !force)
      outcome.kept.push_back(session.shown(file.path));
    if (file.state == StubState::kCurrent || (file.state == StubState::kEdited && !force)) continue;
    write_file_atomically(file.path, file.content);
    outcome.written.push_back(session.shown(file.path));
  }
  for (const auto& module : session.course().modules) {
    const std::string sums = stub_sums(files, module);
    const fs::path path = stub_sums_path(session.course(), module);
    if (!sums.empty() && (!fs::exists(path) || read_file(path) != sums))
      write_file_atomically(path, sums);
  }
  return outcome;
}

void print(const Outcome& outcome, const Options& options, std::size_t count, Session& session) {
  for (const auto& name : outcome.drifted) fmt::print("  {} {}\n", paint(Colour::kRed, "✗"), name);
  for (const auto& name : outcome.written)
    fmt::print("  {} {}\n", paint(Colour::kGreen, "wrote"), name);
  for (const auto& name : outcome.kept)
    fmt::print("  {} {} (edited)\n", paint(Colour::kYellow, "kept "), name);
  if (!outcome.backup.empty())
    fmt::print("The edited sources are saved in {}.\n", session.shown(outcome.backup));
  if (options.check && outcome.drifted.empty()) {
    fmt::print("{} stubs equal regeneration.\n", count);
  } else if (options.check) {
    fmt::print("{} stubs looked at; the ones above differ. `tito stubs` writes them.\n", count);
  } else if (!outcome.kept.empty()) {
    fmt::print(
        "Edited sources are someone's work and stay. `tito stubs --force` replaces them after a "
        "backup.\n");
  } else {
    fmt::print(
        "{} stubs, {} written. Next: `tito dev check` proves that they fail and the solutions "
        "pass.\n",
        count, outcome.written.size());
  }
}

int run(Session& session, const Options& options) {
  const auto files = stub_files(session.course());
  if (files.empty()) {
    throw UserError(
        "this workspace holds no solutions, so there is nothing to make stubs from; `tito reset` "
        "restores one");
  }
  const Outcome outcome =
      options.check ? check(session, files) : regenerate(session, files, options.force);
  if (session.json) {
    print_json(Json()
                   .set("stubs", files.size())
                   .set("written", outcome.written)
                   .set("kept", outcome.kept)
                   .set("drifted", outcome.drifted)
                   .set("backup", session.shown(outcome.backup)));
  } else {
    print(outcome, options, files.size(), session);
  }
  return outcome.drifted.empty() ? kSuccess : kWorkFails;
}

}  // namespace

Command stubs_command() {
  return make_command<Options>(
      "stubs", "Course authors", "Write modules/ from the marked solutions",
      "A source that differs from every stub generated before is someone's work and is kept.\n\n"
      "Examples:\n"
      "  tito stubs           write what is missing or out of date\n"
      "  tito stubs --check   only look; exit 1 on a difference (for CI)\n"
      "  tito stubs --force   also replace edited sources; they are backed up first",
      run);
}

}  // namespace tito
