// What a module's tests are linked with: the objects of the sources that needs.h finds, in an
// archive.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/process.h"
#include "tito/build/configure.h"
#include "tito/build/needs.h"
#include "tito/build/toolchain.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

// A thin archive of `objects` at `path`, made anew when one of them or the list has changed.
fs::path update_archive(const fs::path& path, const std::vector<fs::path>& objects) {
  const fs::path list = path.string() + ".list";
  std::string names;
  for (const fs::path& object : objects) names += object.string() + '\n';
  std::error_code error;
  const auto made = fs::last_write_time(path, error);
  const bool same = !error && fs::exists(list) && read_file(list) == names &&
                    std::all_of(objects.begin(), objects.end(), [&](const fs::path& object) {
                      return fs::last_write_time(object, error) < made && !error;
                    });
  if (same) return path;
  const fs::path fresh = path.string() + fmt::format(".{}.tmp", ::getpid());
  fs::create_directories(path.parent_path());
  std::vector<std::string> argv{"ar", "rcsT", fresh.string()};
  for (const fs::path& object : objects) argv.push_back(object.string());
  const auto run = run_process(argv);
  if (!run.ok()) throw InternalError("the tests' archive cannot be made:\n" + run.err);
  fs::rename(fresh, path);
  write_file_atomically(list, names);
  return path;
}

}  // namespace

fs::path Toolchain::source_of(const Module& module, const Part& part, Rest rest) const {
  const auto build = modules_.find(module.name);
  if (build == modules_.end()) return {};
  const bool reference = rest == Rest::kReference && !build->second.reference.empty();
  if (reference || build->second.origin == "reference")
    return course_.solution_source(module, part);
  if (build->second.origin == "exported") return course_.engine_source(module, part);
  return course_.learner_source(module, part);
}

std::vector<fs::path> Toolchain::find_objects(const Module& module, Rest rest) const {
  std::vector<fs::path> objects;
  const auto sources = sources_of_tests(
      course_, module,
      [&](const Module& other, const Part& part) { return source_of(other, part, rest); });
  for (const fs::path& source : sources) {
    // None: of another processor, or the twin that is not built.
    const auto object = objects_.find(source.string());
    if (object != objects_.end()) objects.push_back(object->second);
  }
  for (const auto& [name, build] : modules_) {
    if (name == module.name || build.task_table.empty()) continue;
    const bool reference = rest == Rest::kReference && !build.reference.empty();
    const std::string archive = (reference ? build.reference : build.archive).stem().string();
    const fs::path table = build_dir_ / "task_tables" / (archive.substr(3) + ".cpp");  // libX.a
    const auto object = objects_.find(table.string());
    if (object != objects_.end()) objects.push_back(object->second);
  }
  return objects;
}

std::vector<fs::path> Toolchain::objects_of_tests(const Module& module, Rest rest) const {
  const std::lock_guard lock(needed_mutex_);
  const auto [entry, is_new] = needed_.try_emplace({module.name, rest});
  if (is_new) entry->second.objects = find_objects(module, rest);
  return entry->second.objects;
}

fs::path Toolchain::archive_of_tests(const Module& module, Rest rest) const {
  const std::vector<fs::path> objects = objects_of_tests(module, rest);
  const std::lock_guard lock(needed_mutex_);
  Needed& needed = needed_.at({module.name, rest});
  if (needed.archive.empty()) {
    const std::string name = module.name + (rest == Rest::kReference ? ".reference" : "") + ".a";
    needed.archive = update_archive(build_dir_ / "tito" / "needed" / name, objects);
  }
  return needed.archive;
}

void Toolchain::prepare_tests(const Module& module, Rest rest) const {
  std::vector<fs::path> files = module_build(module).tests;
  files.insert(files.end(), test_main_.begin(), test_main_.end());
  {
    const std::lock_guard lock(needed_mutex_);
    Needed& needed = needed_[{module.name, rest}];
    needed = {find_objects(module, rest), {}};
    files.insert(files.end(), needed.objects.begin(), needed.objects.end());
  }
  std::vector<std::string> targets{"learner_pch"};
  for (const fs::path& file : files) {
    targets.push_back(file.lexically_relative(build_dir_).string());
  }
  run_ninja(build_dir_, targets);
}

}  // namespace tito
