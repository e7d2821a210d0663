#include "tito/learner/export.h"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/learner/backup.h"

namespace tito {

namespace fs = std::filesystem;

fs::path export_folder(const Course& course, const Module& module) {
  return course.root / "tinytorch" / "exported" / module.name;
}

bool is_exported(const Course& course, const Module& module) {
  return fs::exists(export_folder(course, module));
}

bool is_exported(const Course& course, const Module& module, const Part& part) {
  return fs::exists(course.exported_source(module, part));
}

bool export_is_current(const Course& course, const Module& module) {
  return std::all_of(module.parts.begin(), module.parts.end(), [&](const Part& part) {
    const auto now = course.learner_source(module, part);
    const auto then = course.exported_source(module, part);
    return !fs::exists(then) || (fs::exists(now) && read_file(now) == read_file(then));
  });
}

fs::path remove_export(const Course& course, const Module& module) {
  const fs::path folder = export_folder(course, module);
  if (!fs::exists(folder)) return {};
  const fs::path backup = back_up(course.root, {folder});
  // Renamed first: a removal that is interrupted must not leave half a module to be compiled.
  const fs::path doomed =
      folder.parent_path() / ('.' + module.name + ".old" + std::to_string(::getpid()));
  fs::rename(folder, doomed);
  fs::remove_all(doomed);
  return backup;
}

fs::path write_export(const Course& course, const Module& module,
                      const std::vector<const Part*>& parts) {
  const fs::path folder = export_folder(course, module);
  const fs::path fresh =
      folder.parent_path() / ('.' + module.name + ".new" + std::to_string(::getpid()));
  fs::remove_all(fresh);
  for (const Part* part : parts) {
    write_file_atomically(fresh / part->source(), read_file(course.learner_source(module, *part)));
  }
  const fs::path backup = remove_export(course, module);
  fs::rename(fresh, folder);
  return backup;
}

}  // namespace tito
