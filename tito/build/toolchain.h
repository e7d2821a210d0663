#pragma once
// Compiling one part and linking one test binary without the build system in between.
//
// CMake prepares everything that a learner does not edit (archives, test objects, a precompiled
// header) and writes tito.json and compile_commands.json; from those, Toolchain repeats exactly the
// command CMake would use, for any source file: the learner's, a misconception's, a stub's.

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tito/base/error.h"
#include "tito/course/course.h"

namespace tito {

struct ModuleBuild {
  std::string origin;                         // "exported", "reference", "stub" or ""
  std::filesystem::path archive;              // of that origin
  std::filesystem::path reference;            // empty in a packaged workspace
  std::vector<std::filesystem::path> tests;   // objects
  std::vector<std::filesystem::path> checks;  // objects
  std::filesystem::path task_table;           // the template, where the engine asks for one
};

struct CompileResult {
  bool ok = false;
  bool cached = false;
  bool timed_out = false;
  std::filesystem::path object;
  std::string diagnostics;  // the compiler's own words
};

// A learner's mistake the compiler cannot see: a function declared but not defined, or defined
// twice.
class LinkError : public InternalError {
 public:
  using InternalError::InternalError;
};

enum class Rest { kComposed, kReference };  // which archive stands for each other module

class Toolchain {
 public:
  // Reads <build_dir>/tito.json, after running CMake again when a source file came or went. Throws
  // InternalError when the build is not configured.
  Toolchain(const Course& course, std::filesystem::path build_dir);

  // Brings what the learner tests of `module` are linked with (needs.h) and the precompiled header
  // up to date with ninja; prints progress when that takes more than two seconds. Throws
  // InternalError with the compiler's words when our own sources fail.
  void prepare_tests(const Module& module, Rest rest) const;
  // The same with all there is: the judge's checks, its worker, every archive.
  void prepare_all(const Module& module) const;

  // The command for a source that stands in for `part`, ending in `-c source -o object`.
  std::vector<std::string> compile_command(const Module& module, const Part& part,
                                           const std::filesystem::path& source,
                                           const std::filesystem::path& object) const;

  // Compiles into a cache keyed by content, headers and command: an undone edit costs nothing.
  CompileResult compile(const Module& module, const Part& part,
                        const std::filesystem::path& source) const;

  // What the engine asks about a module that it calls: which tasks still are stubs in `sources`
  // (cmake/task_table.cmake). An object to link with theirs; nothing for a module it does not ask
  // about.
  std::vector<std::filesystem::path> task_table(
      const Module& module, const std::vector<std::filesystem::path>& sources) const;

  // Learner tests of `module` on `objects` (one per part, and its task_table()) and what else they
  // need (needs.h), nothing of `module` itself. Returns the binary. Throws LinkError.
  std::filesystem::path link_tests(const Module& module,
                                   const std::vector<std::filesystem::path>& objects, Rest rest,
                                   const std::filesystem::path& binary) const;

  // The static worker of the judge: objects, the checks and the reference of all other modules.
  std::vector<std::string> worker_link_command(const Module& module,
                                               const std::vector<std::filesystem::path>& objects,
                                               const std::filesystem::path& binary) const;

  // The compiler and its flags without the precompiled header: what a header must stand alone with.
  std::vector<std::string> plain_command() const;
  // Digest of all headers of tinytorch/ and of the folder `beside`.
  std::string headers_digest(const std::filesystem::path& beside) const;
  // Digest of everything but the sources that a test run of `module` depends on.
  std::string inputs_digest(const Module& module, Rest rest) const;
  // Removes objects and stored sources that were not used for two weeks.
  void prune_cache() const;

  // Whether any source of `module` is there to build.
  bool knows(const Module& module) const { return modules_.count(module.name) > 0; }
  const ModuleBuild& module_build(const Module& module) const;
  bool sanitized() const { return sanitized_; }
  const std::filesystem::path& build_dir() const { return build_dir_; }
  // Polled while compiling and linking; true throws Cancelled.
  void set_cancelled(std::function<bool()> cancelled) { cancelled_ = std::move(cancelled); }

 private:
  void load();
  void load_commands();
  std::filesystem::path source_of(const Module& module, const Part& part, Rest rest) const;
  std::vector<std::filesystem::path> find_objects(const Module& module, Rest rest) const;
  std::vector<std::filesystem::path> objects_of_tests(const Module& module, Rest rest) const;
  std::filesystem::path archive_of_tests(const Module& module, Rest rest) const;
  std::filesystem::path task_table_script() const;

  const Course& course_;
  std::filesystem::path build_dir_;
  std::string compiler_;
  bool sanitized_ = false;
  std::vector<std::string> link_flags_;
  std::vector<std::filesystem::path> test_main_;
  std::vector<std::string> test_libraries_;
  std::vector<std::filesystem::path> worker_main_;
  std::filesystem::path given_;
  std::map<std::string, ModuleBuild> modules_;
  // What CMake makes of each source of the library, of solutions/, exported/ and stubs.
  std::map<std::string, std::filesystem::path> objects_;
  // What each module's tests are linked with, as of the last prepare_tests(): objects, in an
  // archive from which the linker takes those that are called. Tests are linked on many threads.
  struct Needed {
    std::vector<std::filesystem::path> objects;
    std::filesystem::path archive;  // empty: not made yet
  };
  mutable std::map<std::pair<std::string, Rest>, Needed> needed_;
  mutable std::mutex needed_mutex_;
  std::vector<std::string> learner_command_;  // of any learner's source, without the files
  std::function<bool()> cancelled_;
};

}  // namespace tito
