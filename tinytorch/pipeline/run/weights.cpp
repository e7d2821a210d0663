#include "tinytorch/pipeline/run/weights.h"

#include <filesystem>
#include <set>

#include "tinytorch/core/at_place.h"
#include "tinytorch/train/checkpoint.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::pipeline {

namespace fs = std::filesystem;

std::string beside(const Recipe& recipe, const std::string& path) {
  if (fs::path(path).is_absolute()) return path;
  const fs::path near = fs::path(recipe.file).parent_path() / path;
  std::error_code error;
  return fs::exists(near, error) ? near.string() : path;
}

std::string renamed(const std::vector<KeyRule>& rules, const std::string& key) {
  for (const KeyRule& rule : rules) {
    const std::size_t star = rule.from.find('*');
    if (star == std::string::npos) {
      if (rule.from == key) return rule.to;
      continue;
    }
    const std::string before = rule.from.substr(0, star), after = rule.from.substr(star + 1);
    const bool fits = key.size() >= before.size() + after.size() && key.starts_with(before) &&
                      key.ends_with(after);
    if (!fits) continue;
    std::string to = rule.to;
    if (const std::size_t place = to.find('*'); place != std::string::npos) {
      to.replace(place, 1, key.substr(before.size(), key.size() - before.size() - after.size()));
    }
    return to;
  }
  return key;
}

void load_weights(const Recipe& recipe, nn::Module& model) {
  const std::string file = beside(recipe, recipe.model.weights);
  if (recipe.model.keys.empty()) return train::load_weights(file, model);
  std::vector<nn::NamedTensor> state;
  std::set<std::string> names;
  for (const train::StoredTensor& tensor : train::read_safetensors(file).tensors) {
    const std::string name = renamed(recipe.model.keys, tensor.name);
    if (name.empty()) continue;
    if (!names.insert(name).second) {
      throw Error(concat(file, ": ", tensor.name, " and another tensor are both called ", name,
                         " by ", recipe.file, ", model.keys"));
    }
    state.emplace_back(name, train::restore(tensor));
  }
  at_place(file, [&] { model.load_state_dict(state); });
}

}  // namespace tinytorch::pipeline
