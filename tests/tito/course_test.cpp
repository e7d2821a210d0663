#include "tito/course/course.h"

#include <gtest/gtest.h>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/course/course_edit.h"
#include "tito/course/nearest.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCourse = R"(course: Small
rooms: [core, kernels]
modules:
  - name: 01_tensor
    title: Tensor
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
  - name: 15_quantization
    title: Quantization
    stage: complete
    summary: Small integers.
    needs: [01_tensor]
    parts:
      - name: affine
        header: tinytorch/core/affine.h
        title: Affine
        tasks:
          - id: "15.1"
            name: scale
            title: Choose
            suite: Scale
            points: 3
            needs: ["01.1"]
            hints: [one, two, three]
)";

fs::path folder_with(const std::string& text) {
  const fs::path folder = fs::path(SCRATCH_DIR) / "course";
  write_file_atomically(folder / "course.yaml", text);
  return folder;
}

std::string replaced(std::string text, const std::string& find, const std::string& with) {
  const std::size_t at = text.find(find);
  EXPECT_NE(at, text.npos) << find;
  return text.replace(at, find.size(), with);
}

// What load_course says about the course with one text replaced.
std::string complaint(const std::string& find, const std::string& with) {
  try {
    load_course(folder_with(replaced(kCourse, find, with)));
  } catch (const UserError& error) {
    return error.what();
  }
  return "no complaint";
}

TEST(Course, ARoomIsTheInnermostListedFolder) {
  const Course course = load_course(folder_with(
      replaced(kCourse, "rooms: [core, kernels]", "rooms: [core, kernels/gemm, kernels]")));
  EXPECT_EQ(course.room_of("tinytorch/kernels/reduce.h"), "kernels");
  EXPECT_EQ(course.room_of("tinytorch/kernels/gemm/packed.h"), "kernels/gemm");
  EXPECT_EQ(course.room_of("tinytorch/kernels/gemm/detail/avx2.h"), "kernels/gemm");
  EXPECT_EQ(course.room_of("tinytorch/kernels/gemmology.h"), "kernels");
  EXPECT_EQ(course.room_of("tinytorch/attic/old.h"), "");
  EXPECT_EQ(course.room_of("tito/main.cpp"), "");
}

TEST(Course, ReadsEveryField) {
  const Course course = load_course(folder_with(kCourse));
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
  EXPECT_EQ(task.line, 27);
}

TEST(Course, FindsModulesByAnyOfTheirNames) {
  const Course course = load_course(folder_with(kCourse));
  for (const char* name : {"15_quantization", "15", "quantization", "modules/15_quantization/"}) {
    EXPECT_EQ(course.find_module(name).name, "15_quantization") << name;
  }
  EXPECT_EQ(course.find_module("1").name, "01_tensor");
  EXPECT_EQ(course.find_task("15.1").task->name, "scale");
  EXPECT_EQ(course.find_task("1.1").task->name, "storage");
}

TEST(Course, NamesTheNearestModuleAndTask) {
  const Course course = load_course(folder_with(kCourse));
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
  EXPECT_NE(message([&] { course.find_task("15.9"); }).find("15.1"), std::string::npos);
  EXPECT_EQ(message([&] { course.find_module("zzzzzz"); }).find("Did you mean"), std::string::npos)
      << "nothing is near, so nothing is suggested";
}

struct Mistake {
  const char* find;
  const char* with;
  const char* says;  // with the line
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) { return out << mistake.says; }

class CourseMistake : public testing::TestWithParam<Mistake> {};

TEST_P(CourseMistake, NamesLineAndWhatWasExpected) {
  const Mistake& mistake = GetParam();
  const std::string message = complaint(mistake.find, mistake.with);
  EXPECT_NE(message.find(mistake.says), message.npos) << message;
  EXPECT_NE(message.find("expected"), message.npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    All, CourseMistake,
    testing::Values(
        Mistake{"title: Tensor\n", "titel: Tensor\n",
                "course.yaml:5: unknown key \"titel\" in a module"},
        Mistake{"    title: Tensor\n", "", "course.yaml:4: a module has no \"title\""},
        Mistake{"stage: engine", "stage: ready", "course.yaml:6: stage \"ready\""},
        Mistake{"name: 01_tensor", "name: Tensor", "course.yaml:4: module name \"Tensor\""},
        Mistake{"name: 01_tensor", "name: 01_../../etc", "course.yaml:4: module name"},
        Mistake{"points: 5", "points: five", "course.yaml:16: points is \"five\""},
        Mistake{"points: 5", "points: -5", "course.yaml:16: points is \"-5\""},
        Mistake{"points: 5", "points: []", "course.yaml:16: points is a list"},
        Mistake{"id: \"01.1\"", "id: \"02.1\"", "course.yaml:13: task id \"02.1\""},
        Mistake{"core/tensor.h", "core/other.h",
                "course.yaml:10: header \"tinytorch/core/other.h\""},
        Mistake{"core/tensor.h", "../tensor.h", "course.yaml:10: header"},
        Mistake{"needs: [01_tensor]", "needs: [02_tensor]",
                "course.yaml:21: needs names \"02_tensor\""},
        Mistake{"needs: [\"01.1\"]", "needs: [\"15.1\"]", "course.yaml:32: needs names \"15.1\""},
        Mistake{"            suite: Scale\n", "", "course.yaml:27: a task has no \"suite\""},
        Mistake{"name: 15_quantization", "name: 01_tensor",
                "course.yaml:17: module \"01_tensor\" twice"},
        Mistake{"title: Store", "title: Store\n            title: Again",
                "course.yaml:16: \"title\" twice"},
        Mistake{"name: affine", "name: [affine]", "course.yaml:23: name is a list"},
        Mistake{"hints: [one, two, three]", "hints: one", "course.yaml:33: hints is \"one\""},
        Mistake{"    parts:\n      - name: tensor", "    parts:\n   - name: tensor",
                "course.yaml:9: not YAML"},
        Mistake{"title: Tensor", "title: \"Tensor", "course.yaml:"},
        Mistake{"rooms: [core, kernels]", "rooms: {core: 1}",
                "course.yaml:2: rooms is a mapping"}));

TEST(Course, AnEmptyOrForeignFileIsAMistakeToo) {
  EXPECT_THROW(load_course(folder_with("")), UserError);
  EXPECT_THROW(load_course(folder_with("just text\n")), UserError);
  EXPECT_THROW(load_course(folder_with("course: X\nmodules: []\n")), UserError);
  EXPECT_THROW(load_course(folder_with(std::string("\0\x01\x02", 3))), UserError);
}

TEST(Course, RootIsFoundFromBelow) {
  const fs::path root = folder_with(kCourse);
  fs::create_directories(root / "a" / "b");
  EXPECT_EQ(find_course_root(root / "a" / "b"), root);
  EXPECT_THROW(find_course_root("/"), UserError);
}

TEST(CourseEdit, InsertsInOrderAndKeepsComments) {
  const std::string text = "# top\nmodules:\n  # first\n  - name: 01_a\n    x: 1\n  - name: 05_e\n";
  EXPECT_EQ(
      insert_module(text, "03_c", "  - name: 03_c\n"),
      "# top\nmodules:\n  # first\n  - name: 01_a\n    x: 1\n  - name: 03_c\n  - name: 05_e\n");
  EXPECT_EQ(insert_module("modules:\n  - name: 01_a", "03_c", "  - name: 03_c\n"),
            "modules:\n  - name: 01_a\n  - name: 03_c\n");
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

}  // namespace
}  // namespace tito
