// Reading and validating course.yaml, and with it every module's own file.

#include <algorithm>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/course/course.h"
#include "tito/course/module_load.h"
#include "tito/course/yaml.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

class Loader {
 public:
  explicit Loader(fs::path root)
      : file_(read_file(root / "course.yaml", 4u << 20), "course.yaml"), root_(std::move(root)) {}

  Course load() {
    const auto& root = file_.root();
    file_.check_keys(root, "the course", {"course", "modules"}, {"rooms", "given"});
    Course course;
    course.root = root_;
    course.title = file_.text(root, "course");
    course.rooms = file_.texts(root, "rooms");
    for (const auto& node : file_.list(root, "given")) {
      known_.given.push_back(new_name(node));
      course.modules.push_back(load_given_module(root_, known_.given.back()));
      known_.modules.push_back(known_.given.back());
    }
    const std::size_t given = course.modules.size();
    for (const auto& node : file_.list(root, "modules")) {
      const std::string name = new_name(node);
      if (!fs::is_regular_file(root_ / "modules" / name / "module.yaml")) {
        file_.fail(node, "module " + name + " has no modules/" + name +
                             "/module.yaml, expected its parts and tasks there");
      }
      course.modules.push_back(load_module(root_, name, known_));
      known_.modules.push_back(name);
    }
    if (course.modules.size() == given)
      file_.fail(root["modules"], "no modules, expected at least one");
    return course;
  }

 private:
  std::string new_name(const YAML::Node& node) const {
    const std::string name = node.IsScalar() ? node.Scalar() : "";
    if (!is_module_name(name)) {
      file_.fail(node, "module name \"" + name +
                           "\", expected two digits, _ and lower-case words as in 15_quantization");
    }
    if (std::find(known_.modules.begin(), known_.modules.end(), name) != known_.modules.end()) {
      file_.fail(node, "module \"" + name + "\" twice, expected each once");
    }
    return name;
  }

  YamlFile file_;
  fs::path root_;
  KnownNames known_;
};

}  // namespace

Course load_course(const fs::path& root) { return Loader(root).load(); }

}  // namespace tito
