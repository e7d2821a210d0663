// The library in another project's hands: installed into a prefix of its own and found there by
// CMake and by pkg-config, or taken in as a folder. Each test configures, builds and runs
// project/, which knows nothing of this tree but what it is told on the command line.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tito/base/files.h"
#include "tito/base/process.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

const fs::path kScratch = SCRATCH_DIR;
const fs::path kProject = fs::path(PROJECT_ROOT) / "tests" / "consumer" / "project";

// What it prints on standard output; fails the test when the program does.
std::string run(const std::vector<std::string>& argv, const ProcessOptions& options = {}) {
  ProcessOptions bounded = options;
  bounded.timeout = std::chrono::minutes(10);
  const ProcessResult result = run_process(argv, bounded);
  EXPECT_TRUE(result.ok()) << argv[0] << " " << argv[1] << "\n" << result.out << result.err;
  return result.out;
}

class Consumer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    fs::remove_all(kScratch);
    fs::create_directories(kScratch);
    run({CMAKE_PROGRAM, "--install", BUILD_DIR, "--component", "tinytorch", "--prefix",
         prefix().string()});
  }
  static fs::path prefix() { return kScratch / "prefix"; }

  // Where `settings` were configured and built.
  static fs::path build(const std::string& name, const std::vector<std::string>& settings) {
    const fs::path folder = kScratch / name;
    std::vector<std::string> configure = {
        CMAKE_PROGRAM,   "-S", kProject.string(), "-B",
        folder.string(), "-G", GENERATOR,         "-DCMAKE_CXX_COMPILER=" COMPILER};
    configure.insert(configure.end(), settings.begin(), settings.end());
    run(configure);
    run({CMAKE_PROGRAM, "--build", folder.string(), "--target", "all"});
    return folder;
  }
};

TEST_F(Consumer, FindsTheInstalledPackage) {
  const fs::path folder = build("package", {"-DCMAKE_PREFIX_PATH=" + prefix().string()});
  EXPECT_EQ(run({(folder / "consumer").string(), ""}).substr(0, 15), "TinyTorch 0.2, ");
}

TEST_F(Consumer, IsRefusedAnotherVersion) {
  const fs::path folder = kScratch / "version";
  write_file_atomically(folder / "CMakeLists.txt",
                        "cmake_minimum_required(VERSION 3.25)\nproject(Other LANGUAGES CXX)\n"
                        "find_package(TinyTorch 0.9 REQUIRED)\n");
  const ProcessResult result =
      run_process({CMAKE_PROGRAM, "-S", folder.string(), "-B", (folder / "build").string(), "-G",
                   GENERATOR, "-DCMAKE_PREFIX_PATH=" + prefix().string()});
  EXPECT_FALSE(result.ok());
  EXPECT_NE(result.err.find("requested version \"0.9\""), std::string::npos) << result.err;
}

#if WITH_ONNX
TEST_F(Consumer, FindsTheOnnxComponent) {
  const fs::path folder =
      build("onnx", {"-DCMAKE_PREFIX_PATH=" + prefix().string(), "-DCONSUMER_ONNX=ON"});
  const fs::path file = folder / "small.onnx";
  EXPECT_EQ(run({(folder / "exporter").string(), file.string()}), "exported\n");
  EXPECT_GT(fs::file_size(file), 0u);
}
#endif

TEST_F(Consumer, FindsItByPkgConfig) {
  if (find_program("pkg-config").empty()) FAIL() << "pkg-config is missing: bin/install-packages";
  ProcessOptions options;
  for (const auto& entry : fs::recursive_directory_iterator(prefix())) {
    if (entry.path().filename() == "pkgconfig") {
      options.environment = {{"PKG_CONFIG_PATH", entry.path().string()}};
    }
  }
  const fs::path program = kScratch / "by_pkg_config";
  const std::string command = std::string(COMPILER) + " " + (kProject / "consumer.cpp").string() +
                              " $(pkg-config --cflags --libs tinytorch) -o " + program.string();
  run({"/bin/sh", "-c", command}, options);
  EXPECT_EQ(run({program.string(), ""}).substr(0, 15), "TinyTorch 0.2, ");
}

// Users see none of our warnings, and nothing that no public header needs.
TEST_F(Consumer, InstallsThePublicHeadersOnly) {
  const fs::path headers = prefix() / "include" / "tinytorch";
  EXPECT_TRUE(fs::exists(headers / "tinytorch.h"));
  EXPECT_FALSE(fs::exists(headers / "core" / "tensor_impl.h"));
  EXPECT_FALSE(fs::exists(headers / "quantization" / "int8" / "detail" / "int8_gemm_kernels.h"));
  for (const auto& entry : fs::recursive_directory_iterator(prefix())) {
    if (entry.path().extension() != ".cmake" && entry.path().extension() != ".pc") continue;
    EXPECT_EQ(read_file(entry.path()).find(PROJECT_ROOT "/tinytorch"), std::string::npos)
        << entry.path() << " points into the source tree";
  }
}

TEST_F(Consumer, TakesItInAsAFolder) {
  // As deep as this tree's own build folders, and with the same flags: the compiler cache knows
  // every object already.
  const fs::path folder = fs::path(BUILD_DIR).parent_path() /
                          (fs::path(BUILD_DIR).filename().string() + "-subdirectory");
  fs::remove_all(folder);
  run({CMAKE_PROGRAM, "-S", kProject.string(), "-B", folder.string(), "-G", GENERATOR,
       "-DCMAKE_CXX_COMPILER=" COMPILER, "-DCMAKE_BUILD_TYPE=Release",
       "-DCMAKE_CXX_FLAGS_RELEASE=-O3", "-DTINYTORCH_WERROR=ON",
       std::string("-DTINYTORCH_NATIVE=") + (WITH_NATIVE ? "ON" : "OFF"),
       "-DCONSUMER_SUBDIRECTORY=" PROJECT_ROOT});
  run({CMAKE_PROGRAM, "--build", folder.string(), "--target", "consumer"});
  EXPECT_EQ(run({(folder / "consumer").string(), ""}).substr(0, 15), "TinyTorch 0.2, ");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tito
