#include "tito/course/yaml.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "tito/base/error.h"
#include "tito/course/nearest.h"

namespace tito {
namespace {

std::string kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map:
      return "a mapping";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Scalar:
      return '"' + node.Scalar() + '"';
    default:
      return "nothing";
  }
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

YamlFile::YamlFile(const std::string& text, std::string name) : name_(std::move(name)) {
  try {
    root_ = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw UserError(name_ + ':' + std::to_string(error.mark.line + 1) + ": not YAML: " + error.msg +
                    ", expected `key: value` lines indented with spaces");
  }
}

void YamlFile::fail(const YAML::Node& where, const std::string& what) const {
  throw UserError(name_ + ':' + std::to_string(std::max(line(where), 1)) + ": " + what);
}

void YamlFile::check_keys(const YAML::Node& node, std::string_view what,
                          const std::vector<std::string>& required,
                          const std::vector<std::string>& optional) const {
  const std::string name(what);
  if (!node.IsMap())
    fail(node, kind_of(node) + " where " + name + " should be, expected `key: value` lines");
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const std::string key = entry.first.Scalar();
    if (!contains(required, key) && !contains(optional, key)) {
      std::vector<std::string> known = required;
      known.insert(known.end(), optional.begin(), optional.end());
      std::string all;
      for (const auto& k : known) all += (all.empty() ? "" : ", ") + k;
      fail(entry.first, "unknown key \"" + key + "\" in " + name + ", expected one of: " + all +
                            '.' + did_you_mean(key, known));
    }
    if (!seen.insert(key).second)
      fail(entry.first, "\"" + key + "\" twice in " + name + ", expected once");
  }
  for (const auto& key : required) {
    if (!node[key]) fail(node, name + " has no \"" + key + "\", expected `" + key + ": …`");
  }
}

std::string YamlFile::scalar(const YAML::Node& value, const std::string& key) const {
  if (!value.IsScalar() || value.Scalar().empty()) {
    fail(value, key + " is " + kind_of(value) + ", expected text");
  }
  return value.Scalar();
}

std::string YamlFile::text(const YAML::Node& node, const std::string& key) const {
  return scalar(node[key], key);
}

int YamlFile::whole_number(const YAML::Node& node, const std::string& key) const {
  const std::string digits = node[key].IsScalar() ? node[key].Scalar() : "";
  int value = 0;
  const auto end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) {
    fail(node[key], key + " is " + kind_of(node[key]) + ", expected a whole number of 0 or more");
  }
  return value;
}

std::vector<YAML::Node> YamlFile::list(const YAML::Node& node, const std::string& key) const {
  std::vector<YAML::Node> items;
  const YAML::Node value = node[key];
  if (!value) return items;
  if (!value.IsSequence()) fail(value, key + " is " + kind_of(value) + ", expected a list");
  for (const auto& item : value) items.push_back(item);
  return items;
}

std::vector<std::string> YamlFile::texts(const YAML::Node& node, const std::string& key) const {
  std::vector<std::string> result;
  for (const auto& item : list(node, key)) result.push_back(scalar(item, "an item of " + key));
  return result;
}

}  // namespace tito
