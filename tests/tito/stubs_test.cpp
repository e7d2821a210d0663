#include "tito/course/stubs.h"

#include <gtest/gtest.h>

#include "tito/base/error.h"
#include "tito/base/files.h"

namespace tito {
namespace {

std::string complaint(const std::string& solution) {
  try {
    generate_stub(solution, "solutions/x.cpp");
  } catch (const UserError& error) {
    return error.what();
  }
  return "no complaint";
}

TEST(Stubs, ReplaceAnAnswerByTheThrow) {
  EXPECT_EQ(generate_stub("int f() {\n"
                          "  // Say three.\n"
                          "  // BEGIN SOLUTION 15.2\n"
                          "  const int x = 3;\n"
                          "  return x;\n"
                          "  // END SOLUTION 15.2\n"
                          "}\n",
                          "x.cpp"),
            "int f() {\n"
            "  // Say three.\n"
            "  throw tinytorch::not_implemented(\"15.2\");\n"
            "}\n");
}

TEST(Stubs, DropAHelperWithoutLeavingAHole) {
  EXPECT_EQ(generate_stub("namespace a {\n"
                          "\n"
                          "// BEGIN SOLUTION 15.2 helper\n"
                          "int h() { return 1; }\n"
                          "// END SOLUTION 15.2\n"
                          "\n"
                          "int f();\n"
                          "}\n",
                          "x.cpp"),
            "namespace a {\n"
            "\n"
            "int f();\n"
            "}\n");
}

TEST(Stubs, SeveralPairsOfOneTaskEachThrow) {
  const std::string stub = generate_stub(
      "// BEGIN SOLUTION 1.1\na\n// END SOLUTION 1.1\nb\n// BEGIN SOLUTION 1.1\nc\n// END SOLUTION "
      "1.1\n",
      "x.cpp");
  EXPECT_EQ(stub,
            "throw tinytorch::not_implemented(\"1.1\");\nb\nthrow "
            "tinytorch::not_implemented(\"1.1\");\n");
}

TEST(Stubs, KeepTheAnswerOfSolvedTasksWithoutTheirMarks) {
  const std::string solution =
      "{\n  // BEGIN SOLUTION 1.1\n  a;\n  // END SOLUTION 1.1\n}\n{\n  // BEGIN SOLUTION 1.2\n  "
      "b;\n  // END SOLUTION 1.2\n}\n";
  EXPECT_EQ(compose_source(solution, "x.cpp", {"1.1"}),
            "{\n  a;\n}\n{\n  throw tinytorch::not_implemented(\"1.2\");\n}\n");
}

TEST(Stubs, HoldNothingOfTheAnswer) {
  const std::string stub =
      generate_stub("a\n// BEGIN SOLUTION 1.1\nSECRET\n// END SOLUTION 1.1\nb", "x.cpp");
  EXPECT_EQ(stub.find("SECRET"), stub.npos);
  EXPECT_EQ(stub.find("SOLUTION"), stub.npos);
}

TEST(Stubs, MarksMayNotNest) {
  EXPECT_EQ(complaint("// BEGIN SOLUTION 1.1\n// BEGIN SOLUTION 1.2\n// END SOLUTION 1.2\n// END "
                      "SOLUTION 1.1\n"),
            "solutions/x.cpp:2: BEGIN SOLUTION 1.2 inside the marks of 1.1 (line 1), expected its "
            "END first: marks "
            "may not nest");
}

TEST(Stubs, MarksMayNotStayOpen) {
  EXPECT_EQ(complaint("\n// BEGIN SOLUTION 1.1\nx\n"),
            "solutions/x.cpp:2: BEGIN SOLUTION 1.1 is never closed, expected // END SOLUTION 1.1 "
            "after it");
}

TEST(Stubs, AnEndNeedsItsBegin) {
  EXPECT_EQ(complaint("x\n// END SOLUTION 1.1\n"),
            "solutions/x.cpp:2: END SOLUTION 1.1 without a BEGIN before it");
  EXPECT_EQ(
      complaint("// BEGIN SOLUTION 1.1\n// END SOLUTION 1.2\n"),
      "solutions/x.cpp:2: END SOLUTION 1.2, expected END SOLUTION 1.1 for the BEGIN in line 1");
}

class AlmostAMark : public testing::TestWithParam<const char*> {};

// Taken for a comment, each of these would hand out the answer.
TEST_P(AlmostAMark, IsRefused) {
  EXPECT_NE(complaint(std::string(GetParam()) + "\nx\n").find("not well formed"), std::string::npos)
      << complaint(std::string(GetParam()) + "\nx\n");
}

INSTANTIATE_TEST_SUITE_P(All, AlmostAMark,
                         testing::Values("//BEGIN SOLUTION 1.1", "// begin solution 1.1",
                                         "// BEGIN SOLUTION", "int x;  // BEGIN SOLUTION 1.1",
                                         "/* BEGIN SOLUTION 1.1 */",
                                         "// BEGIN SOLUTION 1.1 helpers",
                                         "// END SOLUTION 1.1 helper", "// Begin Solution 1.1",
                                         "# END SOLUTION 1.1"));

TEST(Stubs, RegionsTellTheirLines) {
  const auto regions =
      find_regions("a\n  // BEGIN SOLUTION 1.1 helper\nb\nc\n  // END SOLUTION 1.1\n", "x.cpp");
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_EQ(regions[0].begin_line, 2);
  EXPECT_EQ(regions[0].end_line, 5);
  EXPECT_TRUE(regions[0].helper);
}

// A course in memory with one part of two tasks, its solution on disk.
class PristineStub : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(root_);
    course_.root = root_;
    Module module;
    module.name = "01_a";
    Part part;
    part.name = "p";
    part.tasks.resize(2);
    part.tasks[0].id = "01.1";
    part.tasks[1].id = "01.2";
    module.parts = {part};
    course_.modules = {module};
  }
  std::string stub(const std::string& solution) {
    write_file_atomically(root_ / "solutions/01_a/p.cpp", solution);
    return pristine_stub(course_, course_.modules[0], course_.modules[0].parts[0]);
  }
  std::filesystem::path root_ = std::filesystem::path(SCRATCH_DIR) / "pristine";
  Course course_;
};

TEST_F(PristineStub, RefusesATaskOfAnotherPart) {
  try {
    stub(
        "// BEGIN SOLUTION 01.1\n// END SOLUTION 01.1\n// BEGIN SOLUTION 07.7\n// END SOLUTION "
        "07.7\n");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(std::string(error.what()).find("solutions/01_a/p.cpp:3: marks task 07.7"), 0u)
        << error.what();
  }
}

TEST_F(PristineStub, RefusesATaskWithoutMarks) {
  try {
    stub(
        "// BEGIN SOLUTION 01.1\n// END SOLUTION 01.1\n// BEGIN SOLUTION 01.2 helper\n// END "
        "SOLUTION 01.2\n");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("no marks for task 01.2"), std::string::npos)
        << error.what();
  }
}

TEST_F(PristineStub, ComesFromStubsWhereThereAreNoSolutions) {
  write_file_atomically(root_ / "stubs/01_a/p.cpp", "shipped\n");
  EXPECT_EQ(pristine_stub(course_, course_.modules[0], course_.modules[0].parts[0]), "shipped\n");
}

}  // namespace
}  // namespace tito
