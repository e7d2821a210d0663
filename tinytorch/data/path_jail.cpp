#include "tinytorch/data/path_jail.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::data {

namespace fs = std::filesystem;

void require_relative_name(const std::string& name) {
  if (name.empty()) throw Error("the path is empty; expected one below the file's own folder");
  if (name.find('\0') != std::string::npos) throw Error("the path holds a zero byte");
  const fs::path path(name);
  if (path.is_absolute() || path.has_root_path()) {
    throw Error(
        concat("the path ", name, " is absolute; expected one below the file's own folder"));
  }
  if (std::find(path.begin(), path.end(), fs::path("..")) != path.end()) {
    throw Error(
        concat("the path ", name, " holds \"..\"; expected one below the file's own folder"));
  }
}

fs::path path_inside(const fs::path& folder, const std::string& name) {
  require_relative_name(name);
  std::error_code error;
  const fs::path root = fs::canonical(folder.empty() ? fs::path(".") : folder, error);
  if (error) throw Error(concat("the folder ", folder.string(), " cannot be read"));
  const fs::path path = fs::canonical(root / name, error);
  if (error) throw Error(concat("no file ", name, " in ", folder.string()));
  const auto [end, _] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  if (end != root.end()) {
    throw Error(
        concat("the path ", name, " leads out of ", folder.string(), ", by a symbolic link"));
  }
  if (!fs::is_regular_file(path, error)) throw Error(concat(name, " is not a regular file"));
  return path;
}

}  // namespace tinytorch::data
