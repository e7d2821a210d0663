// tito test, on the toy course.
#include "tests/tito/toy.h"
#include "tito/base/files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using Statuses = std::map<std::string, std::string>;

class TestCommand : public ToyCourse {};

TEST_F(TestCommand, UntouchedStubsAreAllNotImplemented) {
  const auto result = tito({"test", "01_counting"});
  EXPECT_EQ(result.exit_code, 1);
  for (const char* id : {"01.1", "01.2"}) EXPECT_SAYS(result.out, id);
  EXPECT_SILENT_ABOUT(result.out, "01.3") << "a part in depth that nobody began";
  EXPECT_SAYS(result.out, "modules/01_counting/sums.cpp:11");
  EXPECT_SAYS(result.out, "Add all the values");
  EXPECT_SAYS(result.out, "Begin with 0 and add each value");
  EXPECT_SAYS(result.out, "tito hint 01.1");
  EXPECT_SAYS(result.out, "core 0 of 2 · depth 0 of 1");
  EXPECT_EQ(statuses("1"), (Statuses{{"01.1", "not-implemented"},
                                     {"01.2", "not-implemented"},
                                     {"01.3", "not-implemented"}}));
}

TEST_F(TestCommand, TheReferencePasses) {
  const auto result = tito({"test", "counting", "--solution"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_SAYS(result.out, "core 2 of 2 · depth 1 of 1");
  EXPECT_FALSE(fs::exists(root() / ".tito/state.json"))
      << "the reference's verdict is not the learner's progress";
}

TEST_F(TestCommand, JsonHasExactlyThePromisedShape) {
  const auto document = tito_json({"test", "1"});
  std::vector<std::string> keys;
  for (const auto& [key, value] : document.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"core_passed", "core_total", "done", "module", "passed",
                                            "tasks", "total"}));
  EXPECT_EQ(document["module"], "01_counting");
  EXPECT_EQ(document["passed"], 0);
  EXPECT_EQ(document["total"], 3);
  const auto first = document["tasks"][0];
  keys.clear();
  for (const auto& [key, value] : first.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"file", "id", "line", "message", "name", "points",
                                            "status", "track"}));
  EXPECT_EQ(first["id"], "01.1");
  EXPECT_EQ(first["name"], "total");
  EXPECT_EQ(first["points"], 3);
  EXPECT_EQ(first["file"], "modules/01_counting/sums.cpp");
  EXPECT_EQ(first["line"], 11);
}

TEST_F(TestCommand, AMessageIsTheTestsOwnWordsAlone) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "sum += value;", "sum += value < 0 ? -value : value;");
  EXPECT_EQ(tito_json({"test", "01.1"})["tasks"][0]["message"], "negative values count too");
}

TEST_F(TestCommand, AllPassingSaysWhatIsNext) {
  solve("01_counting", "sums");
  solve("01_counting", "words");
  const auto result = tito({"test", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_SAYS(result.out, "core 2 of 2 · depth 1 of 1 · 9 of 9 points");
  EXPECT_SAYS(result.out, "tito export 01_counting");
}

TEST_F(TestCommand, AFailureShowsItsMessageAndPlace) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "sum += value", "sum = value");
  const auto result = tito({"test", "1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_SAYS(result.out, "total must add every value");
  EXPECT_SAYS(result.out, "Total.AddsEveryValue");
  EXPECT_SAYS(result.out, "tests/01_counting/sums_test.cpp:");
  EXPECT_SILENT_ABOUT(result.out, "../");
  EXPECT_EQ(statuses("1").at("01.1"), "fail");
}

TEST_F(TestCommand, OneTaskRunsAlone) {
  solve("01_counting", "sums");
  EXPECT_EQ(tito({"test", "01.1"}).exit_code, 0);
  EXPECT_EQ(tito({"test", "1.2"}).exit_code, 0);
  const auto document = tito_json({"test", "01.3"});
  EXPECT_EQ(document["tasks"].size(), 1u);
  EXPECT_EQ(document["total"], 1);
}

TEST_F(TestCommand, ATaskThatNeedsAnotherIsSkipped) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp",
       "  std::int64_t sum = 0;\n  for (const int value : values) sum += value;\n  return sum;\n",
       "  throw tinytorch::not_implemented(\"01.1\");\n");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.1")["status"], "not-implemented");
  EXPECT_EQ(task(document, "01.2")["status"], "skipped");
  EXPECT_EQ(task(document, "01.2")["message"], "needs 01.1");
  EXPECT_SAYS(tito({"test", "01.2"}).out, "tito test 01.1") << "where to go instead";
}

TEST_F(TestCommand, AStubSaysWhichTasksToDoFirst) {
  const auto early = tito({"test", "01.2"});
  EXPECT_SAYS(early.out, "needs   01.1, which does not pass yet");
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp",
       "  if (values.empty()) throw Error(\"mean: no values; give at least one\");\n  return "
       "static_cast<double>(total(values)) / static_cast<double>(values.size());\n",
       "  throw tinytorch::not_implemented(\"01.2\");\n");
  EXPECT_EQ(tito({"test", "01.1"}).exit_code, 0);
  EXPECT_SILENT_ABOUT(tito({"test", "01.2"}).out, "needs ");
}

TEST_F(TestCommand, WhatTheCodeThrewIsSaidInPlainWords) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "  return sum;", "  throw Error(\"no \\\"sum\\\" today\");");
  EXPECT_EQ(task(tito_json({"test", "01.1"}), "01.1")["message"],
            "your code threw Error: no \"sum\" today");
  edit("modules/01_counting/sums.cpp", "throw Error(\"no \\\"sum\\\" today\");", "throw 7;");
  EXPECT_EQ(task(tito_json({"test", "01.1"}), "01.1")["message"],
            "your code threw something that is no std::exception");
}

TEST_F(TestCommand, ASwallowedStubIsNotARightAnswer) {
  // RefusesNoValues expects an Error, and a stub throws one.
  const auto document = tito_json({"test", "01.2"});
  EXPECT_EQ(task(document, "01.2")["status"], "not-implemented");
}

TEST_F(TestCommand, ABrokenPartHidesNoOtherVerdict) {
  solve("01_counting", "words");
  edit("modules/01_counting/sums.cpp", "  throw tinytorch::not_implemented(\"01.1\");",
       "  return valeus.size()");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.1")["status"], "compile-error");
  EXPECT_EQ(task(document, "01.2")["status"], "compile-error");
  EXPECT_EQ(task(document, "01.3")["status"], "pass");
  EXPECT_EQ(task(document, "01.1")["line"], 11);
  const std::string message = task(document, "01.1")["message"];
  EXPECT_SAYS(message, "The name `valeus` is not known here.");
  EXPECT_SAYS(message, "Did you mean `values`?");
  EXPECT_SAYS(message, "11 │   return valeus.size()\n");
  EXPECT_SILENT_ABOUT(message, "semicolon") << "the first error alone";
}

TEST_F(TestCommand, AnUndefinedFunctionCostsItsPartOnly) {
  solve("01_counting", "words");
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "double mean(std::span<const int> values) {",
       "double average(std::span<const int> values);\ndouble average(std::span<const int> values) "
       "{");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.2")["status"], "compile-error");
  EXPECT_EQ(task(document, "01.3")["status"], "pass");
  EXPECT_SAYS(task(document, "01.2")["message"].get<std::string>(), "mean(std::span<int const");
}

TEST_F(TestCommand, ACrashCostsOneTask) {
  solve("01_counting", "words");
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "  std::int64_t sum = 0;",
       "  std::int64_t sum = *reinterpret_cast<volatile const int*>(values.size() - "
       "values.size());");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.1")["status"], "crash");
  EXPECT_SAYS(task(document, "01.1")["message"].get<std::string>(), "memory that is not its own");
  EXPECT_EQ(task(document, "01.3")["status"], "pass") << "the run went on after the crash";
}

TEST_F(TestCommand, AWrongResultComesBeforeTheCrashOfALaterTest) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "sum += value;", "sum = value;");
  edit("modules/01_counting/sums.cpp", "  std::int64_t sum = 0;",
       "  std::int64_t sum = values.empty() ? *static_cast<volatile const int*>(nullptr) : 0;");
  const auto document = tito_json({"test", "01.1"});
  EXPECT_EQ(task(document, "01.1")["status"], "fail");
  EXPECT_SAYS(task(document, "01.1")["message"].get<std::string>(), "must add every value");
}

TEST_F(TestCommand, WhatIsWrittenAndWrongIsSaidBeforeWhatIsMissing) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "  std::int64_t sum = 0;",
       "  if (values.size() == 2) throw tinytorch::not_implemented(\"01.1\");\n"
       "  std::int64_t sum = 1;");
  EXPECT_EQ(task(tito_json({"test", "01.1"}), "01.1")["status"], "fail");
  edit("modules/01_counting/sums.cpp", "std::int64_t sum = 1;", "std::int64_t sum = 0;");
  EXPECT_EQ(task(tito_json({"test", "01.1"}), "01.1")["status"], "not-implemented");
}

TEST_F(TestCommand, AFailedAssertionIsShownOnce) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "#include \"tinytorch/core/error.h\"",
       "#include <cassert>\n\n#include \"tinytorch/core/error.h\"");
  edit("modules/01_counting/sums.cpp", "  std::int64_t sum = 0;",
       "  assert(values.empty());\n  std::int64_t sum = 0;");
  const auto result = tito({"test", "01.1"});
  EXPECT_SAYS(result.out, "a failed assertion: values.empty() (sums.cpp:");
  EXPECT_SILENT_ABOUT(result.out, "your code printed");
}

TEST_F(TestCommand, ATimeOutCostsOneTask) {
  solve("01_counting", "words");
  solve("01_counting", "sums");
  edit("modules/01_counting/words.cpp", "return loud + \"!\";",
       "while (!loud.empty()) loud += \"\";\n  return loud;");
  const auto document = tito_json({"test", "1", "--timeout", "1"});
  EXPECT_EQ(task(document, "01.3")["status"], "timeout");
  EXPECT_SAYS(task(document, "01.3")["message"].get<std::string>(), "did not finish within 1 s");
  EXPECT_EQ(task(document, "01.1")["status"], "pass");
}

TEST_F(TestCommand, AfterATimeOutDependentsAreNotWaitedFor) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "  return sum;",
       "  while (sum + 1 > sum) {\n    if (sum < 0) break;\n  }\n  return sum;");
  const auto document = tito_json({"test", "1", "--timeout", "1"});
  EXPECT_EQ(task(document, "01.1")["status"], "timeout");
  EXPECT_EQ(task(document, "01.2")["status"], "skipped");
  EXPECT_EQ(task(document, "01.3")["status"], "not-implemented")
      << "what does not need it still runs";
}

TEST_F(TestCommand, EndlessGrowthFailsTheTestNotTheMachine) {
  solve("01_counting", "words");
  edit("modules/01_counting/words.cpp", "  std::string loud;",
       "  std::string loud(std::size_t{100} << 30, 'x');");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.3")["status"], "fail");
  EXPECT_EQ(task(document, "01.3")["message"], "your code threw std::bad_alloc");
}

TEST_F(TestCommand, LeavingTheProgramIsNoPass) {
  solve("01_counting", "words");
  edit("modules/01_counting/words.cpp", "#include \"tinytorch/core/error.h\"",
       "#include <cstdlib>");
  edit("modules/01_counting/words.cpp", "  std::string loud;",
       "  if (!word.empty()) std::exit(0);\n  std::string loud;");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.3")["status"], "crash");
  EXPECT_SAYS(task(document, "01.3")["message"].get<std::string>(), "ended itself");
}

TEST_F(TestCommand, DyingBeforeTheFirstTestIsSaid) {
  edit("modules/01_counting/words.cpp", "namespace tinytorch::counting {\n\n// TASK",
       "namespace tinytorch::counting {\n\nnamespace {\nint begin() { throw Error(\"too early\"); "
       "}\nconst int kBegin = begin();\n}  // namespace\n\n// TASK");
  edit("modules/01_counting/words.cpp", "  throw tinytorch::not_implemented(\"01.3\");",
       "  return word + (kBegin > 0 ? \"!\" : \"\");");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.3")["status"], "crash");
  EXPECT_SAYS(task(document, "01.3")["message"].get<std::string>(), "before a test could run");
  EXPECT_SAYS(task(document, "01.3")["message"].get<std::string>(), "too early");
}

TEST_F(TestCommand, OutputIsShownForTheFailingTestOnlyAndMadeHarmless) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "#include \"tinytorch/core/error.h\"",
       "#include <cstdio>\n\n#include \"tinytorch/core/error.h\"");
  edit("modules/01_counting/sums.cpp", "  std::int64_t sum = 0;",
       "  std::printf(\"\\x1b[2Jcalled with %zu\\n\", values.size());\n  std::int64_t sum = "
       "values.size() == 2 ? 1 : 0;");
  const auto result = tito({"test", "1"});
  EXPECT_SAYS(result.out, "your code printed:");
  EXPECT_SAYS(result.out, "\\x1b[2Jcalled with 2");
  EXPECT_SILENT_ABOUT(result.out, "called with 3");
  EXPECT_SILENT_ABOUT(result.out, "\x1b");
}

TEST_F(TestCommand, NoLineIsWiderThanTheTerminal) {
  edit("tests/01_counting/words_test.cpp", "TEST(Shout, LeavesOthersAlone) {",
       "TEST(Shout, IsHeardByThoseWhoSitFarAwayInTheLastRow) { FAIL() << \"heard nothing\"; }\n"
       "TEST(Shout, LeavesOthersAlone) {");
  solve("01_counting", "words");
  edit("modules/01_counting/words.cpp", "#include \"tinytorch/core/error.h\"", "#include <cstdio>");
  edit("modules/01_counting/words.cpp", "  std::string loud;",
       "  std::puts(\"a line that says a lot of things about every letter of the word it has, and "
       "more\");\n  std::string loud;");
  edit("modules/01_counting/words.cpp", "loud += upper(c);",
       "loud += static_cast<char>(upper(c) + 1);");
  const auto failing = tito({"test", "01.3"});
  EXPECT_GT(expect_lines_fit(failing.out, 80), 10u);
  EXPECT_SAYS(failing.out, "│ a line that says a lot");
  edit("modules/01_counting/words.cpp", "static_cast<char>(upper(c) + 1)", "upper(c)");
  const auto heard = tito({"test", "01.3"});
  EXPECT_GT(expect_lines_fit(heard.out, 80), 10u);
  EXPECT_SAYS(heard.out, "\n          tests/01_counting/words_test.cpp:9\n")
      << "whole, to be clicked";
  edit("modules/01_counting/words.cpp", "loud += upper(c);",
       "loud += static_cast<char>(static_cast<int>(upper(c)) + 0 * static_cast<int>(word.size()) + "
       "unknown);");
  const auto broken = tito({"test", "01.3"});
  EXPECT_GT(expect_lines_fit(broken.out, 80), 10u);
  EXPECT_SAYS(broken.out, "unknown);\n") << "what the caret points to is there";
}

TEST_F(TestCommand, EndlessOutputIsBounded) {
  solve("01_counting", "words");
  edit("modules/01_counting/words.cpp", "#include \"tinytorch/core/error.h\"", "#include <cstdio>");
  edit("modules/01_counting/words.cpp", "  std::string loud;",
       "  while (!word.empty()) std::puts(word.c_str());\n  std::string loud;");
  const auto result = tito({"test", "01.3", "--timeout", "1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_SAYS(result.out, "… (cut)");
  EXPECT_LT(result.out.size(), 10'000u);
}

TEST_F(TestCommand, GoogleTestEnvironmentIsIgnored) {
  ProcessOptions options;
  options.environment = {{"GTEST_FILTER", "Nothing.*"},
                         {"GTEST_SHUFFLE", "1"},
                         {"GTEST_OUTPUT", "xml:" + (root() / "x.xml").string()}};
  const auto result = tito({"test", "1", "--solution"}, options);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_FALSE(fs::exists(root() / "x.xml"));
}

TEST_F(TestCommand, AWorkingFolderElsewhereChangesNothing) {
  ProcessOptions options;
  options.directory = "/";
  EXPECT_EQ(tito({"test", "1", "--solution"}, options).exit_code, 0);
}

TEST_F(TestCommand, ATaskWithoutTestsIsOurFailure) {
  edit("modules/01_counting/module.yaml", "suite: Shout", "suite: Whisper");
  const auto result = tito({"test", "1"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_SAYS(result.err, "task 01.3 has no tests");
}

TEST_F(TestCommand, AnEngineModuleHasNothingToTest) {
  const auto result = tito({"test", "3"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_SAYS(result.err, "no tests yet");
}

// Progress and sanitizers.

TEST_F(TestCommand, ANewSourceOfTestsIsNoticed) {
  write("tests/01_counting/more_test.cpp",
        "#include <gtest/gtest.h>\nTEST(Shout, IsHeard) { FAIL() << \"heard nothing\"; }\n");
  const auto result = tito({"test", "1", "--solution"});
  EXPECT_EQ(result.exit_code, 1) << result.out;
  EXPECT_SAYS(result.out, "heard nothing");
}

TEST_F(TestCommand, ChangedFlagsCountFromTheFirstRun) {
  write("modules/01_counting/words.cpp",
        read("modules/01_counting/words.cpp") + "\n#ifdef SHOUTED\n#error flags arrived\n#endif\n");
  EXPECT_EQ(statuses("1").at("01.3"), "not-implemented");
  write("cmake/CourseModules.cmake",
        read("cmake/CourseModules.cmake") + "add_compile_definitions(SHOUTED)\n");
  EXPECT_EQ(statuses("1").at("01.3"), "compile-error");
}

TEST_F(TestCommand, AsanNamesTheLineOfACrash) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "  std::int64_t sum = 0;",
       "  std::int64_t sum = *(values.data() + values.size());");
  std::filesystem::remove(root() / "build/asan/build.ninja");
  const auto result = tito({"test", "01.1", "--asan"});
  EXPECT_SAYS(result.err, "(once, several minutes)");
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_SAYS(result.out, "AddressSanitizer: heap-buffer-overflow");
  EXPECT_SAYS(result.out, "at modules/01_counting/sums.cpp:11");
  EXPECT_SAYS(result.out, "│ READ of size 4\n");
  EXPECT_SAYS(result.out, "counting::total  modules/01_counting/sums.cpp:11");
  EXPECT_SAYS(result.out, "TestBody  tests/01_counting/sums_test.cpp:14");
  EXPECT_SAYS(result.out, "12-byte region\n") << "whose memory it is";
  EXPECT_SILENT_ABOUT(result.out, "testing::");
  EXPECT_SILENT_ABOUT(result.out, "0x");
  EXPECT_SILENT_ABOUT(result.out, "(cut)");
  expect_lines_fit(result.out, 80);
}

}  // namespace
}  // namespace tito
