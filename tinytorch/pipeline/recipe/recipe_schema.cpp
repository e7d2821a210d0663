#include "tinytorch/pipeline/recipe/recipe_schema.h"

#include <nlohmann/json.hpp>

#include "tinytorch/pipeline/recipe/fields.h"

namespace tinytorch::pipeline {
namespace {

using Json = nlohmann::ordered_json;

Json names_of(Names names) {
  Json all = Json::array();
  for (const char* name : names) all.push_back(name);
  return all;
}

class SchemaFields : public Fields {
 public:
  explicit SchemaFields(Json& definitions) : definitions_(definitions) {
    schema_["type"] = "object";
    schema_["additionalProperties"] = false;
    schema_["properties"] = Json::object();
  }
  Json take() {
    if (!required_.empty()) schema_["required"] = required_;
    return schema_;
  }

  void text(const About& about, std::string& value, const TextRule& rule) override {
    Json& one = add(about, "string");
    one["maxLength"] = rule.most;
    if (*rule.pattern != '\0') one["pattern"] = rule.pattern;
    if (!about.required) one["default"] = value;
  }
  void integer(const About& about, std::int64_t& value, const IntegerRange& range) override {
    Json& one = add(about, "integer");
    one["minimum"] = range.least;
    one["maximum"] = range.most;
    if (!about.required) one["default"] = value;
  }
  void real(const About& about, double& value, const RealRange& range) override {
    Json& one = add(about, "number");
    one["minimum"] = range.least;
    one["maximum"] = range.most;
    one["default"] = value;
  }
  void flag(const About& about, bool& value) override { add(about, "boolean")["default"] = value; }
  void index(const About& about, std::size_t& value, Names names) override {
    Json& one = add(about, "string");
    one["enum"] = names_of(names);
    if (!about.required) one["default"] = names[value];
  }
  void texts(const About& about, std::vector<std::string>&) override {
    add(about, "array")["items"]["type"] = "string";
  }
  void integers(const About& about, std::vector<std::int64_t>&,
                const IntegerRange& range) override {
    add(about, "array")["items"] = {
        {"type", "integer"}, {"minimum", range.least}, {"maximum", range.most}};
  }
  void indices(const About& about, std::vector<std::size_t>&, Names names) override {
    add(about, "array")["items"]["enum"] = names_of(names);
  }
  bool section(const About& about, const std::function<void(Fields&)>& inner) override {
    SchemaFields below(definitions_);
    inner(below);
    Json schema = below.take();
    note(about, schema);
    return false;
  }
  void list(const About& about, const char* definition,
            const std::function<void(std::size_t)>& resize,
            const std::function<void(Fields&, std::size_t)>& each) override {
    Json items;
    if (definition != nullptr) items["$ref"] = std::string("#/$defs/") + definition;
    if (definition == nullptr || !definitions_.contains(definition)) {
      if (definition != nullptr) definitions_[definition] = Json::object();  // no second time
      resize(1);
      SchemaFields below(definitions_);
      each(below, 0);
      if (definition == nullptr) {
        items = below.take();
      } else {
        definitions_[definition] = below.take();
      }
    }
    Json schema = {{"type", "array"}, {"items", items}};
    note(about, schema);
  }

 private:
  void note(const About& about, Json schema) {
    schema["description"] = about.help;
    schema_["properties"][about.key] = std::move(schema);
    if (about.required) required_.emplace_back(about.key);
  }
  Json& add(const About& about, const char* type) {
    note(about, {{"type", type}});
    return schema_["properties"][about.key];
  }

  Json& definitions_;
  Json schema_;
  std::vector<std::string> required_;
};

}  // namespace

std::string recipe_schema() {
  Json definitions = Json::object();
  SchemaFields fields(definitions);
  Recipe recipe;
  describe_recipe(fields, recipe);
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "A recipe: train, quantize, export and judge a model"}};
  schema.update(fields.take());
  schema["$defs"] = definitions;
  return schema.dump(2) + '\n';
}

}  // namespace tinytorch::pipeline
