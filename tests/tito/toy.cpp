#include "tests/tito/toy.h"

#include <set>
#include <sstream>

#include "tito/base/files.h"
#include "tito/base/terminal.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;  // path below the toy → content

const fs::path kProject = PROJECT_ROOT;
const fs::path kToy = fs::path(SCRATCH_DIR) / "toy";

void collect(const fs::path& from, const fs::path& below, Files& files) {
  if (fs::is_regular_file(from)) {
    files[below.generic_string()] = read_file(from);
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file()) continue;
    files[(below / entry.path().lexically_relative(from)).generic_string()] =
        read_file(entry.path());
  }
}

// The toy's own files, and the project's build files and core that it stands on.
Files template_files() {
  Files files;
  collect(kProject / "tests/tito/toy", "", files);
  for (const char* path : {"CMakeLists.txt", "CMakePresets.json", "cmake", "bin/packages.txt",
                           "tinytorch/CMakeLists.txt", "tinytorch/version.h", "tinytorch/core",
                           "tests/CMakeLists.txt", "tests/support/test_main.cpp", "tito/worker"}) {
    collect(kProject / path, path, files);
  }
  return files;
}

// Makes the toy equal to `files`, touching only what differs: an untouched file is not rebuilt.
void sync(const Files& files) {
  for (const char* gone : {".tito", "tinytorch/exported", "stubs"}) fs::remove_all(kToy / gone);
  std::vector<fs::path> surplus;
  if (fs::exists(kToy)) {
    for (auto entry = fs::recursive_directory_iterator(kToy); entry != fs::end(entry); ++entry) {
      if (entry->path() == kToy / "build") entry.disable_recursion_pending();
      const std::string name = entry->path().lexically_relative(kToy).generic_string();
      const bool is_folder = fs::is_directory(entry->symlink_status());
      if (!is_folder && files.count(name) == 0) surplus.push_back(entry->path());
    }
  }
  for (const auto& path : surplus) fs::remove(path);
  for (const auto& [name, content] : files) {
    const fs::path path = kToy / name;
    if (fs::exists(path) && !fs::is_regular_file(path)) fs::remove_all(path);
    if (!fs::exists(path) || read_file(path) != content) write_file_atomically(path, content);
  }
}

ProcessResult run_in_toy(std::vector<std::string> argv, ProcessOptions options = {}) {
  options.directory = options.directory.empty() ? kToy : options.directory;
  options.environment.emplace_back("TITO_ROOT", kToy.string());
  return run_process(argv, options);
}

// Template and generated stubs.
Files& pristine() {
  static Files files;
  return files;
}

void remove_empty_modules() {
  // A folder that a test made stays when its files are gone; CMake and dev check would see it.
  for (const char* room : {"modules", "solutions", "tests", "tinytorch"}) {
    for (const auto& entry : fs::directory_iterator(kToy / room)) {
      if (!entry.is_directory()) continue;
      bool has_file = false;
      for (const auto& inner : fs::recursive_directory_iterator(entry))
        has_file |= inner.is_regular_file();
      if (!has_file) fs::remove_all(entry);
    }
  }
}

}  // namespace

const fs::path& ToyCourse::root() { return kToy; }

void ToyCourse::SetUpTestSuite() {
  if (!pristine().empty()) return;
  const Files files = template_files();
  sync(files);
  const auto stubs = run_in_toy({TITO_BINARY, "stubs", "--force"});
  ASSERT_TRUE(stubs.ok()) << stubs.err;
  Files with_stubs = files;
  collect(kToy / "modules", "modules", with_stubs);
  const auto configured = run_in_toy({"cmake", "--preset", "dev", "-DTINYTORCH_TITO=OFF"});
  ASSERT_TRUE(configured.ok()) << configured.err;
  pristine() = std::move(with_stubs);
}

void ToyCourse::SetUp() {
  sync(pristine());
  remove_empty_modules();
}

ProcessResult ToyCourse::tito(std::vector<std::string> arguments, ProcessOptions options) {
  arguments.insert(arguments.begin(), TITO_BINARY);
  return run_in_toy(std::move(arguments), std::move(options));
}

nlohmann::json ToyCourse::tito_json(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const auto result = tito(arguments);
  const auto document = nlohmann::json::parse(result.out, nullptr, false);
  EXPECT_FALSE(document.is_discarded()) << "not one JSON document:\n" << result.out << result.err;
  return document;
}

std::string ToyCourse::read(const std::string& path) { return read_file(kToy / path); }

void ToyCourse::write(const std::string& path, const std::string& content) {
  write_file_atomically(kToy / path, content);
}

void ToyCourse::edit(const std::string& path, const std::string& find, const std::string& with) {
  std::string text = read(path);
  const std::size_t at = text.find(find);
  ASSERT_NE(at, text.npos) << find << " is not in " << path;
  ASSERT_EQ(text.find(find, at + 1), text.npos) << find << " stands twice in " << path;
  write(path, text.replace(at, find.size(), with));
}

void ToyCourse::solve(const std::string& module, const std::string& part) {
  std::string source;
  const std::string solution = read("solutions/" + module + '/' + part + ".cpp");
  for (std::size_t begin = 0; begin < solution.size();) {
    const std::size_t end = solution.find('\n', begin) + 1;
    const std::string line = solution.substr(begin, end - begin);
    if (line.find(" SOLUTION ") == line.npos) source += line;
    begin = end;
  }
  write("modules/" + module + '/' + part + ".cpp", source);
}

std::map<std::string, std::string> ToyCourse::statuses(const std::string& module) {
  std::map<std::string, std::string> result;
  const auto document = tito_json({"test", module});
  if (!document.is_object() || !document.contains("tasks")) return result;
  for (const auto& item : document["tasks"]) result[item["id"]] = item["status"];
  return result;
}

nlohmann::json ToyCourse::task(const nlohmann::json& document, const std::string& id) {
  if (document.is_object() && document.contains("tasks")) {
    for (const auto& item : document["tasks"]) {
      if (item["id"] == id) return item;
    }
  }
  ADD_FAILURE() << "no task " << id << " in " << document.dump(2);
  return {{"status", ""}, {"message", ""}, {"line", 0}};
}

std::size_t expect_lines_fit(const std::string& text, std::size_t width) {
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_LE(display_width(line), width) << line;
  }
  return count;
}

}  // namespace tito
