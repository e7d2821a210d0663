#include "tinytorch/pipeline/run/folder.h"

#include <cstdlib>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"

namespace tinytorch::pipeline {

namespace fs = std::filesystem;

fs::path ready_folder(const Recipe& recipe, const RunOptions& options) {
  fs::path folder = options.folder;
  if (folder.empty()) {
    const char* root = std::getenv("TITO_ROOT");
    folder = fs::path(root != nullptr ? root : ".") / "build" / "models" /
             (recipe.name + (options.smoke ? "-smoke" : ""));
  }
  const fs::path state = folder / "state";
  std::error_code error;
  if (!options.resume) fs::remove_all(state, error);
  if (!error) fs::create_directories(state, error);
  if (error) {
    throw Error(concat(state.string(), " cannot be made: ", error.message(),
                       "; choose another folder with --out"));
  }
  // A folder that exists may still be read-only, or its disk full: better known now.
  data::write_file_atomically((state / "recipe.sha256").string(), recipe.hash + "\n");
  return folder;
}

}  // namespace tinytorch::pipeline
