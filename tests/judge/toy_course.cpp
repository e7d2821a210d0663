#include "toy_course.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "tito/base/files.h"
#include "tito/base/process.h"
#include "tito/course/stub_files.h"

namespace tito::testing_support {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = TITO_SOURCE_DIR;
const fs::path kToy = fs::path(TITO_BUILD_DIR) / "judge_toy";

// Only what changed is written, so that the toy's build stays up to date.
void put(const fs::path& to, const std::string& content, std::set<fs::path>& kept) {
  kept.insert(to);
  if (!fs::exists(to) || read_file(to) != content) write_file_atomically(to, content);
}

void lay(const fs::path& from, const fs::path& to, std::set<fs::path>& kept) {
  if (fs::is_regular_file(from)) put(to, read_file(from), kept);
  if (!fs::is_directory(from)) return;
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path inside = fs::relative(entry.path(), from);
    // The list of modules is put below, with one more: written twice, it would always be new.
    if (entry.is_regular_file() && inside != "course.yaml") lay(entry.path(), to / inside, kept);
  }
}

void lay_out() {
  std::set<fs::path> kept;
  for (const char* name :
       {"CMakeLists.txt", "CMakePresets.json", "cmake", "LICENSE", "tests/CMakeLists.txt",
        "tests/support", "tinytorch/CMakeLists.txt", "tinytorch/core/error.cpp",
        "tinytorch/core/instances.cpp", "tinytorch/core/printable.cpp", "tinytorch/core/rng.cpp",
        "tito/worker"}) {
    lay(kSource / name, kToy / name, kept);
  }
  // The precompiled header and the tests' support include some of the library's headers.
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "tinytorch")) {
    if (entry.path().extension() != ".h") continue;
    lay(entry.path(), kToy / fs::relative(entry.path(), kSource), kept);
  }
  lay(kSource / "tests" / "tito" / "toy", kToy, kept);
  // A module of the judge's tests alone.
  lay(kSource / "tests" / "judge" / "toy", kToy, kept);
  std::string course_text = read_file(kSource / "tests" / "tito" / "toy" / "course.yaml");
  course_text.replace(course_text.find("sorting]"), 8, "sorting, pieces]");
  put(kToy / "course.yaml", course_text + "  - 04_pieces\n", kept);
  const Course course = load_course(kToy);
  for (const StubFile& stub : stub_files(course)) put(stub.path, stub.content, kept);
  for (const char* room : {"cmake", "modules", "solutions", "tests", "tinytorch", "tito"}) {
    std::vector<fs::path> gone;
    for (const auto& entry : fs::recursive_directory_iterator(kToy / room)) {
      if (entry.is_regular_file() && kept.count(entry.path()) == 0) gone.push_back(entry.path());
    }
    for (const fs::path& file : gone) fs::remove(file);
  }
}

void configure() {
  if (fs::exists(kToy / "build" / "dev" / "build.ninja")) return;
  ProcessOptions options;
  options.directory = kToy;
  const auto result = run_process({"cmake", "--preset", "dev", "-DTINYTORCH_TITO=OFF"}, options);
  if (!result.ok()) throw std::runtime_error("the toy course: " + result.out + result.err);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "tito-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

fs::path TemporaryFolder::write(const std::string& name, const std::string& content) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

const Course& toy_course() {
  static const Course course = [] {
    lay_out();
    configure();
    return load_course(kToy);
  }();
  return course;
}

const Toolchain& toy_toolchain() {
  static const Toolchain toolchain(toy_course(), kToy / "build" / "dev");
  return toolchain;
}

const Module& toy_module(const std::string& name) { return toy_course().find_module(name); }

std::string solution_text(const std::string& module, const std::string& part) {
  return read_file(kToy / "solutions" / module / (part + ".cpp"));
}

JudgeOptions gentle_options(std::uint64_t seed) {
  JudgeOptions options;
  options.seed = seed;
  options.workshop.box.cpu_seconds = 6;
  options.workshop.wall = std::chrono::seconds(20);
  options.workshop.listing = 1u << 20;
  options.worker.box.memory = 192u << 20;
  options.worker.box.temporary = 8u << 20;
  options.worker.box.file = 4u << 20;
  options.worker.box.output = 64u << 10;
  options.worker.box.processes = 32;
  options.worker.cpu_seconds = 1;
  options.worker.wall_milliseconds = 3000;
  options.worker.start_milliseconds = 4000;
  return options;
}

}  // namespace tito::testing_support
