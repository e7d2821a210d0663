// bin/tito and bin/install-packages, on a project whose `tito` is three lines long.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/tito/toy.h"
#include "tito/base/files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

class Launcher : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    const fs::path project = PROJECT_ROOT;
    for (const char* file : {"bin/tito", "bin/install-packages"}) {
      fs::create_directories((root_ / file).parent_path());
      fs::copy_file(project / file, root_ / file);
    }
    write("CMakePresets.json", read_file(project / "CMakePresets.json"));
    write("bin/packages.txt", "cmake needed cmake to configure\n");
    write("cmake/empty.cmake", "");
    write("CMakeLists.txt",
          "cmake_minimum_required(VERSION 3.25)\n"
          "project(Small LANGUAGES CXX)\n"
          "set(CMAKE_EXPORT_COMPILE_COMMANDS ON)\n"
          "add_executable(tito tito/main.cpp)\n"
          "set_target_properties(tito PROPERTIES RUNTIME_OUTPUT_DIRECTORY "
          "${PROJECT_BINARY_DIR}/bin)\n");
    write_tito("one");
  }
  void write(const std::string& path, const std::string& content) {
    write_file_atomically(root_ / path, content);
  }
  void write_tito(const std::string& word) {
    write("tito/main.cpp",
          "#include <cstdio>\n#include <cstdlib>\n"
          "int main(int argc, char** argv) {\n"
          "  std::printf(\"" +
              word +
              " %s %s\\n\", std::getenv(\"TITO_ROOT\"), argc > 1 ? argv[1] : \"\");\n"
              "  return argc;\n}\n");
  }
  ProcessResult run(const std::string& program, ProcessOptions options = {}) {
    return run_process({program, "hello"}, options);
  }
  ProcessResult run() { return run((root_ / "bin/tito").string()); }

  fs::path root_ = fs::path(SCRATCH_DIR) / "launcher";
};

TEST_F(Launcher, BuildsPassesArgumentsAndTheExitStatusOn) {
  const auto result = run();
  EXPECT_EQ(result.out, "one " + root_.string() + " hello\n") << result.err;
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(fs::exists(root_ / "compile_commands.json")) << "editors look for it at the root";
}

TEST_F(Launcher, BuildsAgainOnlyWhenASourceChanged) {
  run();
  const auto built = fs::last_write_time(root_ / "build/dev/bin/tito");
  EXPECT_EQ(run().out.substr(0, 3), "one");
  EXPECT_EQ(fs::last_write_time(root_ / "build/dev/bin/tito"), built);
  write_tito("two");
  EXPECT_EQ(run().out.substr(0, 3), "two");
}

TEST_F(Launcher, CostsNextToNothingWhenNothingChanged) {
  run();
  double best = 1.0;
  for (int i = 0; i < 5; ++i) best = std::min(best, run().seconds);
  EXPECT_LT(best, 0.1) << "30 ms are promised; a busy machine gets three times as much";
}

TEST_F(Launcher, WorksThroughLinksAndFromAnywhere) {
  run();
  fs::create_directories(root_ / "elsewhere");
  fs::create_symlink("../bin/tito", root_ / "elsewhere/relative");
  fs::create_symlink((root_ / "elsewhere/relative").string(), root_ / "elsewhere/absolute");
  ProcessOptions options;
  options.directory = "/";
  EXPECT_EQ(run((root_ / "elsewhere/absolute").string(), options).out,
            "one " + root_.string() + " hello\n");
  options.directory = root_ / "elsewhere";
  EXPECT_EQ(run("./relative", options).out, "one " + root_.string() + " hello\n");
}

TEST_F(Launcher, BuildsAnewInACopyOfTheWholeFolder) {
  run();
  const fs::path copy = fs::path(SCRATCH_DIR) / "launcher copy";
  fs::remove_all(copy);
  fs::copy(root_, copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  const auto result = run((copy / "bin/tito").string());
  EXPECT_EQ(result.out, "one " + copy.string() + " hello\n") << result.err;
  EXPECT_SAYS(result.err, "moved or copied");
  EXPECT_SAYS(read_file(copy / "build/dev/CMakeCache.txt"), copy.string());
  EXPECT_EQ(run((copy / "bin/tito").string()).err, "") << "built once";
  EXPECT_EQ(run().err, "") << "the original needs nothing";
}

TEST_F(Launcher, AFailedBuildShowsWhyAndIsTriedAgain) {
  write("tito/main.cpp", "int main() { return oops; }\n");
  const auto failed = run();
  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_SAYS(failed.err, "oops");
  EXPECT_SAYS(failed.err, "tito could not be built");
  write_tito("mended");
  EXPECT_EQ(run().out.substr(0, 6), "mended");
}

TEST_F(Launcher, SaysWhatIsMissingAndWhy) {
  write("bin/packages.txt",
        "cmake needed cmake to configure\nlibmissing-dev needed /no/such/header.h reads the "
        "future\n");
  ProcessOptions options;
  options.environment = {{"TITO_NO_INSTALL", "1"}};
  const auto result = run((root_ / "bin/tito").string(), options);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_SAYS(result.err, "libmissing-dev: reads the future");
  EXPECT_SAYS(result.err, "TITO_NO_INSTALL is set");
  EXPECT_SAYS(result.err, "apt-get install libmissing-dev");
}

TEST_F(Launcher, InstallsWithAptWhatIsMissing) {
  // A stand-in for apt-get that notes how it is called.
  const fs::path tools = root_ / "tools";
  write("tools/apt-get", "#!/bin/sh\necho \"$@\" >>" + (root_ / "apt.log").string() +
                             "\ncase \"$*\" in *install*) : >" + (root_ / "header.h").string() +
                             " ;; esac\n");
  write("tools/sudo", "#!/bin/sh\nexec \"$@\"\n");
  fs::permissions(tools / "apt-get", fs::perms::owner_all);
  fs::permissions(tools / "sudo", fs::perms::owner_all);
  write("bin/packages.txt", "cmake needed cmake to configure\nlibmissing-dev needed " +
                                (root_ / "header.h").string() +
                                " reads\n"
                                "nicetohave wanted no-such-program is nice\n");
  ProcessOptions options;
  options.environment = {{"PATH", tools.string() + ":" + std::getenv("PATH")}};
  const auto result = run((root_ / "bin/tito").string(), options);
  EXPECT_EQ(result.out.substr(0, 3), "one") << result.err;
  const std::string log = read_file(root_ / "apt.log");
  EXPECT_SAYS(log, "libmissing-dev");
  EXPECT_SAYS(log, "nicetohave");
  EXPECT_SAYS(result.err, "libmissing-dev: reads");
}

TEST_F(Launcher, InstallsWithNpmWhatIsMissingWithoutRunningItsScripts) {
  // A stand-in for npm that notes how it is called; it fails the first time, half of it there.
  const fs::path log = root_ / "npm.log";
  write("tools/npm",
        "#!/bin/sh\nto=$PWD\n"
        "while [ $# -gt 0 ]; do [ \"$1\" = --prefix ] && to=$2; "
        "printf '%s ' \"$1\" >>" +
            log.string() + "; shift; done\necho half >\"$to/half\"\n" + "[ -e " +
            (root_ / "tried").string() + " ] || { : >" + (root_ / "tried").string() +
            "; echo no network; exit 1; }\necho all >\"$to/whole\"\n");
  fs::permissions(root_ / "tools/npm", fs::perms::owner_all);
  write("bin/packages.txt", "judge@1.2.3 check build/npm/judge@1.2.3/whole judges\n");
  ProcessOptions options;
  options.environment = {{"PATH", (root_ / "tools").string() + ":" + std::getenv("PATH")}};
  const std::vector<std::string> command{(root_ / "bin/install-packages").string(), "check"};
  const auto failed = run_process(command, options);
  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_SAYS(failed.err, "no network");
  EXPECT_SAYS(failed.err, "npm install --no-save --no-package-lock --ignore-scripts");
  EXPECT_FALSE(fs::exists(root_ / "build/npm/judge@1.2.3")) << "half of it counts as nothing";

  const auto done = run_process(command, options);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_SAYS(done.err, "judge@1.2.3: judges");
  EXPECT_TRUE(fs::exists(root_ / "build/npm/judge@1.2.3/whole"));
  EXPECT_SAYS(read_file(log), "--ignore-scripts");
  EXPECT_SAYS(read_file(log), " judge@1.2.3 ");
  EXPECT_EQ(run_process(command, options).err, "") << "nothing is missing any more";
}

TEST_F(Launcher, GoesOnWithoutWhatIsOnlyWanted) {
  write("bin/packages.txt",
        "cmake needed cmake to configure\nnicetohave wanted no-such-program is nice\n");
  ProcessOptions options;
  options.environment = {{"TITO_NO_INSTALL", "1"}};
  const auto result = run((root_ / "bin/tito").string(), options);
  EXPECT_EQ(result.out.substr(0, 3), "one");
  EXPECT_SAYS(result.err, "nicetohave: is nice");
  EXPECT_SAYS(result.err, "going on without");
  EXPECT_EQ(run((root_ / "bin/tito").string(), options).err, "") << "said once, not each time";
}

TEST_F(Launcher, TwoAtOnceBuildOnce) {
  ProcessOptions options;
  options.directory = root_;
  const auto result = run_process({"/bin/sh", "-c", "bin/tito a & bin/tito b; wait"}, options);
  EXPECT_SAYS(result.out, root_.string() + " a\n");
  EXPECT_SAYS(result.out, root_.string() + " b\n");
}

}  // namespace
}  // namespace tito
