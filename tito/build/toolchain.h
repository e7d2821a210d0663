#pragma once
// Compiling one part and linking one test binary without the build system in between.
//
// CMake prepares everything that a learner does not edit (archives, test objects, a precompiled
// header) and writes tito.json and compile_commands.json; from those, Toolchain repeats exactly the
// command CMake would use, for any source file: the learner's, a misconception's, a stub's.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tito/course/course.h"

namespace tito {

struct ModuleBuild {
  std::string origin;                            // "exported", "reference", "stub" or ""
  std::filesystem::path archive;                 // of that origin
  std::filesystem::path reference;               // empty in a packaged workspace
  std::vector<std::filesystem::path> tests;      // objects
  std::vector<std::filesystem::path> checks;     // objects
};

struct CompileResult {
  bool ok = false;
  bool cached = false;
  bool timed_out = false;
  std::filesystem::path object;
  std::string diagnostics;  // the compiler's own words
};

enum class Rest { kComposed, kReference };  // which archive stands for each other module

class Toolchain {
 public:
  // Reads <build_dir>/tito.json. Throws InternalError when the build is not configured.
  Toolchain(const Course& course, std::filesystem::path build_dir);

  // Brings what `module` needs (its tests, every archive, the precompiled header) up to date with
  // ninja; prints progress when that takes more than two seconds. Throws InternalError with the
  // compiler's words when our own sources fail.
  void prepare(const Module& module) const;

  // The command for a source that stands in for `part`, ending in `-c source -o object`.
  std::vector<std::string> compile_command(const Module& module, const Part& part,
                                           const std::filesystem::path& source,
                                           const std::filesystem::path& object) const;

  // Compiles into a cache keyed by content, headers and command: an undone edit costs nothing.
  CompileResult compile(const Module& module, const Part& part,
                        const std::filesystem::path& source) const;

  // Learner tests of `module` on `objects` (one per part) and the archives of all other modules;
  // the archive of `module` itself is not on the line. Returns the binary. Throws InternalError.
  std::filesystem::path link_tests(const Module& module,
                                   const std::vector<std::filesystem::path>& objects, Rest rest,
                                   const std::filesystem::path& binary) const;

  // The static worker of the judge: objects, the checks and the reference of all other modules.
  std::vector<std::string> worker_link_command(const Module& module,
                                               const std::vector<std::filesystem::path>& objects,
                                               const std::filesystem::path& binary) const;

  const ModuleBuild& module_build(const Module& module) const;
  const std::filesystem::path& build_dir() const { return build_dir_; }

 private:
  const Course& course_;
  std::filesystem::path build_dir_;
  std::string compiler_;
  std::vector<std::string> link_flags_;
  std::vector<std::filesystem::path> test_main_;
  std::vector<std::string> test_libraries_;
  std::vector<std::filesystem::path> worker_main_;
  std::filesystem::path given_;
  std::map<std::string, ModuleBuild> modules_;
  std::map<std::string, std::vector<std::string>> commands_;  // learner source → command
};

}  // namespace tito
