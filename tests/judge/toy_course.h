#pragma once
// The toy course of tests/tito/toy laid over the project's own build files, built once and kept in
// the build folder.

#include <filesystem>
#include <string>

#include "tito/build/toolchain.h"
#include "tito/course/course.h"
#include "tito/judge/judge.h"

namespace tito::testing_support {

// A fresh folder, removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  // Writes a file below it and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

// Built on first use.
const Course& toy_course();
const Toolchain& toy_toolchain();
const Module& toy_module(const std::string& name);
std::string solution_text(const std::string& module, const std::string& part);

// Limits low enough that no attack can hurt this machine, and every one is soon over.
JudgeOptions gentle_options(std::uint64_t seed = 7);

}  // namespace tito::testing_support
