#include "tito/commands/session.h"

#include <cstdlib>

namespace tito {

namespace fs = std::filesystem;

Session::Session(fs::path root) : root_(std::move(root)) {}

Session Session::open() {
  const char* root = std::getenv("TITO_ROOT");
  if (root != nullptr && *root != '\0') return Session(fs::path(root));
  return Session(find_course_root(fs::current_path()));
}

fs::path Session::build_dir(const std::string& preset) const { return root_ / "build" / preset; }

const Course& Session::course() {
  if (!course_) course_ = std::make_unique<Course>(load_course(root_));
  return *course_;
}

Toolchain& Session::toolchain(const std::string& preset) {
  if (!toolchain_ || toolchain_preset_ != preset) {
    toolchain_ = std::make_unique<Toolchain>(course(), build_dir(preset));
    toolchain_preset_ = preset;
  }
  return *toolchain_;
}

std::string Session::shown(const fs::path& path) const {
  const auto relative = path.lexically_relative(root_);
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

}  // namespace tito
