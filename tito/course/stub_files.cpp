#include "tito/course/stub_files.h"

#include <algorithm>
#include <set>

#include "tito/base/files.h"
#include "tito/course/stubs.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

std::string sum_line(const Part& part, const std::string& content) {
  return sha256(content) + "  " + part.source() + '\n';
}

StubState state_of(const fs::path& path, const std::string& content, const std::string& sums,
                   const Part& part) {
  if (!fs::exists(path)) return StubState::kMissing;
  const std::string now = read_file(path);
  if (now == content) return StubState::kCurrent;
  return sums.find(sum_line(part, now)) != std::string::npos ? StubState::kStale
                                                             : StubState::kEdited;
}

}  // namespace

fs::path stub_sums_path(const Course& course, const Module& module) {
  return course.root / "modules" / module.name / ".stubs";
}

std::string stub_sums(const std::vector<StubFile>& files, const Module& module) {
  std::string text;
  for (const auto& file : files) {
    if (file.module == &module) text += sum_line(*file.part, file.content);
  }
  return text;
}

std::vector<StubFile> stub_files(const Course& course, const Module& module) {
  std::vector<StubFile> files;
  const fs::path sums_path = stub_sums_path(course, module);
  const std::string sums = fs::exists(sums_path) ? read_file(sums_path) : "";
  for (const auto& part : module.parts) {
    StubFile file{&module, &part, course.learner_source(module, part), {}, {}};
    file.content = pristine_stub(course, module, part);
    file.state = state_of(file.path, file.content, sums, part);
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<StubFile> stub_files(const Course& course) {
  std::vector<StubFile> files;
  for (const auto& module : course.modules) {
    if (module.given || !fs::exists(course.root / "solutions" / module.name)) continue;
    for (auto& file : stub_files(course, module)) files.push_back(std::move(file));
  }
  return files;
}

std::vector<fs::path> unlisted_sources(const Course& course, const Module& module) {
  std::set<std::string> listed;
  for (const auto& part : module.parts) listed.insert(part.source());
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(course.root / "modules" / module.name, error)) {
    const bool source = entry.path().extension() == ".cpp";
    if (source && listed.count(entry.path().filename().string()) == 0)
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace tito
