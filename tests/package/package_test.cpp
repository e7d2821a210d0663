// A packaged module in the hands of a student who has nothing else: it configures, builds its own
// tito, shows every task as open, and turns green once each answer is written.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tito/base/files.h"
#include "tito/base/process.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

class PackagedModule : public testing::TestWithParam<const char*> {};

TEST_P(PackagedModule, WorksAlone) {
  const std::string module = GetParam();
  const fs::path project = PROJECT_ROOT;
  const fs::path workspace = fs::path(SCRATCH_DIR) / ("workspace_" + module);
  fs::remove_all(workspace);

  ProcessOptions author;
  author.environment = {{"TITO_ROOT", project.string()}};
  const auto packaged = run_process(
      {TITO_BINARY, "package", module, "--for", "dir", "-o", workspace.string()}, author);
  ASSERT_TRUE(packaged.ok()) << packaged.out << packaged.err;

  // The student's launcher, not this build's tito.
  ProcessOptions student;
  student.directory = workspace;
  student.timeout = std::chrono::minutes(15);
  student.environment = {{"TITO_NO_INSTALL", "1"}};
  const auto test = [&] {
    const auto result = run_process({"bin/tito", "test", module, "--json"}, student);
    EXPECT_TRUE(nlohmann::json::accept(result.out)) << result.out << result.err;
    return nlohmann::json::parse(result.out, nullptr, false);
  };

  const auto untouched = test();
  ASSERT_TRUE(untouched.is_object());
  EXPECT_GT(untouched["total"], 0);
  EXPECT_EQ(untouched["passed"], 0);
  for (const auto& task : untouched["tasks"]) {
    EXPECT_EQ(task["status"], "not-implemented") << task.dump(2);
  }

  const auto copy_over = fs::copy_options::overwrite_existing;
  for (const auto& entry : fs::directory_iterator(project / "solutions" / module)) {
    fs::copy_file(entry.path(), workspace / "modules" / module / entry.path().filename(),
                  copy_over);
  }
  const auto solved = test();
  EXPECT_EQ(solved["passed"], solved["total"]) << solved.dump(2);
  fs::remove_all(workspace);
}

INSTANTIATE_TEST_SUITE_P(Course, PackagedModule, testing::Values("15_quantization"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace tito
