#pragma once
// A thin layer over yaml-cpp whose every complaint names file, line and what was expected.
// Only sources that read YAML include this.

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <vector>

namespace tito {

// One YAML file being read. Node accessors throw UserError "course.yaml:12: …, expected …".
class YamlFile {
 public:
  // `name` is what messages call the file.
  YamlFile(const std::string& text, std::string name);

  const YAML::Node& root() const { return root_; }
  static int line(const YAML::Node& node) { return node.Mark().line + 1; }
  [[noreturn]] void fail(const YAML::Node& where, const std::string& what) const;

  // `node` must be a mapping with these keys and no others; a required one must be there.
  void check_keys(const YAML::Node& node, std::string_view what,
                  const std::vector<std::string>& required,
                  const std::vector<std::string>& optional) const;
  // Text of `key`; not empty.
  std::string text(const YAML::Node& node, const std::string& key) const;
  int whole_number(const YAML::Node& node, const std::string& key) const;
  // A list under `key`; empty when the key is absent.
  std::vector<YAML::Node> list(const YAML::Node& node, const std::string& key) const;
  std::vector<std::string> texts(const YAML::Node& node, const std::string& key) const;

 private:
  std::string scalar(const YAML::Node& value, const std::string& key) const;
  std::string name_;
  YAML::Node root_;
};

}  // namespace tito
