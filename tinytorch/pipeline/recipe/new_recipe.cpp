#include "tinytorch/pipeline/recipe/new_recipe.h"

#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/recipe/fields.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"

namespace tinytorch::pipeline {
namespace {

std::string joined(Names names) {
  std::string text;
  for (const char* name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

// Every key with its meaning; what is at its default is commented out.
class TextFields : public Fields {
 public:
  TextFields(std::string& text, std::string indent = "")
      : text_(text), indent_(std::move(indent)) {}

  void text(const About& about, std::string& value, const TextRule&) override {
    if (value.empty()) return line(about, "\"\"", "", true);
    line(about, value.find(' ') == std::string::npos ? value : '"' + value + '"', "", false);
  }
  void integer(const About& about, std::int64_t& value, const IntegerRange&) override {
    line(about, std::to_string(value), "", false);
  }
  void real(const About& about, double& value, const RealRange&) override {
    line(about, concat(value), "", false);
  }
  void flag(const About& about, bool& value) override {
    line(about, value ? "true" : "false", "", false);
  }
  void index(const About& about, std::size_t& value, Names names) override {
    line(about, names[value], joined(names), false);
  }
  void texts(const About& about, std::vector<std::string>&) override {
    line(about, "[]", "", true);
  }
  void integers(const About& about, std::vector<std::int64_t>& values,
                const IntegerRange&) override {
    std::string list;
    for (const std::int64_t value : values)
      list += (list.empty() ? "" : ", ") + std::to_string(value);
    line(about, '[' + list + ']', "", values.empty());
  }
  void indices(const About& about, std::vector<std::size_t>& values, Names names) override {
    std::string list;
    for (const std::size_t value : values)
      list += (list.empty() ? "" : ", ") + std::string(names[value]);
    line(about, '[' + list + ']', joined(names), values.empty());
  }
  bool section(const About& about, const std::function<void(Fields&)>& inner) override {
    const bool optional = std::string_view(about.key) == "sensitivity";
    text_ += concat("\n", indent_, "# ", about.help, ".\n", indent_, optional ? "# " : "",
                    about.key, ":\n");
    TextFields below(text_, indent_ + (optional ? "#   " : "  "));
    inner(below);
    return false;
  }
  void list(const About& about, const char*, const std::function<void(std::size_t)>&,
            const std::function<void(Fields&, std::size_t)>&) override {
    line(about, "[]", "", true);
  }

 private:
  void line(const About& about, const std::string& value, const std::string& choices,
            bool commented) {
    const std::string start = concat(indent_, commented ? "# " : "", about.key, ": ", value);
    const std::size_t width = std::max<std::size_t>(start.size() + 2, 36);
    text_ += start + std::string(width - start.size(), ' ') + "# " + about.help;
    if (!choices.empty()) text_ += " (" + choices + ")";
    text_ += '\n';
  }

  std::string& text_;
  std::string indent_;
};

}  // namespace

std::string new_recipe(const std::string& name) {
  Recipe recipe;
  recipe.name = name;
  recipe.description = "Handwritten digits, to be replaced";
  recipe.model.architecture = Architecture::kDigitsMlp;
  std::string text = concat("# tito model run recipes/", name,
                            ".yaml            all of it\n# tito model run recipes/", name,
                            ".yaml --smoke    a small variant, in seconds\n");
  TextFields fields(text);
  describe_recipe(fields, recipe);
  (void)parse_recipe(text, "recipes/" + name + ".yaml");
  return text;
}

}  // namespace tinytorch::pipeline
