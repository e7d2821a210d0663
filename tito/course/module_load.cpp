#include "tito/course/module_load.h"

#include <algorithm>
#include <cctype>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/course/nearest.h"
#include "tito/course/source_scan.h"
#include "tito/course/yaml.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower_word(std::string_view text) {
  const auto allowed = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
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
  Loader(const std::string& text, const std::string& name, KnownNames& known)
      : file_(text, "modules/" + name + "/module.yaml"), known_(known) {
    module_.name = name;
  }

  Module load() {
    const auto& root = file_.root();
    file_.check_keys(root, "a module", {"title", "stage", "parts"},
                     {"summary", "needs", "milestone"});
    module_.title = file_.text(root, "title");
    if (root["summary"]) module_.summary = file_.text(root, "summary");
    module_.stage = file_.text(root, "stage");
    if (module_.stage != "complete" && module_.stage != "engine") {
      file_.fail(root["stage"], "stage \"" + module_.stage + "\", expected complete or engine");
    }
    module_.needs = known_names(root, "needs", known_.modules, "an earlier module");
    if (root["milestone"]) module_.milestone = file_.text(root, "milestone");
    for (const auto& part : file_.list(root, "parts")) module_.parts.push_back(load_part(part));
    if (module_.parts.empty()) file_.fail(root["parts"], "no parts, expected at least one");
    return module_;
  }

 private:
  Part load_part(const YAML::Node& node) {
    std::vector<std::string> required{"name", "header", "title"};
    std::vector<std::string> optional{"minutes", "tasks"};
    (module_.complete() ? required : optional).push_back("track");
    file_.check_keys(node, "a part", required, optional);
    Part part;
    part.name = file_.text(node, "name");
    if (!is_lower_word(part.name)) {
      file_.fail(node["name"],
                 "part name \"" + part.name + "\", expected lower-case words joined by _");
    }
    for (const auto& other : module_.parts) {
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
    if (node["track"]) part.track = load_track(node["track"], part.name);
    if (node["minutes"]) part.minutes = file_.whole_number(node, "minutes");
    for (const auto& task : file_.list(node, "tasks")) part.tasks.push_back(load_task(task));
    // A package of the core alone holds the other parts as sources and asks for nothing in them.
    if (part.tasks.empty() && part.core())
      file_.fail(node, "part \"" + part.name + "\" has no tasks, expected at least one");
    return part;
  }

  // Parts in depth come last, so that every list of tasks is one a learner may follow.
  Track load_track(const YAML::Node& node, const std::string& part) {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text != "core" && text != "depth")
      file_.fail(node, "track \"" + text + "\", expected core or depth");
    const bool depth_before = !module_.parts.empty() && !module_.parts.back().core();
    if (text == "core" && depth_before) {
      file_.fail(node,
                 "part \"" + part + "\" of the core below one in depth, expected the core first");
    }
    if (text == "depth" && module_.parts.empty())
      file_.fail(node, "the first part is in depth, expected one of the core first");
    return text == "core" ? Track::kCore : Track::kDepth;
  }

  Task load_task(const YAML::Node& node) {
    std::vector<std::string> required{"id", "name", "title", "points"};
    std::vector<std::string> optional{"needs", "hints"};
    (module_.complete() ? required : optional).push_back("suite");
    file_.check_keys(node, "a task", required, optional);
    Task task;
    task.line = YamlFile::line(node);
    task.id = file_.text(node, "id");
    if (!is_task_id(task.id, module_.name)) {
      file_.fail(node["id"], "task id \"" + task.id +
                                 "\", expected the module's number, a dot and a number as in \"" +
                                 module_.name.substr(0, 2) + ".1\" (quoted)");
    }
    require_new(node["id"], known_.tasks, task.id, "task");
    task.name = file_.text(node, "name");
    task.title = file_.text(node, "title");
    task.points = file_.whole_number(node, "points");
    if (node["suite"]) {
      task.suite = file_.text(node, "suite");
      require_new(node["suite"], known_.suites, task.suite, "suite");
      known_.suites.push_back(task.suite);
    }
    task.needs = known_names(node, "needs", known_.tasks, "an earlier task");
    task.hints = file_.texts(node, "hints");
    known_.tasks.push_back(task.id);
    return task;
  }

  // A task of a given module: nobody writes it here.
  bool is_given(const std::string& task) const {
    return std::any_of(known_.given.begin(), known_.given.end(),
                       [&](const std::string& module) { return is_task_id(task, module); });
  }

  std::vector<std::string> known_names(const YAML::Node& node, const std::string& key,
                                       const std::vector<std::string>& known,
                                       const std::string& what) {
    std::vector<std::string> names;
    for (const auto& item : file_.list(node, key)) {
      const std::string name = item.IsScalar() ? item.Scalar() : "";
      if (is_given(name)) continue;
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
  KnownNames& known_;
  Module module_;
};

// A source includes its own header: the one of the same base name.
std::string own_header(const fs::path& source) {
  for (const auto& include : includes_of(read_file(source))) {
    if (is_header_of(include.target, source.stem().string())) return include.target;
  }
  return "";
}

}  // namespace

bool is_module_name(std::string_view name) {
  return name.size() > 3 && is_digit(name[0]) && is_digit(name[1]) && name[2] == '_' &&
         is_lower_word(name);
}

Module load_module(const fs::path& root, const std::string& name, KnownNames& known) {
  return Loader(read_file(root / "modules" / name / "module.yaml", 4u << 20), name, known).load();
}

Module load_given_module(const fs::path& root, const std::string& name) {
  Module module;
  module.name = name;
  module.title = name.substr(3);
  std::replace(module.title.begin(), module.title.end(), '_', ' ');
  module.title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(module.title[0])));
  module.stage = "engine";
  module.given = true;
  for (const auto& source : files_below(root / "solutions" / name, {".cpp"})) {
    Part part;
    part.name = source.stem().string();
    part.header = own_header(source);
    part.title = part.name;
    module.parts.push_back(std::move(part));
  }
  if (module.parts.empty()) {
    throw UserError("course.yaml gives " + name + ", expected its sources in solutions/" + name);
  }
  return module;
}

}  // namespace tito
