// What holds for the files of one module.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tito/base/files.h"
#include "tito/course/lesson_pages.h"
#include "tito/course/source_scan.h"
#include "tito/course/stub_files.h"
#include "tito/course/stubs.h"
#include "tito/devcheck/proof.h"
#include "tito/learner/test_module.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

Findings check_stubs(const Course& course, const Module& module) {
  Findings findings;
  std::vector<StubFile> own;
  for (auto& file : stub_files(course, module)) {
    const std::string name = file.path.lexically_relative(course.root).string();
    if (file.state != StubState::kCurrent) {
      findings.push_back(
          fmt::format("{} differs from what solutions/ gives; run `tito stubs`", name));
    }
    own.push_back(std::move(file));
  }
  const fs::path sums = stub_sums_path(course, module);
  if (!fs::exists(sums) || read_file(sums) != stub_sums(own, module)) {
    findings.push_back(sums.lexically_relative(course.root).string() +
                       " is out of date; run `tito stubs`");
  }
  return findings;
}

// Names in `folder` for which `allowed` says no.
template <typename Allowed>
void find_unlisted(const Course& course, const Module& module, const char* room, Allowed allowed,
                   Findings& findings) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(course.root / room / module.name, error)) {
    if (allowed(entry.path())) continue;
    findings.push_back(fmt::format("{} is not listed in {} and has no place there",
                                   entry.path().lexically_relative(course.root).string(),
                                   module.file()));
  }
}

Findings check_presence(const Course& course, const Module& module) {
  Findings findings;
  for (const auto& part : module.parts) {
    for (const auto& path : {course.root / part.header, course.solution_source(module, part),
                             course.learner_source(module, part)}) {
      if (fs::exists(path)) continue;
      findings.push_back(path.lexically_relative(course.root).string() + " is in " + module.file() +
                         " and not on disk");
    }
  }
  return findings;
}

// A part without tasks is what a package of the core leaves of the others.
Findings check_parts(const Course& course, const Module& module) {
  Findings findings;
  for (const auto& part : module.parts) {
    if (part.tasks.empty())
      findings.push_back(fmt::format("{}: part {} has no tasks", module.file(), part.name));
  }
  const fs::path program = course.root / "milestones" / (module.milestone + ".cpp");
  if (!module.milestone.empty() && !fs::exists(program))
    findings.push_back(
        fmt::format("{}: milestones/{}.cpp is not there", module.file(), module.milestone));
  return findings;
}

Findings check_listing(const Course& course, const Module& module) {
  Findings findings = check_presence(course, module);
  std::set<std::string> sources;
  for (const auto& part : module.parts) sources.insert(part.source());
  const auto is_source = [&](const fs::path& path) {
    return sources.count(path.filename().string()) > 0;
  };
  const auto may_be_in_modules = [&](const fs::path& path) {
    const auto extension = path.extension();
    return is_source(path) || path.filename() == "module.yaml" || path.filename() == ".stubs" ||
           path.filename() == "depth" || extension == ".md" || extension == ".svg" ||
           extension == ".png";
  };
  const auto may_be_in_tests = [](const fs::path& path) {
    const std::string name = path.filename().string();
    return name.ends_with("_test.cpp") || name.ends_with("checks.cpp") ||
           name == "misconceptions" || name.ends_with(".h");
  };
  find_unlisted(course, module, "solutions", is_source, findings);
  find_unlisted(course, module, "modules", may_be_in_modules, findings);
  find_unlisted(course, module, "tests", may_be_in_tests, findings);
  return findings;
}

Findings check_lesson(const Course& course, const Module& module) {
  const fs::path lesson = course.root / "modules" / module.name / "README.md";
  if (fs::exists(lesson) && fs::file_size(lesson) > 0) return {};
  return {fmt::format("modules/{}/README.md, the lesson, is missing or empty", module.name)};
}

// depth/<part>.md is the page of a part in depth; `tito package --track core` leaves it out by
// name.
Findings check_depth_pages(const Course& course, const Module& module) {
  std::set<std::string> allowed;
  for (const auto& part : module.parts) {
    if (!part.core()) allowed.insert(part.name + ".md");
  }
  Findings findings;
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(course.root / "modules" / module.name / "depth", error)) {
    const std::string name = entry.path().filename().string();
    if (allowed.count(name) > 0) continue;
    findings.push_back(
        fmt::format("modules/{}/depth/{} is no page of a part in depth{}{}", module.name, name,
                    allowed.empty() ? "" : ", expected one of: ", fmt::join(allowed, ", ")));
  }
  return findings;
}

Findings check_links(const Course& course, const Module& module) {
  Findings findings;
  for (const fs::path& page : lesson_pages(course, module)) {
    for (const PageLink& link : links_of(read_file(page))) {
      const std::string file = linked_file(course, page, link.target);
      if (fs::exists(course.root / file)) continue;
      findings.push_back(fmt::format("{}:{}: links to {}, which does not exist",
                                     page.lexically_relative(course.root).generic_string(),
                                     link.line, file));
    }
  }
  return findings;
}

Findings check_hints(const Module& module, const Task& task) {
  Findings findings;
  if (task.hints.size() < 3) {
    findings.push_back(fmt::format("{}:{}: task {} has {} hints, expected at least 3",
                                   module.file(), task.line, task.id, task.hints.size()));
  }
  const std::set<std::string> different(task.hints.begin(), task.hints.end());
  if (different.size() != task.hints.size()) {
    findings.push_back(
        fmt::format("{}:{}: task {} gives the same hint twice", module.file(), task.line, task.id));
  }
  return findings;
}

// Modules that `module` may call into: its needs, theirs, and itself.
std::set<std::string> reachable(const Course& course, const Module& module) {
  std::set<std::string> found{module.name};
  std::vector<const Module*> open{&module};
  while (!open.empty()) {
    const Module* next = open.back();
    open.pop_back();
    for (const auto& name : next->needs) {
      if (found.insert(name).second) open.push_back(&course.find_module(name));
    }
  }
  return found;
}

Findings check_needs(const Course& course, const Module& module) {
  Findings findings;
  const auto modules = reachable(course, module);
  for (const auto& part : module.parts) {
    for (const auto& task : part.tasks) {
      for (const auto& need : task.needs) {
        const Module& other = *course.find_task(need).module;
        if (modules.count(other.name) > 0) continue;
        findings.push_back(fmt::format("{}:{}: task {} needs {}, but {} does not need {}",
                                       module.file(), task.line, task.id, need, module.name,
                                       other.name));
      }
    }
  }
  return findings;
}

Findings check_no_disabled(const Course& course, const Module& module) {
  Findings findings;
  for (const auto& path : files_below(course.root / "tests" / module.name, {".cpp", ".h"})) {
    const std::string text = read_file(path);
    for (const char* word : {"DISABLED_", "GTEST_SKIP"}) {
      if (text.find(word) == text.npos) continue;
      findings.push_back(fmt::format("{} holds {}: a test that does not run proves nothing",
                                     path.lexically_relative(course.root).string(), word));
    }
  }
  return findings;
}

Findings check_checks(const Course& course, const Module& module) {
  std::string text;  // of all *checks.cpp: a module may split them by part
  for (const auto& path : files_below(course.root / "tests" / module.name, {".cpp"})) {
    if (path.filename().string().ends_with("checks.cpp")) text += read_file(path);
  }
  if (text.empty())
    return {
        fmt::format("tests/{0}/checks.cpp is missing: the judge has nothing to ask", module.name)};
  Findings findings;
  for (const auto& part : module.parts) {
    for (const auto& task : part.tasks) {
      if (text.find('"' + task.id + '"') != text.npos) continue;
      findings.push_back(
          fmt::format("tests/{}/*checks.cpp hold no check of task {}", module.name, task.id));
    }
  }
  return findings;
}

Findings compile_stub(const ProofContext& context, const Module& module, const Part& part) {
  const std::string stub = pristine_stub(context.course, module, part);
  const auto result = context.toolchain.compile(
      module, part, store_source(context.toolchain.build_dir(), part, stub));
  if (result.ok) return {};
  return {fmt::format("the stub of {} does not compile:\n{}", part.source(),
                      result.diagnostics.substr(0, 1500))};
}

}  // namespace

void add_stub_proofs(const ProofContext& context, const Module& module,
                     std::vector<Proof>& proofs) {
  for (const auto& part : module.parts) {
    // Compiled objects are remembered by the toolchain itself.
    proofs.push_back({module.name, "the stub of " + part.source() + " compiles", "",
                      [context, &module, &part] { return compile_stub(context, module, part); }});
  }
}

void add_file_proofs(const ProofContext& context, const Module& module,
                     std::vector<Proof>& proofs) {
  const Course& course = context.course;
  const auto add = [&](std::string name, std::function<Findings()> run) {
    proofs.push_back({module.name, std::move(name), "", std::move(run)});
  };
  add("stubs equal regeneration", [&course, &module] { return check_stubs(course, module); });
  add("files are those of module.yaml",
      [&course, &module] { return check_listing(course, module); });
  add("parts have tasks, and the milestone is there",
      [&course, &module] { return check_parts(course, module); });
  add("tasks need only modules that the module needs",
      [&course, &module] { return check_needs(course, module); });
  if (!module.complete()) return;
  add("has a lesson", [&course, &module] { return check_lesson(course, module); });
  add("each page in depth/ belongs to a part in depth",
      [&course, &module] { return check_depth_pages(course, module); });
  add("the lesson's links lead to files",
      [&course, &module] { return check_links(course, module); });
  add("no test is disabled", [&course, &module] { return check_no_disabled(course, module); });
  add("every task has a judge's check",
      [&course, &module] { return check_checks(course, module); });
  for (const auto& part : module.parts) {
    for (const auto& task : part.tasks) {
      add(task.id + " has three hints", [&module, &task] { return check_hints(module, task); });
    }
  }
}

}  // namespace tito
