#include "tinytorch/pipeline/run/folder.h"

#include <cstdlib>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::pipeline {

namespace fs = std::filesystem;

namespace {

// What a killed run left of a file that it was writing: its name and six letters behind.
bool is_left_over(const fs::path& file) {
  const std::string name = file.filename().string();
  constexpr std::size_t kLetters = 7;
  if (name.size() <= kLetters || name[name.size() - kLetters] != '.') return false;
  const std::string before = fs::path(name.substr(0, name.size() - kLetters)).extension().string();
  return before == ".onnx" || before == ".safetensors" || before == ".sha256" ||
         before == ".json" || before == ".html";
}

void remove_left_overs(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error))
    if (entry.is_regular_file(error) && is_left_over(entry.path())) files.push_back(entry.path());
  for (const fs::path& file : files) fs::remove(file, error);
}

}  // namespace

fs::path folder_of(const Recipe& recipe, const RunOptions& options) {
  if (!options.folder.empty()) return options.folder;
  const char* root = std::getenv("TITO_ROOT");
  return fs::path(root != nullptr ? root : ".") / "build" / "models" /
         (recipe.name + (options.smoke ? "-smoke" : ""));
}

fs::path ready_folder(const Recipe& recipe, const RunOptions& options) {
  const fs::path folder = folder_of(recipe, options);
  const fs::path state = folder / "state";
  std::error_code error;
  if (!options.resume) fs::remove_all(state, error);
  if (!error) fs::create_directories(state, error);
  if (error) {
    throw Error(concat(state.string(), " cannot be made: ", error.message(),
                       "; choose another folder with --out"));
  }
  remove_left_overs(folder);
  // A folder that exists may still be read-only, or its disk full: better known now.
  data::write_file_atomically((state / "recipe.sha256").string(), recipe.hash + "\n");
  return folder;
}

}  // namespace tinytorch::pipeline
