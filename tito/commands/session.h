#pragma once
// What every command works with: the course, its folders, and how to speak.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tito/build/toolchain.h"
#include "tito/course/course.h"

namespace tito {

class Session {
 public:
  explicit Session(std::filesystem::path root);
  // The course in TITO_ROOT, as bin/tito sets it, else the one around the working directory.
  static Session open();

  bool json = false;  // --json: one JSON document on standard output and nothing else there

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path state_dir() const { return root_ / ".tito"; }
  std::filesystem::path build_dir(const std::string& preset = "dev") const;
  // Loaded on first use. Throws UserError with the line that is wrong.
  const Course& course();
  Toolchain& toolchain(const std::string& preset = "dev");
  // After a change of what is built: the next toolchain() reads it again.
  void forget_toolchain() { toolchain_.reset(); }
  // A path as messages show it: relative to the course.
  std::string shown(const std::filesystem::path& path) const;

 private:
  std::filesystem::path root_;
  std::unique_ptr<Course> course_;
  std::unique_ptr<Toolchain> toolchain_;
  std::string toolchain_preset_;
};

}  // namespace tito
