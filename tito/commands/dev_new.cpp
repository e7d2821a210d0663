// tito dev new: a module that already passes dev check, to be rewritten piece by piece.

#include <fmt/format.h>

#include <algorithm>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/json.h"
#include "tito/base/terminal.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/course/course_edit.h"
#include "tito/course/stub_files.h"
#include "tito/devcheck/scaffold.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string name;
  std::string title;
  std::string room;
  std::string part;
  void declare(Arguments& arguments) {
    arguments.positional("name", name, "Number and name: 16_compression", true);
    arguments.option("--title", title, "What people read; default: from the name");
    arguments.option("--room", room, "Folder of tinytorch/ for its header; default: the name");
    arguments.option("--part", part, "Name of its first source; default: the name");
  }
};

bool is_word(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(), allowed);
}

ScaffoldNames names_from(const Options& options) {
  const std::string& name = options.name;
  const bool numbered = name.size() > 3 && std::isdigit(static_cast<unsigned char>(name[0])) != 0 &&
                        std::isdigit(static_cast<unsigned char>(name[1])) != 0 && name[2] == '_';
  if (!numbered || !is_word(name.substr(3))) {
    throw UserError(fmt::format(
        "\"{}\", expected two digits, _ and lower-case words as in 16_compression", name));
  }
  const std::string word = name.substr(3);
  ScaffoldNames names{name, options.title, options.room.empty() ? word : options.room,
                      options.part.empty() ? word : options.part};
  if (names.title.empty()) {
    names.title = word;
    std::replace(names.title.begin(), names.title.end(), '_', ' ');
    names.title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(names.title[0])));
  }
  for (const auto& text : {names.room, names.part}) {
    if (!is_word(text))
      throw UserError(fmt::format("\"{}\", expected lower-case words joined by _", text));
  }
  if (names.title.find_first_of("\n:#\"'@") != names.title.npos) {
    throw UserError("the title stands in module.yaml: no colon, quote, # or @ in it");
  }
  return names;
}

void require_free(Session& session, const ScaffoldNames& names) {
  for (const auto& module : session.course().modules) {
    if (module.name.substr(0, 2) == names.module.substr(0, 2)) {
      throw UserError(
          fmt::format("number {} is taken by {}", names.module.substr(0, 2), module.name));
    }
  }
  for (const auto& [path, content] : scaffold_files(names)) {
    if (fs::exists(session.root() / path))
      throw UserError(path + " exists already; choose another --part or --room");
  }
}

std::string course_with(Session& session, const ScaffoldNames& names) {
  std::string text = read_file(session.root() / "course.yaml");
  const auto& rooms = session.course().rooms;
  if (std::find(rooms.begin(), rooms.end(), names.room) == rooms.end())
    text = insert_room(text, names.room);
  return insert_module(text, names.module);
}

int run(Session& session, const Options& options) {
  const ScaffoldNames names = names_from(options);
  require_free(session, names);
  const std::string course_text = course_with(session, names);
  std::vector<std::string> written;
  for (const auto& [path, content] : scaffold_files(names)) {
    write_file_atomically(session.root() / path, content);
    written.push_back(path);
  }
  write_file_atomically(session.root() / "course.yaml", course_text);
  const Course course = load_course(session.root());
  const Module& module = course.find_module(names.module);
  const auto stubs = stub_files(course, module);
  for (const auto& stub : stubs) {
    write_file_atomically(stub.path, stub.content);
    written.push_back(session.shown(stub.path));
  }
  write_file_atomically(stub_sums_path(course, module), stub_sums(stubs, module));
  if (session.json) {
    print_json(Json().set("module", names.module).set("written", written));
    return kSuccess;
  }
  for (const auto& path : written) fmt::print("  {} {}\n", paint(Colour::kGreen, "wrote"), path);
  fmt::print("  {} {} to course.yaml\n\n", paint(Colour::kGreen, "added"), names.module);
  fmt::print("  Next: tito dev check {}, then put your own task in place of the example.\n",
             names.module.substr(0, 2));
  return kSuccess;
}

}  // namespace

Command dev_new_command() {
  return make_command<Options>(
      "dev new", "Course authors", "Begin a module: folders, header, solution, test, checks",
      "What it writes passes `tito dev check` as it is: one part with one example task.\n\n"
      "Examples:\n"
      "  tito dev new 16_compression\n"
      "  tito dev new 16_compression --part pruning --title \"Making it smaller\"",
      run);
}

}  // namespace tito
