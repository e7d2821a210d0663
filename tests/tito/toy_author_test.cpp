// The course author's commands on the toy course: stubs, dev check, dev new.
#include "tests/tito/toy.h"
#include "tito/base/files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

class Author : public ToyCourse {
 protected:
  // All messages of `dev check`, one string.
  std::string findings(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"dev", "check"});
    const auto document = tito_json(arguments);
    std::string text;
    if (!document.contains("failures")) return document.dump(2);
    for (const auto& failure : document["failures"]) {
      text +=
          failure["check"].get<std::string>() + ": " + failure["message"].get<std::string>() + '\n';
    }
    return text;
  }
};

TEST_F(Author, TheToyCourseIsProven) {
  const auto result = tito({"dev", "check"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_SAYS(result.out, " passed, 0 failed");
  const auto again = tito_json({"dev", "check"});
  EXPECT_GT(again["remembered"], 30) << "what held and did not change is not run again";
  EXPECT_GT(again["passed"], 60);
  EXPECT_EQ(again["failed"], 0);
}

TEST_F(Author, StubsCheckSeesDriftAndStubsMendsIt) {
  EXPECT_EQ(tito({"stubs", "--check"}).exit_code, 0);
  edit("solutions/01_counting/sums.cpp", "// Begin with 0 and add", "// Start with 0 and add");
  const auto drift = tito({"stubs", "--check"});
  EXPECT_EQ(drift.exit_code, 1);
  EXPECT_SAYS(drift.out, "modules/01_counting/sums.cpp");
  EXPECT_EQ(tito({"stubs"}).exit_code, 0);
  EXPECT_SAYS(read("modules/01_counting/sums.cpp"), "Start with 0");
  EXPECT_EQ(tito({"stubs", "--check"}).exit_code, 0);
}

TEST_F(Author, StubsNeverOverwriteWork) {
  solve("01_counting", "sums");
  const std::string work = read("modules/01_counting/sums.cpp");
  edit("solutions/01_counting/sums.cpp", "// Begin with 0 and add", "// Start with 0 and add");
  const auto kept = tito({"stubs"});
  EXPECT_SAYS(kept.out, "kept  modules/01_counting/sums.cpp");
  EXPECT_EQ(read("modules/01_counting/sums.cpp"), work);
  const auto forced = tito_json({"stubs", "--force"});
  EXPECT_SAYS(read("modules/01_counting/sums.cpp"), "not_implemented");
  EXPECT_EQ(read(forced["backup"].get<std::string>() + "/modules/01_counting/sums.cpp"), work);
}

TEST_F(Author, DevNewPassesDevCheckAsItIs) {
  const auto result = tito({"dev", "new", "04_squares"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_SAYS(read("course.yaml"), "# A course small enough");
  const auto proven = tito({"dev", "check", "4"});
  EXPECT_EQ(proven.exit_code, 0) << proven.out << proven.err;
  EXPECT_EQ(tito({"dev", "check"}).exit_code, 0) << "the room is known, the header stands alone";
  EXPECT_EQ(statuses("4").at("04.1"), "not-implemented");
  EXPECT_EQ(tito({"dev", "new", "04_circles"}).exit_code, 2) << "the number is taken";
  EXPECT_EQ(tito({"dev", "new", "squares"}).exit_code, 2);
  EXPECT_EQ(tito({"dev", "new", "05_../x"}).exit_code, 2);
}

struct Fault {
  const char* name;
  const char* file;
  const char* find;
  const char* with;
  const char* says;
  const char* module;
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.name; }

class DevCheckFault : public Author, public testing::WithParamInterface<Fault> {};

TEST_P(DevCheckFault, IsFound) {
  const Fault& fault = GetParam();
  edit(fault.file, fault.find, fault.with);
  std::vector<std::string> arguments;
  if (*fault.module != '\0') arguments = {fault.module};
  EXPECT_SAYS(findings(arguments), fault.says);
}

constexpr const char* kSums = "solutions/01_counting/sums.cpp";
constexpr const char* kSumsTest = "tests/01_counting/sums_test.cpp";
constexpr const char* kWrong = "tests/01_counting/misconceptions/sums.yaml";

INSTANTIATE_TEST_SUITE_P(
    All, DevCheckFault,
    testing::Values(
        Fault{"stub_differs", "modules/01_counting/sums.cpp", "// Part 1", "// Part one",
              "differs from what solutions/ gives", "1"},
        Fault{"solution_fails", kSums, "sum = 0;", "sum = 2;",
              "the reference does not pass: 01.1 fail", "1"},
        Fault{"solution_has_warning", kSums, "  return sum;\n",
              "  int unused = 1;\n  return sum;\n", "compile-error", "1"},
        Fault{"answer_outside_marks", kSums, "  // BEGIN SOLUTION 01.1\n",
              "  if (values.empty()) return 0;\n  // BEGIN SOLUTION 01.1\n",
              "Total.OfNothingIsZero should end at the stub of 01.1, but passed", "1"},
        Fault{"wrong_mark", kSums, "// BEGIN SOLUTION 01.2", "// BEGIN SOLUTION 01.3",
              "END SOLUTION 01.2, expected END SOLUTION 01.3", "1"},
        Fault{"helper_of_a_later_task", "solutions/01_counting/words.cpp",
              "// BEGIN SOLUTION 01.3 helper\nnamespace {", "namespace {",
              "END SOLUTION 01.3 without a BEGIN", "1"},
        Fault{"test_that_cannot_fail", kSumsTest, "if (total(values) != -2)",
              "if (values.size() != 2u)",
              "Total.CountsNegativeValues should end at the stub of 01.1, but passed", "1"},
        Fault{"weak_test", kSumsTest, "if (total(values) != -2)", "if (total(values) >= 100)",
              "the tests of 01.1 accept it", "1"},
        Fault{"disabled_test", kSumsTest, "TEST(Total, CountsNegativeValues)",
              "TEST(Total, DISABLED_CountsNegativeValues)",
              "a test that does not run proves nothing", "1"},
        Fault{"suite_of_no_task", kSumsTest, "TEST(Mean, OfOneValueIsThatValue)",
              "TEST(Median, OfOneValueIsThatValue)",
              "Median.OfOneValueIsThatValue belongs to 0 tasks", "1"},
        Fault{"other_message", kWrong, "expect: \"add every value\"", "expect: \"something else\"",
              "the message does not say \"something else\"", "1"},
        Fault{"patch_not_found", kWrong, "find: \"sum += value\"\n      with: \"sum = value\"",
              "find: \"sum -= value\"\n      with: \"sum = value\"",
              "\"sum -= value\" occurs 0 times", "1"},
        Fault{"patch_found_often", kWrong, "find: \"sum += value\"\n      with: \"sum = value\"",
              "find: \"value\"\n      with: \"sum = value\"",
              "times in the solution, expected exactly once", "1"},
        Fault{"patch_does_not_compile", kWrong, "with: \"sum = value\"", "with: \"sum = vlaue\"",
              "expected fail, got 01.1 compile-error", "1"},
        Fault{"patch_is_no_mistake", kWrong, "with: \"sum = value\"", "with: \"sum = sum + value\"",
              "the tests of 01.1 accept it", "1"},
        Fault{"misconception_key", kWrong, "why: = and", "because: = and",
              "misconceptions/sums.yaml:3: unknown key \"because\"", "1"},
        Fault{"misconception_twice", kWrong, "name: adds magnitudes", "name: begins with 1",
              "sums.yaml:17: misconception \"begins with 1\" of 01.1 twice", "1"},
        Fault{"misconception_task", kWrong, "task: \"01.1\"\n  name: overwrites",
              "task: \"01.3\"\n  name: overwrites",
              "sums.yaml:1: task \"01.3\", expected one of the part sums", "1"},
        Fault{"two_hints", "modules/01_counting/module.yaml",
              "          - Each letter changes on its own.\n", "",
              "modules/01_counting/module.yaml:37: task 01.3 has 2 hints", "1"},
        Fault{"no_judge_check", "tests/01_counting/checks.cpp", "{\"01.3\",", "{\"01.2\",",
              "no check of task 01.3", "1"},
        Fault{"undeclared_need", "modules/02_sorting/module.yaml", "needs: [01_counting]",
              "needs: []", "task 02.2 needs 01.2, but 02_sorting does not need 01_counting", "2"},
        Fault{"include_downward", "tinytorch/counting/sums.h", "#include <span>",
              "#include <span>\n\n#include \"tinytorch/sorting/order.h\"",
              "tinytorch/counting/sums.h:7: room counting includes tinytorch/sorting/order.h", ""},
        Fault{"includes_the_umbrella", "tinytorch/counting/sums.h", "#include <span>",
              "#include <span>\n\n#if 0\n#include \"tinytorch/tinytorch.h\"\n#endif",
              "tinytorch/counting/sums.h:8: includes tinytorch.h, which is for users", ""},
        Fault{"iostream_in_header", "tinytorch/counting/words.h", "#include <string>",
              "#include <iostream>\n#include <string>", "a public header includes <iostream>", ""},
        Fault{"module_number", "tinytorch/counting/sums.h", "0 for none.", "0 for none: module 01.",
              "tinytorch/counting/sums.h:9: a comment says \"module 01\"", ""},
        Fault{"module_folder", "tinytorch/counting/sums.h", "0 for none.",
              "0 for none (modules/01_counting).",
              "tinytorch/counting/sums.h:9: a comment says \"modules/01", ""},
        Fault{"task_number", "tinytorch/core/rng.cpp", "#include \"tinytorch/core/rng.h\"",
              "// As 02.1 does.\n#include \"tinytorch/core/rng.h\"",
              "tinytorch/core/rng.cpp:1: a comment says \"02.1\"", ""},
        Fault{"wrong_owner", "tinytorch/counting/words.h", "counting module", "sorting module",
              "tinytorch/counting/words.h: expected a comment that says \"You write this part: "
              "words.cpp (counting module)\"",
              ""},
        Fault{"engine_without_owner", "tinytorch/sorting/later.h", "the later module",
              "module three",
              "tinytorch/sorting/later.h: expected a comment that says \"the later module\"", ""},
        Fault{"nobodys_part", "tinytorch/core/rng.cpp", "#include \"tinytorch/core/rng.h\"",
              "// You write this part.\n#include \"tinytorch/core/rng.h\"",
              "tinytorch/core/rng.cpp: says \"You write this part\", but no module has it", ""},
        Fault{"engine_stub", "solutions/03_later/later.cpp", "int later() {\n",
              "int later() {\n  int unused = 1;\n", "the stub of later.cpp does not compile",
              "3"}));

TEST_F(Author, TooFewMisconceptionsAreCounted) {
  edit(kWrong, "- task: \"01.1\"\n  name: adds magnitudes",
       "- task: \"01.2\"\n  name: adds magnitudes");
  EXPECT_SAYS(findings({"1"}), "task 01.1 has 2 misconceptions, expected at least 3");
}

TEST_F(Author, MisconceptionsOfNoPartAreFound) {
  write("tests/01_counting/misconceptions/sum.yaml", read(kWrong));
  EXPECT_SAYS(findings({"1"}),
              "tests/01_counting/misconceptions/sum.yaml: no such part in "
              "modules/01_counting/module.yaml, expected one of: sums, words");
}

TEST_F(Author, UnlistedFilesAreFound) {
  write("modules/01_counting/extra.cpp", "int extra() { return 1; }\n");
  write("solutions/01_counting/notes.txt", "x\n");
  write("tests/01_counting/data.bin", "x\n");
  write("modules/07_ghost/a.cpp", "int a() { return 1; }\n");
  write("tinytorch/attic/old.h", "#pragma once\n");
  const std::string text = findings();
  EXPECT_SAYS(text,
              "modules/01_counting/extra.cpp is not listed in modules/01_counting/module.yaml");
  EXPECT_SAYS(text, "solutions/01_counting/notes.txt is not listed");
  EXPECT_SAYS(text, "tests/01_counting/data.bin is not listed");
  EXPECT_SAYS(text, "modules/07_ghost is not in course.yaml");
  EXPECT_SAYS(text, "tinytorch/attic/old.h: its folder is not among the rooms");
}

TEST_F(Author, LinksOfALessonThatLeadNowhereAreFound) {
  edit("modules/01_counting/README.md", "../../docs/glossary.md#sum", "../../docs/words.md#sum");
  write("modules/01_counting/depth/loud.md", "# Of no part\n");
  write("modules/02_sorting/depth/order.md", "# Of a part of the core\n");
  const std::string text = findings();
  EXPECT_SAYS(text,
              "modules/01_counting/README.md:2: links to docs/words.md, which does not exist");
  EXPECT_SAYS(text,
              "modules/01_counting/depth/loud.md is no page of a part in depth, expected one of: "
              "words.md");
  EXPECT_SAYS(text, "modules/02_sorting/depth/order.md is no page of a part in depth\n");
}

TEST_F(Author, DetailsStayInTheirRoom) {
  write("tinytorch/counting/detail/tally.h", "#pragma once\n");
  write("milestones/1900_abacus.cpp", "#include \"tinytorch/counting/detail/tally.h\"\n");
  edit("tinytorch/sorting/order.h", "#pragma once",
       "#pragma once\n#include \"tinytorch/counting/detail/tally.h\"");
  edit("tinytorch/counting/sums.h", "#pragma once",
       "#pragma once\n#include \"tinytorch/counting/detail/tally.h\"");
  const std::string text = findings();
  EXPECT_SAYS(text,
              "tinytorch/sorting/order.h:2: room sorting includes "
              "tinytorch/counting/detail/tally.h, which is a detail of room counting");
  EXPECT_SAYS(text, "milestones/1900_abacus.cpp:1: includes tinytorch/counting/detail/tally.h");
  EXPECT_EQ(text.find("counting/sums.h:2"), std::string::npos) << "its own room may";
}

TEST_F(Author, AHeaderThatDoesNotStandAloneIsFound) {
  write("tinytorch/sorting/names.h", "#pragma once\nstd::string name_of(int order);\n");
  EXPECT_SAYS(findings(), "tinytorch/sorting/names.h does not compile alone");
}

TEST_F(Author, AMissingPartIsFound) {
  fs::remove(root() / "tinytorch/sorting/later.h");
  EXPECT_SAYS(findings({"3"}),
              "tinytorch/sorting/later.h is in modules/03_later/module.yaml and not on disk");
}

TEST_F(Author, AProgressionThatNeedsALaterTaskIsFound) {
  // Part words answers 01.3 with a helper that stands inside the marks of 01.2's part… as if a
  // learner had to write a later task first.
  edit("solutions/01_counting/sums.cpp",
       "  for (const int value : values) sum += value;\n  return sum;\n",
       "  if (values.size() > 2) return static_cast<std::int64_t>(mean(values) * 3.0);\n"
       "  for (const int value : values) sum += value;\n  return sum;\n");
  edit("solutions/01_counting/sums.cpp", "static_cast<double>(total(values)) /",
       "static_cast<double>(values.size() > 2 ? 6 : total(values)) /");
  EXPECT_SAYS(findings({"1"}),
              "solved up to 01.1: the rest waits: expected pass, got 01.1 skipped: needs 01.2");
}

TEST_F(Author, AWorkspaceWithoutSolutionsStillTests) {
  // As packaged: the stubs come along, the solutions do not.
  for (const char* part : {"01_counting/sums.cpp", "01_counting/words.cpp"}) {
    write(std::string("stubs/") + part, read(std::string("modules/") + part));
  }
  solve("01_counting", "sums");
  for (const char* part : {"sums", "words"})
    fs::remove(root() / "solutions/01_counting" / (std::string(part) + ".cpp"));
  EXPECT_EQ(statuses("1"), (std::map<std::string, std::string>{
                               {"01.1", "pass"}, {"01.2", "pass"}, {"01.3", "not-implemented"}}));
  EXPECT_EQ(tito({"test", "1", "--solution"}).exit_code, 2);
  EXPECT_EQ(tito({"reset", "1.sums"}).exit_code, 0);
  EXPECT_SAYS(read("modules/01_counting/sums.cpp"), "not_implemented");
}

}  // namespace
}  // namespace tito
