// A packaged module in the hands of a student who has nothing else: it configures, builds its own
// tito, shows every task as open, is done once the core is written, and turns green once each
// answer is. A package of the core asks for no more than that.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tito/base/files.h"
#include "tito/base/process.h"
#include "tito/course/course.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

class PackagedModule : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { fs::remove_all(workspace_); }
  void TearDown() override {
    if (!HasFailure()) fs::remove_all(workspace_);
  }

  void package(const fs::path& folder, const std::string& track) const {
    ProcessOptions author;
    author.environment = {{"TITO_ROOT", kProject.string()}};
    const auto packaged = run_process(
        {TITO_BINARY, "package", module_, "--for", "dir", "--track", track, "-o", folder.string()},
        author);
    ASSERT_TRUE(packaged.ok()) << packaged.out << packaged.err;
  }
  // With the student's launcher, not this build's tito.
  ProcessResult tito(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "bin/tito");
    ProcessOptions student;
    student.directory = workspace_;
    student.timeout = std::chrono::minutes(15);
    student.environment = {{"TITO_NO_INSTALL", "1"}};
    return run_process(arguments, student);
  }
  nlohmann::json test() const {
    const auto result = tito({"test", module_, "--json"});
    EXPECT_TRUE(nlohmann::json::accept(result.out)) << result.out << result.err;
    return nlohmann::json::parse(result.out, nullptr, false);
  }
  // Puts the references of the core, or of all parts, in the place of what the student has.
  void solve(bool core_only) const {
    const Course course = load_course(kProject);
    const Module& module = course.find_module(module_);
    for (const Part& part : module.parts) {
      if (core_only && !part.core()) continue;
      fs::copy_file(course.solution_source(module, part),
                    workspace_ / "modules" / module_ / part.source(),
                    fs::copy_options::overwrite_existing);
    }
  }
  // Another package in the same workspace, so that what is built stays.
  void replace_module_by(const fs::path& other) const {
    for (const char* room : {"modules", "stubs", "tests"}) {
      fs::remove_all(workspace_ / room / module_);
      fs::copy(other / room / module_, workspace_ / room / module_, fs::copy_options::recursive);
    }
  }

  const fs::path kProject = PROJECT_ROOT;
  const std::string module_ = GetParam();
  const fs::path workspace_ = fs::path(SCRATCH_DIR) / ("workspace_" + module_);
};

TEST_P(PackagedModule, WorksAlone) {
  package(workspace_, "all");
  if (HasFatalFailure()) return;
  for (const auto& entry : fs::directory_iterator(workspace_ / "modules"))
    EXPECT_EQ(entry.path().filename(), module_) << "no other module's file";

  const auto untouched = test();
  ASSERT_TRUE(untouched.is_object());
  EXPECT_GT(untouched["total"], 0);
  EXPECT_EQ(untouched["passed"], 0);
  for (const auto& task : untouched["tasks"]) {
    EXPECT_EQ(task["status"], "not-implemented") << task.dump(2);
  }

  solve(true);
  const auto core = test();
  EXPECT_EQ(core["done"], true) << core.dump(2);
  EXPECT_LT(core["passed"], core["total"]);

  solve(false);
  const auto solved = test();
  EXPECT_EQ(solved["passed"], solved["total"]) << solved.dump(2);

  // The same of the core alone: nothing else is asked, and the rest links all the same.
  const fs::path other = workspace_.string() + "_core";
  fs::remove_all(other);
  package(other, "core");
  if (HasFatalFailure()) return;
  replace_module_by(other);
  fs::remove_all(other);
  solve(true);
  const auto alone = test();
  EXPECT_EQ(alone["total"], core["core_total"]);
  EXPECT_EQ(alone["passed"], alone["total"]) << alone.dump(2);
  // Parts of the core into the engine, stubs for the others.
  const auto exported = tito({"export", module_});
  EXPECT_TRUE(exported.ok()) << exported.out << exported.err;
}

INSTANTIATE_TEST_SUITE_P(Course, PackagedModule, testing::Values("15_quantization"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace tito
