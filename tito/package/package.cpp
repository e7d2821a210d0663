#include "tito/package/package.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/course/lesson_pages.h"
#include "tito/course/stub_files.h"
#include "tito/course/stubs.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 64u << 20;

class Collector {
 public:
  explicit Collector(const Course& course) : root_(course.root) {}

  void add(const std::string& name) {
    const fs::path path = root_ / name;
    if (!fs::is_regular_file(path)) return;
    const auto owner = fs::status(path).permissions() & fs::perms::owner_exec;
    add(name, read_file(path, kLargestFile), owner != fs::perms::none);
  }
  void add(const std::string& name, std::string content, bool executable = false) {
    files_.push_back({name, std::move(content), executable});
  }
  // Everything below a folder that `wanted` (given its name from the root) takes. Hidden files and
  // links are never taken.
  template <typename Wanted>
  void add_folder(const std::string& folder, const Wanted& wanted) {
    std::error_code error;
    fs::recursive_directory_iterator entry(root_ / folder, error);
    for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const std::string name = fs::relative(entry->path(), root_).string();
      if (entry->path().filename().string().starts_with('.')) {
        if (entry->is_directory()) entry.disable_recursion_pending();
        continue;
      }
      if (!entry->is_symlink() && entry->is_regular_file() && wanted(name)) add(name);
    }
  }
  void add_folder(const std::string& folder) {
    add_folder(folder, [](const std::string&) { return true; });
  }
  std::vector<PackageFile> take() {
    std::sort(files_.begin(), files_.end(),
              [](const PackageFile& a, const PackageFile& b) { return a.name < b.name; });
    return std::move(files_);
  }

 private:
  fs::path root_;
  std::vector<PackageFile> files_;
};

std::string readme(const Module& module) {
  return fmt::format(
      "# {title}\n\n"
      "{summary}\n\n"
      "    bin/tito test {name}     what is done, what comes next\n"
      "    bin/tito hint            a nudge for the task you are on\n\n"
      "The lesson is modules/{name}/README.md, and the sources you write are beside it. The first\n"
      "start installs what is missing and builds everything else; that takes a few minutes, once.\n"
      "Hand in the folder modules/{name}, or a zip file of it.\n",
      fmt::arg("title", module.title), fmt::arg("summary", module.summary),
      fmt::arg("name", module.name));
}

// The judge's checks and their headers stay here.
bool is_learner_test(const std::string& name) {
  return name.ends_with("_test.cpp") || (name.ends_with(".h") && !name.ends_with("checks.h"));
}

// The tests and the page of a part in depth.
bool is_of_depth(const Module& module, const std::string& name) {
  const std::string base = fs::path(name).filename().string();
  return std::any_of(module.parts.begin(), module.parts.end(), [&](const Part& part) {
    return !part.core() && (base == part.name + "_test.cpp" || base == part.name + ".md");
  });
}

// The stubs twice: to work on, and to come back to.
void add_stubs(const Course& course, const Module& module, Collector& files) {
  for (const Part& part : module.parts) {
    const std::string stub = pristine_stub(course, module, part);
    files.add("modules/" + module.name + "/" + part.source(), stub);
    files.add("stubs/" + module.name + "/" + part.source(), stub);
  }
  files.add("modules/" + module.name + "/.stubs", stub_sums(stub_files(course), module));
}

// The module itself but for its sources: its list, its lesson, its learner tests.
void add_module(const Course& course, const Module& module, bool core_only, Collector& files) {
  const auto asked = [&](const std::string& name) {
    return !core_only || !is_of_depth(module, name);
  };
  const std::string list = read_file(course.root / module.file(), kLargestFile);
  files.add(module.file(), core_only ? core_of_module(list) : list);
  files.add_folder("modules/" + module.name, [&](const std::string& name) {
    return !name.ends_with(".cpp") && !name.ends_with(".h") && name != module.file() && asked(name);
  });
  files.add_folder("tests/" + module.name,
                   [&](const std::string& name) { return is_learner_test(name) && asked(name); });
}

// The pages of docs/ that the lesson links to, and the pictures on them.
void add_docs(const Course& course, const Module& module, bool core_only, Collector& files) {
  std::set<std::string> wanted;
  const auto follow = [&](const fs::path& page, bool pictures_only) {
    for (const PageLink& link : links_of(read_file(page))) {
      const std::string name = linked_file(course, page, link.target);
      const bool picture = name.ends_with(".svg") || name.ends_with(".png");
      if (name.starts_with("docs/") && (picture || !pictures_only)) wanted.insert(name);
    }
  };
  for (const fs::path& page : lesson_pages(course, module)) {
    if (!core_only || !is_of_depth(module, page.string())) follow(page, false);
  }
  for (const std::string& page : std::set<std::string>(wanted)) {
    if (page.ends_with(".md") && fs::exists(course.root / page)) follow(course.root / page, true);
  }
  for (const std::string& name : wanted) files.add(name);
}

void add_library(const Course& course, const Module& module, Collector& files) {
  const auto later = sources_of_later_modules(course, module);
  const std::set<std::string> excluded(later.begin(), later.end());
  const auto wanted = [&](const std::string& name) {
    if (excluded.count(name) > 0 || name.starts_with("tinytorch/exported/")) return false;
    // Recipes and the registry serve a practitioner; they need data and schemas that stay here.
    return !name.starts_with("tinytorch/pipeline/") && !name.starts_with("tinytorch/registry/");
  };
  files.add_folder("tinytorch", wanted);
  files.add_folder("milestones", wanted);
}

// What `tito bench` runs for the module: its ladder, what ladders share, the peers they stand
// beside. None where the module has no ladder.
void add_ladder(const Course& course, const Module& module, Collector& files) {
  const std::string program = "bench/ladder/" + module.name + ".cpp";
  if (!fs::exists(course.root / program)) return;
  const auto later = sources_of_later_modules(course, module);
  const auto wanted = [&](const std::string& name) {
    const std::string base = fs::path(name).filename().string();
    const bool shared = base[0] < '0' || base[0] > '9';
    return (shared || name == program) && std::count(later.begin(), later.end(), name) == 0;
  };
  files.add_folder("bench/ladder", wanted);
  files.add("bench/CMakeLists.txt");
  files.add_folder("bench", [](const std::string& name) { return name.starts_with("bench/peer"); });
}

}  // namespace

std::vector<PackageFile> package_files(const Course& course, const Module& module, bool core_only) {
  for (const Part& part : module.parts) {
    if (!fs::exists(course.solution_source(module, part))) {
      throw UserError(
          fmt::format("{}/{} has no reference here: packages are made in the "
                      "instructor's workspace",
                      module.name, part.source()));
    }
  }
  Collector files(course);
  for (const char* name : {"CMakeLists.txt", "CMakePresets.json", "LICENSE", ".clang-format",
                           ".gitignore", "tests/CMakeLists.txt"}) {
    files.add(name);
  }
  files.add("README.md", readme(module));
  files.add("course.yaml", restricted_course(read_file(course.root / "course.yaml"), module));
  files.add_folder("cmake");
  // bin/check proves the whole course, which a package does not hold.
  files.add_folder("bin", [](const std::string& name) { return name != "bin/check"; });
  files.add_folder("tito");
  files.add_folder("data");
  files.add_folder("tests/support");
  add_library(course, module, files);
  for (const Module* earlier : course.before(module))
    files.add_folder("solutions/" + earlier->name);
  add_stubs(course, module, files);
  add_ladder(course, module, files);
  add_module(course, module, core_only, files);
  add_docs(course, module, core_only, files);
  return files.take();
}

}  // namespace tito
