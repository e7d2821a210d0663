#include "tito/devcheck/misconception.h"

#include <fmt/format.h>

#include <algorithm>
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

// The part whose file it is, by the file's name.
const Part& part_of(const Module& module, const fs::path& path) {
  std::string names;
  for (const auto& part : module.parts) {
    if (part.name == path.stem().string()) return part;
    names += (names.empty() ? "" : ", ") + part.name;
  }
  throw UserError(fmt::format("tests/{}/misconceptions/{}: no such part in {}, expected one of: {}",
                              module.name, path.filename().string(), module.file(), names));
}

// One item of a part's list.
Misconception load(const YamlFile& file, const YAML::Node& node, const Part& part) {
  file.check_keys(node, "a misconception", {"task", "name", "why", "replace", "expect"},
                  {"verdict"});
  Misconception result;
  result.task = file.text(node, "task");
  const bool own = std::any_of(part.tasks.begin(), part.tasks.end(),
                               [&](const Task& task) { return task.id == result.task; });
  if (!own) {
    file.fail(node["task"],
              fmt::format("task \"{}\", expected one of the part {}, whose file it is", result.task,
                          part.name));
  }
  result.name = file.text(node, "name");
  result.why = file.text(node, "why");
  result.expect = file.text(node, "expect");
  if (node["verdict"]) {
    const auto status = status_named(file.text(node, "verdict"));
    if (!status)
      file.fail(node["verdict"],
                "verdict \"" + file.text(node, "verdict") + "\", expected fail, crash or timeout");
    result.verdict = *status;
  }
  for (const auto& item : file.list(node, "replace")) {
    file.check_keys(item, "a replacement", {"find", "with"}, {});
    const auto with = item["with"];
    if (!with.IsScalar()) file.fail(item, "\"with\", expected text (\"\" removes what was found)");
    result.replace.emplace_back(file.text(item, "find"), with.Scalar());
  }
  if (result.replace.empty())
    file.fail(node["replace"], "nothing to replace, expected a list of find and with");
  return result;
}

void load_part(const Course& course, const Module& module, const fs::path& path,
               std::vector<Misconception>& all) {
  const Part& part = part_of(module, path);
  const std::string name = path.lexically_relative(course.root).generic_string();
  const YamlFile file(read_file(path, 4u << 20), name);
  if (!file.root().IsSequence())
    file.fail(file.root(), "expected a list of misconceptions, each behind \"- \"");
  for (const auto& node : file.root()) {
    Misconception next = load(file, node, part);
    next.place = fmt::format("{}:{}", name, YamlFile::line(node));
    for (const auto& other : all) {
      if (other.task != next.task || other.name != next.name) continue;
      file.fail(node, fmt::format("misconception \"{}\" of {} twice, expected each once", next.name,
                                  next.task));
    }
    all.push_back(std::move(next));
  }
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
    load_part(course, module, path, result);
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
                      misconception.place, find, times));
    }
    const std::size_t first = text.text.find(wanted);
    const std::size_t begin = text.at[first];
    const std::size_t end = text.at[first + wanted.size() - 1] + 1;
    solution.replace(begin, end - begin, with);
  }
  return solution;
}

}  // namespace tito
