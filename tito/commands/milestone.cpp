// tito milestone: programs of the field's history, on the learner's engine.

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/json.h"
#include "tito/base/process.h"
#include "tito/base/terminal.h"
#include "tito/build/configure.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/course/nearest.h"
#include "tito/learner/engine.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string name;
  void declare(Arguments& arguments) {
    arguments.positional("name", name, "Which one to run (1958, perceptron); default: list them");
  }
};

struct Milestone {
  std::string name;   // "1958_perceptron", its source's name
  std::string title;  // "1958: the perceptron", from the source's opening comment
  std::string story;  // all of that comment
};

// The comment a source opens with, as one paragraph.
std::string opening_comment(const std::string& source) {
  std::string text;
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line) && line.starts_with("//");) {
    const std::size_t begin = std::min(line.find_first_not_of(' ', 2), line.size());
    text += (text.empty() ? "" : " ") + line.substr(begin);
  }
  return text;
}

// Up to the reference in brackets, or to the end of the first sentence.
std::string title_of(const std::string& story) {
  return story.substr(0, std::min(story.find(" ("), story.find(". ")));
}

// Sources that begin with a year; others in the folder are what they share.
std::vector<Milestone> milestones(Session& session) {
  std::vector<Milestone> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(session.root() / "milestones", error)) {
    const std::string name = entry.path().stem().string();
    const bool dated = !name.empty() && name[0] >= '0' && name[0] <= '9';
    if (entry.path().extension() != ".cpp" || !dated) continue;
    const std::string story = printable(opening_comment(read_file(entry.path())));
    found.push_back({name, title_of(story), story});
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

// "1958", "perceptron" or "1958_perceptron". A year may have seen more than one.
const Milestone& find_milestone(const std::vector<Milestone>& all, const std::string& name) {
  std::vector<std::string> known;
  std::vector<std::string> meant;
  const Milestone* last = nullptr;
  for (const auto& milestone : all) {
    const std::size_t underscore = milestone.name.find('_');
    const bool part =
        underscore != std::string::npos && (name == milestone.name.substr(0, underscore) ||
                                            name == milestone.name.substr(underscore + 1));
    if (name == milestone.name) return milestone;
    known.push_back(milestone.name);
    if (!part) continue;
    meant.push_back(milestone.name);
    last = &milestone;
  }
  if (meant.size() == 1) return *last;
  if (!meant.empty()) {
    throw UserError(fmt::format("\"{}\" may be {}: say which, `tito milestone {}`.", name,
                                fmt::join(meant, " or "), meant.front()));
  }
  throw UserError(fmt::format("no milestone \"{}\".{} The milestones: {}", name,
                              did_you_mean(name, known), fmt::join(known, ", ")));
}

std::vector<std::string> modules_from(const EngineShare& share, const std::string& origin) {
  std::vector<std::string> names;
  for (const auto& one : share.origins) {
    if (one.origin == origin) names.push_back(one.module->name);
  }
  return names;
}

std::vector<std::string> own_modules(const EngineShare& share) {
  return modules_from(share, "exported");
}

// Where there is no reference, as of a package's own module, the engine has what is in modules/.
std::vector<std::string> unfinished_modules(const EngineShare& share) {
  return modules_from(share, "stub");
}

std::string engine_line(const std::vector<std::string>& own, const EngineShare& share) {
  if (const auto as_it_is = unfinished_modules(share); own.empty() && !as_it_is.empty()) {
    return fmt::format("In the engine as it stands in modules/: {}; the rest is the reference.",
                       fmt::join(as_it_is, ", "));
  }
  if (own.empty())
    return "The engine below is the reference throughout; `tito export` puts your modules into it.";
  std::vector<std::string> names;
  for (const auto& one : share.origins) {
    if (one.own_parts.empty()) continue;
    names.push_back(one.all_own() ? one.module->name
                                  : fmt::format("{} ({} of {} parts)", one.module->name,
                                                one.own_parts.size(), one.module->parts.size()));
  }
  return fmt::format("Your own code in the engine: {}; {} of {} modules.", fmt::join(names, ", "),
                     own.size(), share.modules);
}

int list(Session& session, const std::vector<Milestone>& all, const EngineShare& share) {
  if (session.json) {
    Json items = Json::array();
    for (const auto& milestone : all)
      items.add(Json().set("name", milestone.name).set("title", milestone.title));
    print_json(Json().set("milestones", items).set("own_modules", own_modules(share)));
    return kSuccess;
  }
  Table table;
  for (const auto& milestone : all) table.rows.push_back({milestone.name, milestone.title});
  const int width = terminal_width();
  fmt::print("\n{}\n{}\n", render(fold_last_column(table, width)),
             wrap(engine_line(own_modules(share), share), width, 2));
  if (!all.empty()) fmt::print("  Next: tito milestone {}\n", all.front().name);
  return kSuccess;
}

void print_end(bool ok, const EngineShare& share) {
  if (ok) {
    fmt::print("\n  Next: tito milestone lists the others.\n");
    return;
  }
  fmt::print("\n  {} The program failed.\n", paint(Colour::kRed, "✗"));
  for (const std::string& module : unfinished_modules(share)) {
    fmt::print("  Next: tito test {} shows what is still to be written of it.\n", module);
  }
  for (const std::string& module : own_modules(share)) {
    fmt::print("  Next: tito test {0}; tito export {0} --undo takes yours out of the engine.\n",
               module);
  }
}

int play(Session& session, const Milestone& milestone, const EngineShare& share) {
  run_ninja(session.build_dir(), {"milestone_" + milestone.name});
  const auto own = own_modules(share);
  ProcessOptions process;
  process.directory = session.root();
  process.inherit_output = !session.json;
  if (!session.json) {
    const int width = std::min(terminal_width(), 90);
    fmt::print("\n{}\n\n{}\n\n", wrap(milestone.story, width, 2),
               paint(Colour::kGrey, wrap(engine_line(own, share), width, 2)));
    std::fflush(stdout);
  }
  const fs::path program = session.build_dir() / "bin" / ("milestone_" + milestone.name);
  const auto result = run_process({program.string()}, process);
  if (session.json) {
    print_json(Json()
                   .set("milestone", milestone.name)
                   .set("ok", result.ok())
                   .set("output", result.out)
                   .set("own_modules", own));
  } else {
    print_end(result.ok(), share);
  }
  return result.ok() ? kSuccess : kWorkFails;
}

int run(Session& session, const Options& options) {
  const auto all = milestones(session);
  const EngineShare share = engine_share(session.course(), session.toolchain());
  if (options.name.empty()) return list(session, all, share);
  return play(session, find_milestone(all, options.name), share);
}

}  // namespace

Command milestone_command() {
  return make_command<Options>("milestone", "Learning",
                               "Run a program of the field's history on your engine",
                               "Examples:\n"
                               "  tito milestone               list them\n"
                               "  tito milestone perceptron    run one\n"
                               "  tito milestone 1958",
                               run);
}

}  // namespace tito
