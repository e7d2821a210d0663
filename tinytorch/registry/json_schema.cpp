#include "tinytorch/registry/json_schema.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tinytorch/core/error.h"
#include "tinytorch/core/printable.h"
#include "tinytorch/registry/detail/careful_json.h"

namespace tinytorch::registry {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kLongestMatched = 4096;

const std::set<std::string> kKeywords{
    "type",    "enum",      "const",   "properties", "required", "additionalProperties",
    "items",   "minLength", "pattern", "maxLength",  "minimum",  "maximum",
    "anyOf",   "allOf",     "if",      "then",       "else",     "$ref",
    "$schema", "$id",       "$defs",   "title",      "default",  "description"};

// A value as a message shows it: escaped, and never long.
std::string shown(const ordered_json& value) {
  std::string text = value.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

std::string list_of(const ordered_json& values) {
  std::string text;
  for (const ordered_json& value : values) {
    if (!text.empty()) text += ", ";
    text += value.is_string() ? value.get<std::string>() : shown(value);
  }
  return text;
}

// Characters, not bytes: the continuation bytes of UTF-8 do not count.
std::int64_t length_of(const std::string& text) {
  std::int64_t length = 0;
  for (const char c : text) length += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return length;
}

// 1.0 is an integer too, by the standard.
bool is_integer(const ordered_json& value) {
  return value.is_number_integer() ||
         (value.is_number_float() && value.get<double>() == std::floor(value.get<double>()));
}

bool has_type(const ordered_json& value, const std::string& type) {
  if (type == "integer") return is_integer(value);
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  if (type == "null") return value.is_null();
  throw Error(concat("json schema: unknown type \"", type, "\""));
}

class Check {
 public:
  explicit Check(const ordered_json& root) : root_(root) {}

  void run(const ordered_json& value, const ordered_json& schema, const std::string& place) {
    if (schema.is_boolean()) {
      if (!schema.get<bool>()) add(place, "must not be there");
      return;
    }
    require_known(schema);
    if (schema.contains("$ref")) {
      if (++references_ > kMostReferences) throw Error("json schema: $ref leads in a circle");
      run(value, target(schema["$ref"].get<std::string>()), place);
      --references_;
    }
    any_value(value, schema, place);
    if (value.is_string()) text(value.get_ref<const std::string&>(), schema, place);
    if (value.is_number()) number(value, schema, place);
    if (value.is_object()) object(value, schema, place);
    if (value.is_array() && schema.contains("items")) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        run(value[i], schema["items"], concat(place, "[", i, "]"));
      }
    }
    combined(value, schema, place);
  }

  std::vector<Violation> found() { return std::move(found_); }

 private:
  static constexpr int kMostReferences = 64;

  void add(const std::string& place, std::string message) {
    found_.push_back({place, std::move(message)});
  }

  static void require_known(const ordered_json& schema) {
    if (!schema.is_object()) throw Error(concat("json schema: ", shown(schema), " is no schema"));
    for (const auto& [keyword, unused] : schema.items()) {
      if (!kKeywords.contains(keyword)) {
        throw Error(concat("json schema: keyword \"", keyword, "\" is not among those it knows"));
      }
    }
  }

  const ordered_json& target(const std::string& reference) const {
    if (reference.starts_with("#/$defs/")) {
      const std::string name = reference.substr(8);
      if (root_.contains("$defs") && root_["$defs"].contains(name)) return root_["$defs"][name];
    }
    throw Error(concat("json schema: $ref \"", reference, "\" leads nowhere"));
  }

  bool fits(const ordered_json& value, const ordered_json& schema) const {
    Check check(root_);
    check.references_ = references_;
    check.run(value, schema, "");
    return check.found_.empty();
  }

  void any_value(const ordered_json& value, const ordered_json& schema, const std::string& place) {
    if (schema.contains("type")) {
      const ordered_json& type = schema["type"];
      const ordered_json types = type.is_array() ? type : ordered_json::array({type});
      bool is_one = false;
      for (const ordered_json& one : types) is_one |= has_type(value, one.get<std::string>());
      if (!is_one) add(place, concat(shown(value), " is not of type ", list_of(types)));
    }
    if (schema.contains("const") && value != schema["const"]) {
      add(place, concat(shown(value), " is not ", shown(schema["const"])));
    }
    if (!schema.contains("enum")) return;
    for (const ordered_json& one : schema["enum"]) {
      if (value == one) return;
    }
    add(place, concat(shown(value), " is not one of ", list_of(schema["enum"])));
  }

  void text(const std::string& value, const ordered_json& schema, const std::string& place) {
    const std::int64_t length = length_of(value);
    if (schema.contains("minLength") && length < schema["minLength"].get<std::int64_t>()) {
      add(place, concat("has ", length, " characters, at least ", schema["minLength"].dump()));
    }
    const std::int64_t most = schema.value("maxLength", std::int64_t{-1});
    const bool too_long = most >= 0 && length > most;
    if (too_long) add(place, concat("has ", length, " characters, at most ", most, " are allowed"));
    if (!schema.contains("pattern")) return;
    const auto pattern = schema["pattern"].get<std::string>();
    if (most < 0 || most > kLongestMatched) {
      throw Error(concat("json schema: pattern \"", pattern, "\" needs a maxLength of at most ",
                         kLongestMatched));
    }
    if (too_long || std::regex_search(value, std::regex(pattern))) return;
    add(place, concat(shown(value), " does not match ", pattern));
  }

  void number(const ordered_json& value, const ordered_json& schema, const std::string& place) {
    const auto number = value.get<double>();
    if (schema.contains("minimum") && number < schema["minimum"].get<double>()) {
      add(place, concat(shown(value), " is below ", schema["minimum"].dump()));
    }
    if (schema.contains("maximum") && number > schema["maximum"].get<double>()) {
      add(place, concat(shown(value), " is above ", schema["maximum"].dump()));
    }
  }

  void object(const ordered_json& value, const ordered_json& schema, const std::string& place) {
    for (const ordered_json& key : schema.value("required", ordered_json::array())) {
      if (!value.contains(key.get<std::string>()))
        add(place, concat("misses ", list_of(ordered_json::array({key}))));
    }
    const ordered_json properties = schema.value("properties", ordered_json::object());
    for (const auto& [key, member] : value.items()) {
      const std::string there = place.empty() ? key : place + "." + key;
      if (properties.contains(key)) {
        run(member, properties[key], there);
      } else if (schema.contains("additionalProperties")) {
        if (schema["additionalProperties"] == false) {
          add(place, concat("unknown key ", shown(key)));
        } else {
          run(member, schema["additionalProperties"], there);
        }
      }
    }
  }

  void combined(const ordered_json& value, const ordered_json& schema, const std::string& place) {
    for (const ordered_json& one : schema.value("allOf", ordered_json::array())) {
      run(value, one, place);
    }
    if (schema.contains("anyOf")) {
      bool is_one = false;
      for (const ordered_json& one : schema["anyOf"]) is_one |= fits(value, one);
      if (!is_one) add(place, concat(shown(value), " fits none of the forms allowed here"));
    }
    if (!schema.contains("if")) return;
    const char* branch = fits(value, schema["if"]) ? "then" : "else";
    if (schema.contains(branch)) run(value, schema[branch], place);
  }

  const ordered_json& root_;
  int references_ = 0;
  std::vector<Violation> found_;
};

}  // namespace

std::vector<Violation> violations(std::string_view json, std::string_view schema) {
  require_careful_json(json, "json");
  require_careful_json(schema, "schema");
  const ordered_json rules = ordered_json::parse(schema);
  Check check(rules);
  check.run(ordered_json::parse(json), rules, "");
  return check.found();
}

void require_valid(std::string_view json, const std::string& name, std::string_view schema) {
  require_careful_json(json, name);
  const std::vector<Violation> found = violations(json, schema);
  if (found.empty()) return;
  constexpr std::size_t kShown = 10;
  std::string all;
  for (std::size_t i = 0; i < std::min(found.size(), kShown); ++i) {
    const std::string place = printable(found[i].place);
    all += concat(i == 0 ? "" : "\n  ", name, ": ", place, place.empty() ? "" : ": ",
                  printable(found[i].message));
  }
  if (found.size() > kShown) all += concat("\n  and ", found.size() - kShown, " more");
  throw Error(all);
}

}  // namespace tinytorch::registry
