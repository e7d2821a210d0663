#pragma once
// A recipe's keys read from YAML; every complaint names file and line. Internal to recipe/, as
// yaml-cpp is.

#include <yaml-cpp/yaml.h>

#include "tinytorch/pipeline/recipe/fields.h"

namespace tinytorch::pipeline {

class YamlFields : public Fields {
 public:
  // Throws Error where the text is no YAML or no mapping.
  YamlFields(const std::string& text, std::string file);

  // Throws Error on a key that `describe` does not mention, at any depth, and on one that stands
  // twice. Called before reading: a mistyped key must not be reported as a missing one.
  void check_keys(const std::function<void(Fields&, Recipe&)>& describe) const;
  // Throws Error at the line of the key with this path, or of the nearest one above that is there.
  [[noreturn]] void fail(const std::vector<std::string>& path, const std::string& what) const;

  void text(const About& about, std::string& value, const TextRule& rule) override;
  void integer(const About& about, std::int64_t& value, const IntegerRange& range) override;
  void real(const About& about, double& value, const RealRange& range) override;
  void flag(const About& about, bool& value) override;
  void index(const About& about, std::size_t& value, Names names) override;
  void texts(const About& about, std::vector<std::string>& values) override;
  void integers(const About& about, std::vector<std::int64_t>& values,
                const IntegerRange& range) override;
  void indices(const About& about, std::vector<std::size_t>& values, Names names) override;
  bool section(const About& about, const std::function<void(Fields&)>& inner) override;
  void list(const About& about, const char* definition,
            const std::function<void(std::size_t)>& resize,
            const std::function<void(Fields&, std::size_t)>& each) override;

 private:
  YamlFields(const YAML::Node& node, std::string file, std::string where)
      : node_(node), file_(std::move(file)), where_(std::move(where)) {}

  // The node of a key; undefined when it is absent, which a required key may not be.
  YAML::Node find(const About& about) const;
  std::vector<YAML::Node> items(const About& about) const;
  std::string scalar(const YAML::Node& node, const std::string& key) const;
  std::int64_t whole(const YAML::Node& node, const std::string& key,
                     const IntegerRange& range) const;
  std::size_t named(const YAML::Node& node, const std::string& key, Names names) const;
  [[noreturn]] void fail_at(const YAML::Node& node, const std::string& what) const;
  YamlFields below(const YAML::Node& node, const std::string& key) const;

  YAML::Node node_;
  std::string file_;
  std::string where_;  // "train"; empty at the top
};

}  // namespace tinytorch::pipeline
