// tito model new NAME: a recipe to begin with.

#include <cstdio>
#include <filesystem>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/recipe/new_recipe.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

int run(const std::vector<std::string>& arguments) {
  const Arguments parsed(arguments, {}, {"--out"});
  const std::string& name = parsed.only("NAME");
  const std::filesystem::path file = parsed.option("--out", "recipes/" + name + ".yaml");
  if (std::filesystem::exists(file)) {
    throw tinytorch::Error(
        tinytorch::concat(file.string(), " exists; choose another name, or --out FILE"));
  }
  const std::string text = tinytorch::pipeline::new_recipe(name);
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  tinytorch::data::write_file_atomically(file.string(), text);
  std::printf("wrote %s\nNext: tito model run %s --smoke\n", file.c_str(), file.c_str());
  return 0;
}

}  // namespace

Verb new_verb() {
  return {"model", "new", "Write a commented recipe to start from",
          "NAME [--out FILE]\n  writes recipes/NAME.yaml: a small classifier of digits, with every "
          "key and what it means\n",
          run};
}

}  // namespace tito::model
