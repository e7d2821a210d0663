#include "tito/course/course.h"

#include <gtest/gtest.h>

#include <map>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/course/course_edit.h"
#include "tito/course/lesson_pages.h"
#include "tito/course/nearest.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCourse = R"(course: Small
rooms: [core, kernels]
modules:
  - 01_tensor
  - 15_quantization
)";

constexpr const char* kTensor = R"(title: Tensor
stage: engine
needs: []
parts:
  - name: tensor
    header: tinytorch/core/tensor.h
    title: Values
    tasks:
      - id: "01.1"
        name: storage
        title: Store
        points: 5
)";

constexpr const char* kQuantization = R"(title: Quantization
stage: complete
summary: Small integers.
needs: [01_tensor]
parts:
  - name: affine
    header: tinytorch/core/affine.h
    title: Affine
    track: core
    tasks:
      - id: "15.1"
        name: scale
        title: Choose
        suite: Scale
        points: 3
        needs: ["01.1"]
        hints: [one, two, three]
)";

constexpr const char* kTensorFile = "modules/01_tensor/module.yaml";
constexpr const char* kQuantizationFile = "modules/15_quantization/module.yaml";

using Files = std::map<std::string, std::string>;  // path below the course → text
Files small_course() {
  return {{"course.yaml", kCourse}, {kTensorFile, kTensor}, {kQuantizationFile, kQuantization}};
}

fs::path folder_with(const Files& files) {
  const fs::path folder = fs::path(SCRATCH_DIR) / "course";
  fs::remove_all(folder);
  for (const auto& [name, text] : files) write_file_atomically(folder / name, text);
  return folder;
}

// The small course with one text of one file replaced.
fs::path edited(const std::string& file, const std::string& find, const std::string& with) {
  Files files = small_course();
  std::string& text = files.at(file);
  const std::size_t at = text.find(find);
  EXPECT_NE(at, text.npos) << find;
  text.replace(at, find.size(), with);
  return folder_with(files);
}

std::string complaint_about(const fs::path& root) {
  try {
    load_course(root);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no complaint";
}

TEST(Course, ARoomIsTheInnermostListedFolder) {
  const Course course = load_course(
      edited("course.yaml", "rooms: [core, kernels]", "rooms: [core, kernels/gemm, kernels]"));
  EXPECT_EQ(course.room_of("tinytorch/kernels/reduce.h"), "kernels");
  EXPECT_EQ(course.room_of("tinytorch/kernels/gemm/packed.h"), "kernels/gemm");
  EXPECT_EQ(course.room_of("tinytorch/kernels/gemm/detail/avx2.h"), "kernels/gemm");
  EXPECT_EQ(course.room_of("tinytorch/kernels/gemmology.h"), "kernels");
  EXPECT_EQ(course.room_of("tinytorch/attic/old.h"), "");
  EXPECT_EQ(course.room_of("tito/main.cpp"), "");
}

TEST(Course, ReadsEveryField) {
  const Course course = load_course(folder_with(small_course()));
  EXPECT_EQ(course.title, "Small");
  EXPECT_EQ(course.rooms, (std::vector<std::string>{"core", "kernels"}));
  ASSERT_EQ(course.modules.size(), 2u);
  const Module& module = course.modules[1];
  EXPECT_TRUE(module.complete());
  EXPECT_EQ(module.needs, std::vector<std::string>{"01_tensor"});
  EXPECT_EQ(module.total_points(), 3);
  const Task& task = module.parts.at(0).tasks.at(0);
  EXPECT_EQ(task.suite, "Scale");
  EXPECT_EQ(task.needs, std::vector<std::string>{"01.1"});
  EXPECT_EQ(task.hints.size(), 3u);
  EXPECT_EQ(task.line, 11);
  EXPECT_EQ(module.file(), kQuantizationFile);
}

TEST(Course, FindsModulesByAnyOfTheirNames) {
  const Course course = load_course(folder_with(small_course()));
  for (const char* name : {"15_quantization", "15", "quantization", "modules/15_quantization/"}) {
    EXPECT_EQ(course.find_module(name).name, "15_quantization") << name;
  }
  EXPECT_EQ(course.find_module("1").name, "01_tensor");
  EXPECT_EQ(course.find_task("15.1").task->name, "scale");
  EXPECT_EQ(course.find_task("1.1").task->name, "storage");
}

TEST(Course, NamesTheNearestModuleAndTask) {
  const Course course = load_course(folder_with(small_course()));
  const auto message = [](auto action) -> std::string {
    try {
      action();
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(
      message([&] { course.find_module("quantisation"); }).find("Did you mean 15_quantization?"),
      std::string::npos);
  EXPECT_NE(message([&] { course.find_task("15.9"); }).find("Module 15 has: 15.1"),
            std::string::npos);
  EXPECT_NE(message([&] { course.find_task("99.1"); }).find("`tito list` shows the modules."),
            std::string::npos);
  EXPECT_NE(
      message([&] { course.find_module("x"); }).find("Its modules: 01_tensor, 15_quantization"),
      std::string::npos);
  EXPECT_EQ(message([&] { course.find_module("zzzzzz"); }).find("Did you mean"), std::string::npos)
      << "nothing is near, so nothing is suggested";
}

struct Mistake {
  const char* file;
  const char* find;
  const char* with;
  const char* says;  // behind the file's name: the line, and what is wrong
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) { return out << mistake.says; }

class CourseMistake : public testing::TestWithParam<Mistake> {};

TEST_P(CourseMistake, NamesFileLineAndWhatWasExpected) {
  const Mistake& mistake = GetParam();
  const std::string message = complaint_about(edited(mistake.file, mistake.find, mistake.with));
  EXPECT_EQ(message.find(std::string(mistake.file) + mistake.says), 0u) << message;
  EXPECT_NE(message.find("expected"), message.npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Module, CourseMistake,
    testing::Values(
        Mistake{kTensorFile, "title: Tensor\n", "titel: Tensor\n",
                ":1: unknown key \"titel\" in a module"},
        Mistake{kTensorFile, "title: Tensor\n", "", ":1: a module has no \"title\""},
        Mistake{kTensorFile, "stage: engine", "stage: ready", ":2: stage \"ready\""},
        Mistake{kTensorFile, "points: 5", "points: five", ":12: points is \"five\""},
        Mistake{kTensorFile, "points: 5", "points: -5", ":12: points is \"-5\""},
        Mistake{kTensorFile, "points: 5", "points: []", ":12: points is a list"},
        Mistake{kTensorFile, "id: \"01.1\"", "id: \"02.1\"", ":9: task id \"02.1\""},
        Mistake{kTensorFile, "core/tensor.h", "core/other.h",
                ":6: header \"tinytorch/core/other.h\""},
        Mistake{kTensorFile, "core/tensor.h", "../tensor.h", ":6: header"},
        Mistake{kQuantizationFile, "needs: [01_tensor]", "needs: [02_tensor]",
                ":4: needs names \"02_tensor\""},
        Mistake{kQuantizationFile, "needs: [\"01.1\"]", "needs: [\"15.1\"]",
                ":16: needs names \"15.1\""},
        Mistake{kQuantizationFile, "        suite: Scale\n", "", ":11: a task has no \"suite\""},
        Mistake{kTensorFile, "title: Store", "title: Store\n        title: Again",
                ":12: \"title\" twice"},
        Mistake{kQuantizationFile, "name: affine", "name: [affine]", ":6: name is a list"},
        Mistake{kQuantizationFile, "hints: [one, two, three]", "hints: one",
                ":17: hints is \"one\""},
        Mistake{kTensorFile, "parts:\n  - name", "parts:\n - name", ":6: not YAML"},
        Mistake{kTensorFile, "title: Tensor", "title: \"Tensor", ":"},
        Mistake{kQuantizationFile, "track: core", "track: deep", ":9: track \"deep\""},
        Mistake{kQuantizationFile, "track: core", "track: depth",
                ":9: the first part is in depth, expected one of the core first"},
        Mistake{kQuantizationFile, "    track: core\n", "", ":6: a part has no \"track\""},
        Mistake{kQuantizationFile, "parts:\n",
                "parts:\n  - name: a\n    header: tinytorch/core/a.h\n"
                "    title: A\n    track: core\n    tasks: []\n",
                ":6: part \"a\" has no tasks"},
        Mistake{kTensorFile, "parts:", "parts: []\nneeds2:", ":5: unknown key"}));

INSTANTIATE_TEST_SUITE_P(
    Course, CourseMistake,
    testing::Values(Mistake{"course.yaml", "- 01_tensor", "- Tensor", ":4: module name \"Tensor\""},
                    Mistake{"course.yaml", "- 01_tensor", "- 01_../../etc", ":4: module name"},
                    Mistake{"course.yaml", "- 15_quantization", "- 01_tensor",
                            ":5: module \"01_tensor\" twice"},
                    Mistake{"course.yaml", "- 15_quantization", "- 16_compression",
                            ":5: module 16_compression has no modules/16_compression/module.yaml"},
                    Mistake{"course.yaml", "- 15_quantization", "- name: 15_quantization",
                            ":5: module name"},
                    Mistake{"course.yaml", "rooms: [core, kernels]", "rooms: {core: 1}",
                            ":2: rooms is a mapping"}));

TEST(Course, ATaskIsNamedOnceInAllFiles) {
  Files files = small_course();
  files["course.yaml"] += "  - 16_compression\n";
  files["modules/16_compression/module.yaml"] =
      "title: Twice\nstage: complete\nparts:\n  - name: again\n"
      "    header: tinytorch/core/again.h\n    title: Again\n    track: core\n    tasks:\n"
      "      - {id: \"16.1\", name: x, title: X, points: 1, suite: Scale}\n";
  EXPECT_EQ(complaint_about(folder_with(files)),
            "modules/16_compression/module.yaml:9: suite \"Scale\" twice, expected each once");
}

TEST(Course, AnEmptyOrForeignFileIsAMistakeToo) {
  for (const std::string& text :
       {std::string(), std::string("just text\n"), std::string("course: X\nmodules: []\n"),
        std::string("\0\x01\x02", 3)}) {
    EXPECT_NE(complaint_about(folder_with({{"course.yaml", text}})), "no complaint") << text;
  }
  Files files = small_course();
  files[kTensorFile] = "";
  EXPECT_NE(complaint_about(folder_with(files)).find(kTensorFile), std::string::npos);
}

// As a package has it: the reference of an earlier module, and nothing else of it.
TEST(Course, AGivenModuleIsKnownByItsSources) {
  Files files = small_course();
  files["course.yaml"] = "course: Small\ngiven: [01_tensor]\nmodules: [15_quantization]\n";
  files.erase(kTensorFile);
  files["solutions/01_tensor/tensor.cpp"] =
      "#include \"tinytorch/core/tensor.h\"\n\n#include <vector>\n";
  const Course course = load_course(folder_with(files));
  ASSERT_EQ(course.modules.size(), 2u);
  const Module& tensor = course.modules[0];
  EXPECT_TRUE(tensor.given);
  EXPECT_FALSE(tensor.complete());
  EXPECT_EQ(tensor.title, "Tensor");
  ASSERT_EQ(tensor.parts.size(), 1u);
  EXPECT_EQ(tensor.parts[0].header, "tinytorch/core/tensor.h");
  EXPECT_TRUE(tensor.parts[0].tasks.empty());
  EXPECT_FALSE(course.modules[1].given);
  EXPECT_TRUE(course.find_task("15.1").task->needs.empty()) << "01.1 is there for all to use";
  files.erase("solutions/01_tensor/tensor.cpp");
  EXPECT_EQ(complaint_about(folder_with(files)),
            "course.yaml gives 01_tensor, expected its sources in solutions/01_tensor");
}

TEST(Course, RootIsFoundFromBelow) {
  const fs::path root = folder_with(small_course());
  fs::create_directories(root / "a" / "b");
  EXPECT_EQ(find_course_root(root / "a" / "b"), root);
  EXPECT_THROW(find_course_root("/"), UserError);
}

TEST(CourseEdit, InsertsInOrderAndKeepsComments) {
  EXPECT_EQ(insert_module("# top\nmodules:\n  # first\n  - 01_a\n  - 05_e\n", "03_c"),
            "# top\nmodules:\n  # first\n  - 01_a\n  - 03_c\n  - 05_e\n");
  EXPECT_EQ(insert_module("modules:\n  - 01_a", "03_c"), "modules:\n  - 01_a\n  - 03_c\n");
  EXPECT_EQ(insert_module("given:\n  - 04_d\nmodules:\n  - 05_e\n", "03_c"),
            "given:\n  - 04_d\nmodules:\n  - 03_c\n  - 05_e\n");
}

TEST(CourseEdit, AddsARoomToTheList) {
  EXPECT_EQ(insert_room("course: X\nrooms: [core, a]\n", "b"), "course: X\nrooms: [core, a, b]\n");
  EXPECT_EQ(insert_room("rooms: []\n", "b"), "rooms: [b]\n");
  EXPECT_THROW(insert_room("course: X\n", "b"), UserError);
}

TEST(Nearest, SortsByDistanceAndKnowsParts) {
  const std::vector<std::string> known{"01_tensor", "15_quantization", "16_compression"};
  EXPECT_EQ(nearest("tensro", known).at(0), "01_tensor");
  EXPECT_EQ(nearest("quantizatoin", known).at(0), "15_quantization") << "swapped letters";
  EXPECT_TRUE(nearest("qqqqqqqqqqqq", known).empty());
}

TEST(LessonPages, LinksAreThoseToFiles) {
  const auto links = links_of(
      "![A](a.svg) and [b](../b.md#part), [web](https://example.org), [here](#part)\n"
      "```\n[not](this.md)\n```\n[c](c.h)\n");
  ASSERT_EQ(links.size(), 3u);
  EXPECT_EQ(links[0].target, "a.svg");
  EXPECT_EQ(links[1].target, "../b.md");
  EXPECT_EQ(links[1].line, 1);
  EXPECT_EQ(links[2].target, "c.h");
  EXPECT_EQ(links[2].line, 5);
}

}  // namespace
}  // namespace tito
