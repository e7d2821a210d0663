#include "tito/devcheck/misconception.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/course/source_scan.h"
#include "tito/course/yaml.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

std::optional<Status> status_named(const std::string& name) {
  for (const Status status : {Status::kFail, Status::kCrash, Status::kTimeout}) {
    if (to_string(status) == name) return status;
  }
  return std::nullopt;
}

Misconception load(const Course& course, const Module& module, const fs::path& path) {
  Misconception result;
  result.file = path.lexically_relative(course.root).generic_string();
  const YamlFile file(read_file(path), result.file);
  const auto& root = file.root();
  file.check_keys(root, "a misconception", {"task", "name", "why", "replace", "expect"},
                  {"verdict"});
  result.task = file.text(root, "task");
  const TaskRef task = course.find_task(result.task);
  if (task.module != &module || !path.filename().string().starts_with(task.task->id + '_')) {
    file.fail(root["task"],
              fmt::format("task \"{}\", expected the one the file's name begins with, of {}",
                          result.task, module.name));
  }
  result.name = file.text(root, "name");
  result.why = file.text(root, "why");
  result.expect = file.text(root, "expect");
  if (root["verdict"]) {
    const auto status = status_named(file.text(root, "verdict"));
    if (!status)
      file.fail(root["verdict"],
                "verdict \"" + file.text(root, "verdict") + "\", expected fail, crash or timeout");
    result.verdict = *status;
  }
  for (const auto& item : file.list(root, "replace")) {
    file.check_keys(item, "a replacement", {"find", "with"}, {});
    const auto with = item["with"];
    if (!with.IsScalar()) file.fail(item, "\"with\", expected text (\"\" removes what was found)");
    result.replace.emplace_back(file.text(item, "find"), with.Scalar());
  }
  if (result.replace.empty())
    file.fail(root["replace"], "nothing to replace, expected a list of find and with");
  return result;
}

// A text without white space, and where each kept character stood.
struct Squeezed {
  std::string text;
  std::vector<std::size_t> at;
};

Squeezed squeeze(const std::string& text) {
  Squeezed squeezed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::isspace(static_cast<unsigned char>(text[i])) != 0) continue;
    squeezed.text += text[i];
    squeezed.at.push_back(i);
  }
  return squeezed;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

std::vector<Misconception> load_misconceptions(const Course& course, const Module& module) {
  std::vector<Misconception> result;
  for (const auto& path :
       files_below(course.root / "tests" / module.name / "misconceptions", {".yaml"})) {
    result.push_back(load(course, module, path));
  }
  return result;
}

// White space is passed over, so that reformatting the solution breaks no misconception.
std::string apply(const Misconception& misconception, std::string solution) {
  for (const auto& [find, with] : misconception.replace) {
    const Squeezed text = squeeze(solution);
    const std::string wanted = squeeze(find).text;
    const std::size_t times = wanted.empty() ? 0 : count(text.text, wanted);
    if (times != 1) {
      throw UserError(
          fmt::format("{}: \"{}\" occurs {} times in the solution, expected exactly once",
                      misconception.file, find, times));
    }
    const std::size_t first = text.text.find(wanted);
    const std::size_t begin = text.at[first];
    const std::size_t end = text.at[first + wanted.size() - 1] + 1;
    solution.replace(begin, end - begin, with);
  }
  return solution;
}

}  // namespace tito
