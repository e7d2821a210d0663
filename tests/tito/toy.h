#pragma once
// The toy course on disk, built once for all tests, and the real binary to drive on it.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tito/base/process.h"

namespace tito {

// Every test begins with the toy as a learner gets it: stubs, no state, nothing exported.
class ToyCourse : public testing::Test {
 protected:
  static void SetUpTestSuite();
  void SetUp() override;

  static const std::filesystem::path& root();
  // Runs tito; its exit code is result.exit_code.
  ProcessResult tito(std::vector<std::string> arguments, ProcessOptions options = {});
  // The same with --json, parsed.
  nlohmann::json tito_json(std::vector<std::string> arguments);

  std::string read(const std::string& path);
  void write(const std::string& path, const std::string& content);
  // Replaces the one place where `find` stands.
  void edit(const std::string& path, const std::string& find, const std::string& with);
  // Puts the reference in the place of the learner's source.
  void solve(const std::string& module, const std::string& part);
  // The status of each task of `tito test <module> --json`.
  std::map<std::string, std::string> statuses(const std::string& module);
  nlohmann::json task(const nlohmann::json& document, const std::string& id);
};

// Expects every line of `text` to take at most `width` columns; returns how many lines there are.
std::size_t expect_lines_fit(const std::string& text, std::size_t width);

// Puts `text` where a reader of a failure can see it whole.
#define EXPECT_SAYS(text, part) \
  EXPECT_NE(std::string(text).find(part), std::string::npos) << "in:\n" << (text)
#define EXPECT_SILENT_ABOUT(text, part) \
  EXPECT_EQ(std::string(text).find(part), std::string::npos) << "in:\n" << (text)

}  // namespace tito
