// tito model schema: what a recipe may say, for editors and other tools.

#include <cstdio>

#include "tinytorch/pipeline/recipe/recipe_schema.h"
#include "tito/model/verbs.h"

namespace tito::model {

Verb schema_verb() {
  return {"model", "schema", "Print the JSON Schema of recipes",
          "\n  prints what recipes/recipe.schema.json holds\n",
          [](const std::vector<std::string>& arguments) {
            (void)Arguments(arguments, {}, {});
            std::fputs(tinytorch::pipeline::recipe_schema().c_str(), stdout);
            return 0;
          }};
}

}  // namespace tito::model
