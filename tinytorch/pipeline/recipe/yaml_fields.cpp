#include "tinytorch/pipeline/recipe/detail/yaml_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>

#include "tinytorch/core/error.h"
#include "tinytorch/core/nearest.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::size_t kMostItems = 10'000;

std::string shown(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map:
      return "a mapping";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Scalar:
      return '"' + node.Scalar().substr(0, 80) + '"';
    default:
      return "empty";
  }
}

std::string joined(Names names) {
  std::string text;
  for (const char* name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace

YamlFields::YamlFields(const std::string& text, std::string file) : file_(std::move(file)) {
  try {
    node_ = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw Error(concat(file_, ":", error.mark.line + 1, ": not YAML: ", error.msg,
                       "; expected `key: value` lines indented with spaces"));
  }
  if (!node_.IsMap())
    throw Error(
        concat(file_, ":1: ", shown(node_), " where a recipe should be, expected `name: …`"));
}

void YamlFields::fail_at(const YAML::Node& node, const std::string& what) const {
  throw Error(concat(file_, ":", std::max(node.Mark().line + 1, 1), ": ", what));
}

void YamlFields::fail(const std::vector<std::string>& path, const std::string& what) const {
  YAML::Node at = node_;
  for (const std::string& key : path) {
    if (!at.IsMap() || !at[key]) break;
    const YAML::Node next = at[key];
    at.reset(next);
  }
  fail_at(at, what);
}

YamlFields YamlFields::below(const YAML::Node& node, const std::string& key) const {
  return {node, file_, where_.empty() ? key : where_ + '.' + key};
}

YAML::Node YamlFields::find(const About& about) const {
  const YAML::Node value = node_[about.key];
  if (!value && about.required) {
    fail_at(node_, concat(where_.empty() ? "the recipe" : where_, " has no \"", about.key,
                          "\", expected `", about.key, ": …`: ", about.help));
  }
  return value ? value : YAML::Node(YAML::NodeType::Undefined);
}

std::string YamlFields::scalar(const YAML::Node& node, const std::string& key) const {
  if (!node.IsScalar()) fail_at(node, concat(key, " is ", shown(node), ", expected one value"));
  return node.Scalar();
}

void YamlFields::text(const About& about, std::string& value, const TextRule& rule) {
  const YAML::Node node = find(about);
  if (!node) return;
  const std::string read = scalar(node, about.key);
  if (read.size() > rule.most)
    fail_at(node,
            concat(about.key, " has ", read.size(), " characters, expected at most ", rule.most));
  if (*rule.pattern != '\0' && !std::regex_match(read, std::regex(rule.pattern)))
    fail_at(node, concat(about.key, " is ", shown(node), ", expected text like ", rule.pattern));
  value = read;
}

std::int64_t YamlFields::whole(const YAML::Node& node, const std::string& key,
                               const IntegerRange& range) const {
  const std::string digits = scalar(node, key);
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < range.least || value > range.most) {
    fail_at(node, concat(key, " is ", shown(node), ", expected a whole number from ", range.least,
                         " to ", range.most));
  }
  return value;
}

void YamlFields::integer(const About& about, std::int64_t& value, const IntegerRange& range) {
  const YAML::Node node = find(about);
  if (node) value = whole(node, about.key, range);
}

void YamlFields::real(const About& about, double& value, const RealRange& range) {
  const YAML::Node node = find(about);
  if (!node) return;
  const std::string digits = scalar(node, about.key);
  double read = 0.0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, read);
  const bool fits = std::isfinite(read) && read >= range.least && read <= range.most;
  if (parsed.ec != std::errc() || parsed.ptr != end || !fits) {
    fail_at(node, concat(about.key, " is ", shown(node), ", expected a number from ", range.least,
                         " to ", range.most));
  }
  value = read;
}

void YamlFields::flag(const About& about, bool& value) {
  const YAML::Node node = find(about);
  if (!node) return;
  const std::string read = scalar(node, about.key);
  if (read != "true" && read != "false")
    fail_at(node, concat(about.key, " is ", shown(node), ", expected true or false"));
  value = read == "true";
}

std::size_t YamlFields::named(const YAML::Node& node, const std::string& key, Names names) const {
  const std::string read = scalar(node, key);
  const auto found = std::find(names.begin(), names.end(), read);
  if (found == names.end()) {
    fail_at(node, concat(key, " is ", shown(node), ", expected one of: ", joined(names), ".",
                         did_you_mean(read, {names.begin(), names.end()})));
  }
  return static_cast<std::size_t>(found - names.begin());
}

void YamlFields::index(const About& about, std::size_t& value, Names names) {
  const YAML::Node node = find(about);
  if (node) value = named(node, about.key, names);
}

std::vector<YAML::Node> YamlFields::items(const About& about) const {
  const YAML::Node node = find(about);
  std::vector<YAML::Node> all;
  if (!node) return all;
  if (!node.IsSequence())
    fail_at(node, concat(about.key, " is ", shown(node), ", expected a list"));
  if (node.size() > kMostItems)
    fail_at(node, concat(about.key, " has ", node.size(), " items, expected at most ", kMostItems));
  for (const auto& item : node) all.push_back(item);
  return all;
}

void YamlFields::texts(const About& about, std::vector<std::string>& values) {
  const auto all = items(about);
  if (!all.empty()) values.clear();
  for (const YAML::Node& item : all)
    values.push_back(scalar(item, concat("an item of ", about.key)));
}

void YamlFields::integers(const About& about, std::vector<std::int64_t>& values,
                          const IntegerRange& range) {
  const auto all = items(about);
  if (find(about)) values.clear();
  for (const YAML::Node& item : all)
    values.push_back(whole(item, concat("an item of ", about.key), range));
}

void YamlFields::indices(const About& about, std::vector<std::size_t>& values, Names names) {
  const auto all = items(about);
  if (find(about)) values.clear();
  for (const YAML::Node& item : all)
    values.push_back(named(item, concat("an item of ", about.key), names));
}

bool YamlFields::section(const About& about, const std::function<void(Fields&)>& inner) {
  const YAML::Node node = find(about);
  if (!node) return false;
  if (!node.IsMap()) {
    fail_at(node, concat(about.key, " is ", shown(node), ", expected `key: value` lines below it"));
  }
  YamlFields fields = below(node, about.key);
  inner(fields);
  return true;
}

void YamlFields::list(const About& about, const char* /*definition*/,
                      const std::function<void(std::size_t)>& resize,
                      const std::function<void(Fields&, std::size_t)>& each) {
  const auto all = items(about);
  if (!find(about)) return;
  resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string key = concat(about.key, "[", i, "]");
    if (!all[i].IsMap())
      fail_at(all[i], concat(key, " is ", shown(all[i]), ", expected `key: value` lines"));
    YamlFields fields = below(all[i], key);
    each(fields, i);
  }
}

}  // namespace tinytorch::pipeline
