#pragma once
// Reading and validating modules/NN_name/module.yaml, one module of the course.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tito/course/course.h"

namespace tito {

// What the modules read so far hold: later ones may name it, and must not repeat it.
struct KnownNames {
  std::vector<std::string> modules;  // given ones among them
  std::vector<std::string> given;
  std::vector<std::string> tasks;
  std::vector<std::string> suites;
};

// "15_quantization": these names become folder names, so nothing else may pass.
bool is_module_name(std::string_view name);

// Adds the module's own names to `known`. Throws UserError "modules/NN_name/module.yaml:12: …,
// expected …".
Module load_module(const std::filesystem::path& root, const std::string& name, KnownNames& known);

// A module of which only the reference is there: its parts are the sources in solutions/, without
// tasks. Throws UserError when there are none.
Module load_given_module(const std::filesystem::path& root, const std::string& name);

}  // namespace tito
