#include "tito/build/needs.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tito/base/files.h"
#include "tito/course/source_scan.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

bool is_library(const std::string& target) { return target.starts_with("tinytorch/"); }

// "tinytorch/core" of "tinytorch/core/rng.h" and of "tinytorch/core/detail/rng.h".
fs::path folder_of(const fs::path& file) {
  const fs::path folder = file.parent_path();
  return folder.filename() == "detail" ? folder.parent_path() : folder;
}

class Walk {
 public:
  Walk(const Course& course, const Module& module, const SourceOf& source_of)
      : root_(course.root), module_(module), source_of_(source_of) {
    for (const Module& other : course.modules) {
      if (other.name == module.name) continue;
      for (const Part& part : other.parts) writers_[part.header] = {&other, &part};
    }
    const fs::path library = root_ / "tinytorch";
    const auto headers = files_below(library, {".h"});
    const std::set<fs::path> known(headers.begin(), headers.end());
    for (const fs::path& source : files_below(library, {".cpp"})) {
      // Exported work, and the libraries beside the engine.
      const fs::path room = *fs::relative(source, library).begin();
      if (room != "exported" && room != "onnx" && room != "registry" && room != "pipeline") {
        note_definitions(source, known);
      }
    }
    for (const fs::path& header : headers) note_namesakes(header);
  }

  std::set<fs::path> follow(const Course& course) {
    for (const char* folder : {"support", module_.name.c_str()}) {
      for (const fs::path& path : files_below(root_ / "tests" / folder, {".cpp"})) {
        // The judge's checks are not part of the learner tests.
        if (!path.stem().string().ends_with("checks")) visit(path);
      }
    }
    // The learner's precompiled header (cmake/CourseModules.cmake) brings these unasked.
    for (const char* header : {"core/error.h", "core/tensor.h", "core/instances.h"}) {
      visit_target(std::string("tinytorch/") + header);
    }
    for (const Part& part : module_.parts) {
      visit_target(part.header);
      for (const auto& source :
           {course.learner_source(module_, part), course.solution_source(module_, part)}) {
        if (fs::exists(source)) visit(source);
      }
    }
    return needed_;
  }

 private:
  std::string relative(const fs::path& path) const {
    return path.lexically_relative(root_).generic_string();
  }

  const std::vector<Include>& includes(const fs::path& path) {
    const auto [entry, is_new] = includes_.try_emplace(path.string());
    // What cannot be read includes nothing: whoever compiles it says what is wrong.
    if (is_new && fs::is_regular_file(path)) entry->second = includes_of(read_file(path));
    return entry->second;
  }

  void note_definitions(const fs::path& source, const std::set<fs::path>& headers) {
    const fs::path folder = folder_of(source);
    sources_[folder].push_back(source);
    const bool has_own_header = headers.count(fs::path(source).replace_extension(".h")) > 0;
    if (has_own_header) return;  // note_namesakes() finds it
    const std::string name = source.stem().string();
    for (const Include& include : includes(source)) {
      const bool named_after = name.starts_with(fs::path(include.target).stem().string() + "_");
      const bool beside = folder_of(root_ / include.target) == folder;
      if (is_library(include.target) && (named_after || beside)) {
        definers_[include.target].insert(source);
      }
    }
  }

  void note_namesakes(const fs::path& header) {
    const std::string stem = header.stem().string();
    for (const fs::path& source : sources_[folder_of(header)]) {
      if (source.filename().string().starts_with(stem)) definers_[relative(header)].insert(source);
    }
  }

  void visit(const fs::path& path) {
    if (!visited_.insert(path.string()).second) return;
    for (const Include& include : includes(path)) visit_target(include.target);
  }

  void visit_target(const std::string& target) {
    if (!is_library(target) && !target.starts_with("tests/")) return;
    const fs::path header = root_ / target;
    if (!fs::exists(header)) return;
    visit(header);
    const auto definers = definers_.find(target);
    if (definers != definers_.end()) {
      for (const fs::path& source : definers->second) need(source);
    }
    const auto writer = writers_.find(target);
    if (writer != writers_.end()) need(source_of_(*writer->second.first, *writer->second.second));
  }

  void need(const fs::path& source) {
    if (!needed_.insert(source).second || !fs::exists(source)) return;
    visit(source);
  }

  fs::path root_;
  const Module& module_;
  const SourceOf& source_of_;
  std::map<std::string, std::pair<const Module*, const Part*>> writers_;  // by header
  std::map<std::string, std::set<fs::path>> definers_;                    // given, by header
  std::map<fs::path, std::vector<fs::path>> sources_;                     // given, by folder
  std::map<std::string, std::vector<Include>> includes_;                  // by file
  std::set<std::string> visited_;
  std::set<fs::path> needed_;
};

}  // namespace

std::set<fs::path> sources_of_tests(const Course& course, const Module& module,
                                    const SourceOf& source_of) {
  return Walk(course, module, source_of).follow(course);
}

}  // namespace tito
