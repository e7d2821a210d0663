// tito package on the toy course: what is in it, and that it works alone.

#include "tito/package/package.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/process.h"
#include "tito/package/leaks.h"
#include "tito/package/write.h"
#include "toy_course.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

std::vector<PackageFile> package_of(const std::string& module) {
  return package_files(toy_course(), toy_module(module));
}

bool holds(const std::vector<PackageFile>& files, const std::string& name) {
  return std::any_of(files.begin(), files.end(),
                     [&](const PackageFile& file) { return file.name == name; });
}

TEST(Package, HoldsEarlierReferencesThisStubAndNothingLater) {
  const auto files = package_of("02_sorting");
  for (const char* name :
       {"course.yaml", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
        "cmake/CourseModules.cmake", "solutions/01_counting/sums.cpp",
        "solutions/01_counting/words.cpp", "modules/02_sorting/order.cpp",
        "modules/02_sorting/README.md", "stubs/02_sorting/order.cpp",
        "tests/02_sorting/order_test.cpp", "tests/support/test_main.cpp",
        "tinytorch/sorting/order.h", "tinytorch/core/error.cpp", "tito/worker/worker_main.cpp"}) {
    EXPECT_TRUE(holds(files, name)) << name;
  }
  for (const PackageFile& file : files) {
    const auto has = [&](const char* piece) { return file.name.find(piece) != std::string::npos; };
    EXPECT_FALSE(has("solutions/02") || has("solutions/03") || has("03_later") || has("later.h") ||
                 has("checks.cpp") || has("misconceptions") || has("exported") || has(".git/") ||
                 has(".tito") || has("build/") || has("tests/01"))
        << file.name;
  }
}

TEST(Package, HoldsTheLadderOfItsModuleAlone) {
  const auto counting = package_of("01_counting");
  EXPECT_TRUE(holds(counting, "bench/ladder/01_counting.cpp"));
  for (const PackageFile& file : package_of("02_sorting")) {
    EXPECT_FALSE(file.name.starts_with("bench/")) << file.name;
  }
}

TEST(Package, HoldsThePagesOfTheLessonAndThoseTheyLinkTo) {
  const auto files = package_of("01_counting");
  for (const char* name : {"modules/01_counting/README.md", "modules/01_counting/depth/words.md",
                           "docs/glossary.md", "docs/sum.svg"}) {
    EXPECT_TRUE(holds(files, name)) << name;
  }
  EXPECT_FALSE(holds(files, "docs/grading.md")) << "no page of the lesson links to it";
  EXPECT_FALSE(holds(package_of("02_sorting"), "docs/glossary.md"));
  const auto core = package_files(toy_course(), toy_module("01_counting"), true);
  EXPECT_TRUE(holds(core, "docs/glossary.md"));
  EXPECT_FALSE(holds(core, "modules/01_counting/depth/words.md"));
}

TEST(Package, IsSortedAndNamesNothingTwice) {
  const auto files = package_of("01_counting");
  for (std::size_t i = 1; i < files.size(); ++i) EXPECT_LT(files[i - 1].name, files[i].name);
}

TEST(Package, LeavesOutWhatNeedsALaterModule) {
  const auto later = sources_of_later_modules(toy_course(), toy_module("01_counting"));
  // The milestone includes order.h of module 02.
  for (const char* name : {"tinytorch/sorting/order.h", "milestones/1900_first_sum.cpp"}) {
    EXPECT_TRUE(std::count(later.begin(), later.end(), name)) << name;
    EXPECT_FALSE(holds(package_of("01_counting"), name)) << name;
  }
  EXPECT_TRUE(holds(package_of("02_sorting"), "milestones/1900_first_sum.cpp"));
}

TEST(Package, CutsTheCourseAfterTheModuleAndGivesThoseBefore) {
  const std::string yaml =
      "# first\ncourse: X\nmodules:\n  - 01_one\n  # of two\n  - 02_two\n  - 03_three\ncolour: "
      "blue\n";
  Module module;
  module.name = "02_two";
  EXPECT_EQ(restricted_course(yaml, module),
            "# first\ncourse: X\ngiven:\n  - 01_one\nmodules:\n  - 02_two\ncolour: blue\n");
  module.name = "01_one";
  EXPECT_EQ(restricted_course(yaml, module),
            "# first\ncourse: X\nmodules:\n  - 01_one\ncolour: blue\n");
}

TEST(Package, CarriesTheModulesOwnFileAndNoOther) {
  TemporaryFolder folder;
  const auto files = package_of("02_sorting");
  for (const PackageFile& file : files) {
    EXPECT_FALSE(file.name.ends_with("module.yaml") &&
                 file.name != "modules/02_sorting/module.yaml")
        << file.name;
  }
  write_folder(files, folder.path() / "workspace");
  const Course course = load_course(folder.path() / "workspace");
  ASSERT_EQ(course.modules.size(), 2u);
  EXPECT_TRUE(course.modules[0].given);
  EXPECT_EQ(course.modules[0].parts.size(), 2u);
  EXPECT_EQ(course.find_task("02.2").task->hints.size(), 3u);
}

TEST(Package, OfTheCoreAsksForNothingElse) {
  TemporaryFolder folder;
  const fs::path workspace = folder.path() / "workspace";
  const auto files = package_files(toy_course(), toy_module("01_counting"), true);
  EXPECT_FALSE(holds(files, "tests/01_counting/words_test.cpp"));
  EXPECT_TRUE(holds(files, "tests/01_counting/sums_test.cpp"));
  EXPECT_TRUE(holds(files, "modules/01_counting/words.cpp")) << "the library calls it";
  write_folder(files, workspace);
  const Course course = load_course(workspace);
  const Module& module = course.modules.at(0);
  ASSERT_EQ(module.parts.size(), 2u);
  EXPECT_EQ(module.parts[0].tasks.size(), 2u);
  EXPECT_TRUE(module.parts[1].tasks.empty());
  EXPECT_FALSE(module.has_depth());

  ProcessOptions options;
  options.directory = workspace;
  options.environment = {{"TITO_ROOT", workspace.string()}};
  const auto configured =
      run_process({"cmake", "--preset", "dev", "-DTINYTORCH_TITO=OFF"}, options);
  ASSERT_TRUE(configured.ok()) << configured.out << configured.err;
  write_file_atomically(workspace / "modules/01_counting/sums.cpp",
                        solution_text("01_counting", "sums"));
  const auto tested = run_process({TITO_BINARY, "test", "1"}, options);
  EXPECT_EQ(tested.exit_code, 0) << tested.out << tested.err;
  EXPECT_NE(tested.out.find("2 of 2 tasks · 7 of 7 points"), std::string::npos) << tested.out;
  const auto exported = run_process({TITO_BINARY, "export", "1"}, options);
  EXPECT_EQ(exported.exit_code, 0) << exported.out << exported.err;
}

TEST(Package, OfTheCoreDropsTheTasksOfDepthAndNoOtherLine) {
  EXPECT_EQ(core_of_module("title: X\nparts:\n  - name: a\n    track: core\n    tasks:\n      - 1\n"
                           "  - name: b\n    track: depth\n    tasks:\n      - 2\n    minutes: 3\n"
                           "  - name: c\n    track: depth\n    tasks:\n      - 4\nsummary: Y\n"),
            "title: X\nparts:\n  - name: a\n    track: core\n    tasks:\n      - 1\n"
            "  - name: b\n    track: depth\n    minutes: 3\n"
            "  - name: c\n    track: depth\nsummary: Y\n");
}

TEST(Package, TellsNoLineOfAnAnswer) {
  for (const char* module : {"01_counting", "02_sorting"}) {
    const auto leaks = find_leaks(toy_course(), toy_module(module), package_of(module));
    for (const Leak& leak : leaks) {
      ADD_FAILURE() << leak.file << ":" << leak.line << " is " << leak.solution;
    }
  }
}

TEST(Package, OfTheRealCourseTellsNoLineOfAnAnswer) {
  const Course course = load_course(TITO_SOURCE_DIR);
  int complete = 0;
  for (const Module& module : course.modules) {
    if (!module.complete()) continue;
    ++complete;
    for (const Leak& leak : find_leaks(course, module, package_files(course, module))) {
      ADD_FAILURE() << leak.file << ":" << leak.line << " is " << leak.solution;
    }
  }
  EXPECT_GT(complete, 0);
}

TEST(Package, AnAnswerInAnyFileIsFound) {
  const std::string solution = solution_text("01_counting", "sums");
  const std::string line = "for (const int value : values) sum += value;";
  for (const std::string& text :
       {"  " + line + "\n",
        std::string("x\n\n   for(const int value:values)   sum+=value ;// hidden\n"),
        "const char* s = \"" + line + "\";",
        std::string("\x7f"
                    "ELF\0\0",
                    6) +
            line}) {
    auto files = package_of("01_counting");
    files.push_back({"data/notes.bin", text, false});
    const auto leaks = find_leaks(toy_course(), toy_module("01_counting"), files);
    ASSERT_EQ(leaks.size(), 1u) << text;
    EXPECT_EQ(leaks[0].file, "data/notes.bin");
  }
  // The whole reference among the files is found, line by line.
  auto files = package_of("01_counting");
  files.push_back({"solutions/01_counting/sums.cpp", solution, false});
  EXPECT_GE(find_leaks(toy_course(), toy_module("01_counting"), files).size(), 3u);
}

TEST(Package, InTheLibraryTwoLinesInOrderAreAnAnswerAndOneIsIdiom) {
  const std::string one = "  std::int64_t sum = 0;\n";  // 16 characters: tells nothing anywhere
  const std::string two =
      "  if (values.empty()) throw Error(\"mean: no values; give at least one\");\n";
  const std::string three =
      "  return static_cast<double>(total(values)) / static_cast<double>(values.size());\n";
  const auto leaks_in = [&](const std::string& name, const std::string& content) {
    auto files = package_of("01_counting");
    files.push_back({name, content, false});
    return find_leaks(toy_course(), toy_module("01_counting"), files).size();
  };
  EXPECT_EQ(leaks_in("tinytorch/counting/given.cpp", one + two), 0u);
  EXPECT_EQ(leaks_in("tinytorch/counting/given.cpp", two + "\n}\n" + three), 2u);
  EXPECT_EQ(leaks_in("tinytorch/counting/given.cpp", three + two), 0u);
  EXPECT_EQ(leaks_in("tests/01_counting/given.cpp", one + two), 1u);
  // A room above cannot know the module.
  EXPECT_EQ(leaks_in("tinytorch/core/given.cpp", two + three), 0u);
  EXPECT_EQ(leaks_in("tinytorch/sorting/given.cpp", two + three), 2u);
}

TEST(Package, ZipHasTheSameBytesInAnyTimeZoneAndUnpacksToTheSameFiles) {
  const auto files = package_of("02_sorting");
  const std::string bytes = zip_of(files, "02_sorting");
  setenv("TZ", "Pacific/Kiritimati", 1);
  EXPECT_EQ(zip_of(files, "02_sorting"), bytes);
  unsetenv("TZ");

  archive* reader = archive_read_new();
  archive_read_support_format_zip(reader);
  ASSERT_EQ(archive_read_open_memory(reader, bytes.data(), bytes.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  std::size_t index = 0;
  for (; archive_read_next_header(reader, &entry) == ARCHIVE_OK; ++index) {
    ASSERT_LT(index, files.size());
    EXPECT_EQ(archive_entry_pathname(entry), "02_sorting/" + files[index].name);
    std::string content(files[index].content.size() + 1, '\0');
    const auto got = archive_read_data(reader, content.data(), content.size());
    content.resize(static_cast<std::size_t>(std::max<la_ssize_t>(got, 0)));
    EXPECT_EQ(content, files[index].content) << files[index].name;
  }
  EXPECT_EQ(index, files.size());
  archive_read_free(reader);
}

TEST(Package, OverwritesNoFolderWithSomethingInIt) {
  TemporaryFolder folder;
  folder.write("work/mine.txt", "precious");
  EXPECT_THROW(write_folder(package_of("02_sorting"), folder.path() / "work"), UserError);
  EXPECT_EQ(read_file(folder.path() / "work" / "mine.txt"), "precious");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

// As a student has it: unpacked somewhere else, built there, tested with the real binary.
TEST(Package, BuildsAndTestsOnItsOwn) {
  TemporaryFolder folder;
  const fs::path workspace = folder.path() / "workspace";
  write_folder(package_of("02_sorting"), workspace);
  ProcessOptions options;
  options.directory = workspace;
  options.environment = {{"TITO_ROOT", workspace.string()}};
  const auto configured =
      run_process({"cmake", "--preset", "dev", "-DTINYTORCH_TITO=OFF"}, options);
  ASSERT_TRUE(configured.ok()) << configured.out << configured.err;

  const std::vector<std::string> test{TITO_BINARY, "test", "02_sorting", "--json"};
  const auto before = run_process(test, options);
  EXPECT_EQ(before.exit_code, 1) << before.err;
  EXPECT_NE(before.out.find("\"not-implemented\""), std::string::npos) << before.out;
  EXPECT_EQ(before.out.find("\"pass\""), std::string::npos) << before.out;

  write_file_atomically(workspace / "modules" / "02_sorting" / "order.cpp",
                        solution_text("02_sorting", "order"));
  const auto after = run_process(test, options);
  EXPECT_EQ(after.exit_code, 0) << after.out << after.err;
  EXPECT_EQ(after.out.find("\"not-implemented\""), std::string::npos) << after.out;
}

}  // namespace
}  // namespace tito
