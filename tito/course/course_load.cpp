// Reading and validating course.yaml.

#include <algorithm>
#include <cctype>
#include <set>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/course/course.h"
#include "tito/course/nearest.h"
#include "tito/course/yaml.h"

namespace tito {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower_word(std::string_view text) {
  const auto allowed = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

// "15_quantization": these names become folder names, so nothing else may pass.
bool is_module_name(std::string_view name) {
  return name.size() > 3 && is_digit(name[0]) && is_digit(name[1]) && name[2] == '_' &&
         is_lower_word(name);
}

bool is_task_id(std::string_view id, std::string_view module) {
  return id.size() > 3 && id.size() < 8 && id.substr(0, 2) == module.substr(0, 2) && id[2] == '.' &&
         std::all_of(id.begin() + 3, id.end(), is_digit);
}

// "tinytorch/quantization/arithmetic/affine.h" for the part "affine".
bool is_header_of(std::string_view header, std::string_view part) {
  const std::string file = '/' + std::string(part) + ".h";
  return header.substr(0, 10) == "tinytorch/" && header.size() > 9 + file.size() &&
         header.substr(header.size() - file.size()) == file && header.find("..") == header.npos;
}

class Loader {
 public:
  explicit Loader(const std::string& text) : file_(text, "course.yaml") {}

  Course load() {
    const auto& root = file_.root();
    file_.check_keys(root, "the course", {"course", "modules"}, {"rooms"});
    Course course;
    course.title = file_.text(root, "course");
    course.rooms = file_.texts(root, "rooms");
    for (const auto& node : file_.list(root, "modules")) {
      course.modules.push_back(load_module(node));
    }
    if (course.modules.empty()) file_.fail(root["modules"], "no modules, expected at least one");
    return course;
  }

 private:
  Module load_module(const YAML::Node& node) {
    file_.check_keys(node, "a module", {"name", "title", "stage", "parts"}, {"summary", "needs"});
    Module module;
    module.name = file_.text(node, "name");
    if (!is_module_name(module.name)) {
      file_.fail(node["name"],
                 "module name \"" + module.name +
                     "\", expected two digits, _ and lower-case words as in 15_quantization");
    }
    require_new(node["name"], module_names_, module.name, "module");
    module.title = file_.text(node, "title");
    if (node["summary"]) module.summary = file_.text(node, "summary");
    module.stage = file_.text(node, "stage");
    if (module.stage != "complete" && module.stage != "engine") {
      file_.fail(node["stage"], "stage \"" + module.stage + "\", expected complete or engine");
    }
    module.needs = known_names(node, "needs", module_names_, "an earlier module");
    for (const auto& part : file_.list(node, "parts"))
      module.parts.push_back(load_part(part, module));
    if (module.parts.empty()) file_.fail(node["parts"], "no parts, expected at least one");
    module_names_.push_back(module.name);
    return module;
  }

  Part load_part(const YAML::Node& node, const Module& module) {
    file_.check_keys(node, "a part", {"name", "header", "title", "tasks"}, {});
    Part part;
    part.name = file_.text(node, "name");
    if (!is_lower_word(part.name)) {
      file_.fail(node["name"],
                 "part name \"" + part.name + "\", expected lower-case words joined by _");
    }
    for (const auto& other : module.parts) {
      if (other.name == part.name)
        file_.fail(node["name"], "part \"" + part.name + "\" twice, expected once");
    }
    part.header = file_.text(node, "header");
    if (!is_header_of(part.header, part.name)) {
      file_.fail(node["header"],
                 "header \"" + part.header + "\", expected tinytorch/<room>/" + part.name +
                     ".h: a part is one header and one source of the same base name");
    }
    part.title = file_.text(node, "title");
    for (const auto& task : file_.list(node, "tasks"))
      part.tasks.push_back(load_task(task, module));
    if (part.tasks.empty()) file_.fail(node["tasks"], "no tasks, expected at least one");
    return part;
  }

  Task load_task(const YAML::Node& node, const Module& module) {
    std::vector<std::string> required{"id", "name", "title", "points"};
    std::vector<std::string> optional{"needs", "hints"};
    (module.complete() ? required : optional).push_back("suite");
    file_.check_keys(node, "a task", required, optional);
    Task task;
    task.line = YamlFile::line(node);
    task.id = file_.text(node, "id");
    if (!is_task_id(task.id, module.name)) {
      file_.fail(node["id"], "task id \"" + task.id +
                                 "\", expected the module's number, a dot and a number as in \"" +
                                 module.name.substr(0, 2) + ".1\" (quoted)");
    }
    require_new(node["id"], task_ids_, task.id, "task");
    task.name = file_.text(node, "name");
    task.title = file_.text(node, "title");
    task.points = file_.whole_number(node, "points");
    if (node["suite"]) {
      task.suite = file_.text(node, "suite");
      require_new(node["suite"], suites_, task.suite, "suite");
      suites_.push_back(task.suite);
    }
    task.needs = known_names(node, "needs", task_ids_, "an earlier task");
    task.hints = file_.texts(node, "hints");
    task_ids_.push_back(task.id);
    return task;
  }

  std::vector<std::string> known_names(const YAML::Node& node, const std::string& key,
                                       const std::vector<std::string>& known,
                                       const std::string& what) {
    std::vector<std::string> names;
    for (const auto& item : file_.list(node, key)) {
      const std::string name = item.IsScalar() ? item.Scalar() : "";
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        file_.fail(item, key + " names \"" + name + "\", expected the name of " + what + '.' +
                             did_you_mean(name, known));
      }
      names.push_back(name);
    }
    return names;
  }

  void require_new(const YAML::Node& node, const std::vector<std::string>& names,
                   const std::string& name, const std::string& what) {
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      file_.fail(node, what + " \"" + name + "\" twice, expected each once");
    }
  }

  YamlFile file_;
  std::vector<std::string> module_names_, task_ids_, suites_;
};

}  // namespace

Course load_course(const std::filesystem::path& root) {
  Course course = Loader(read_file(root / "course.yaml", 4u << 20)).load();
  course.root = root;
  return course;
}

}  // namespace tito
