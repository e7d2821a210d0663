#include "tito/learner/diagnostics.h"

#include <gtest/gtest.h>

#include "tito/base/files.h"
#include "tito/base/process.h"

namespace tito {
namespace {

struct Golden {
  const char* name;
  const char* code;  // begins at line 1
  int line;
  const char* plain;
  const char* hint;  // a part of it
};

std::ostream& operator<<(std::ostream& out, const Golden& golden) { return out << golden.name; }

// What the real compiler says, with the project's warnings.
std::string compile(const std::string& path) {
  ProcessOptions options;
  options.environment = {{"LC_ALL", "C"}};
  return run_process({COMPILER, "-std=c++20", "-o", "/dev/null", "-Wall", "-Wextra", "-Wpedantic",
                      "-Wshadow", "-Wconversion", "-Werror", "-fdiagnostics-color=never",
                      "-fmessage-length=0", "-c", path},
                     options)
      .err;
}

class Translated : public testing::TestWithParam<Golden> {};

TEST_P(Translated, IntoPlainWordsAtTheRightLine) {
  const Golden& golden = GetParam();
  const std::string path = std::string(SCRATCH_DIR) + "/diagnostics/" + golden.name + ".cpp";
  write_file_atomically(path, golden.code);
  const std::string said = compile(path);
  const Diagnostic error = first_error(said, path);
  EXPECT_EQ(error.plain, golden.plain) << said;
  EXPECT_NE(error.hint.find(golden.hint), std::string::npos) << error.hint;
  EXPECT_EQ(error.line, golden.line) << said;
  EXPECT_EQ(error.file, path);
}

INSTANTIATE_TEST_SUITE_P(
    All, Translated,
    testing::Values(
        Golden{"semicolon", "int f() {\n  int x = 3\n  return x;\n}\n", 3,
               "A semicolon (or a comma) is missing before 'return'.", "end of the line"},
        Golden{"semicolon_after_call", "void g();\nvoid f() {\n  g()\n}\n", 3,
               "A semicolon is missing before '}' token.", "`;`"},
        Golden{"conversion_of_an_alias",
               "#include <vector>\ndouble f(const std::vector<float>& x) {\n"
               "  return 0.5 * x.size();\n}\n",
               3, "A `std::vector<float>::size_type` does not always fit into `double`.",
               "static_cast<double>"},
        Golden{"values_of_a_const_tensor",
               "struct Span { const float& operator[](int) const; };\n"
               "struct Tensor { Span data() const; };\n"
               "void f(const Tensor& t) {\n  t.data()[0] = 1.0f;\n}\n",
               4, "A const Tensor gives its values to read only.", "Copy the handle"},
        Golden{"brace", "int f() {\n  return 1;\n", 2, "A closing brace `}` is missing.",
               "needs its `}`"},
        Golden{"brace_too_many", "int f() { return 1; }\n}\n", 2,
               "There is one closing brace `}` too many.", "Remove"},
        Golden{"parenthesis", "int f(int a) {\n  return (a + 1;\n}\n", 2,
               "A closing parenthesis `)` is missing before ';' token.", "parentheses"},
        Golden{"undeclared", "int f() {\n  return count;\n}\n", 2,
               "The name `count` is not known here.", "spelling"},
        Golden{"did_you_mean", "int f() {\n  int value = 1;\n  return valeu;\n}\n", 3,
               "The name `valeu` is not known here.", "Did you mean `value`?"},
        Golden{"not_a_member", "namespace a { int one(); }\nint f() { return a::two(); }\n", 2,
               "`a` has nothing called `two`.", "#include"},
        Golden{"no_member", "struct S { int size; };\nint f(S s) { return s.sizes; }\n", 2,
               "`struct S` has no member `sizes`.", "Did you mean `size`?"},
        Golden{"type_mismatch", "struct S {};\nvoid g(int);\nvoid f() { g(S{}); }\n", 3,
               "A `S` stands where an `int` is needed.", "header"},
        Golden{"pointer_for_value", "int f(int* p) {\n  return p;\n}\n", 2,
               "An `int*` stands where an `int` is needed.", "types"},
        Golden{"no_return", "int f() {\n}\n", 2,
               "This function promises a result and never returns one.", "return"},
        Golden{"some_way_without_return", "int f(int a) {\n  if (a) return 1;\n}\n", 3,
               "This function can end without returning a result.", "else"},
        Golden{
            "sign_compare", "bool f(int a, unsigned long b) {\n  return a < b;\n}\n", 2,
            "`int` and `long unsigned int` are compared: one can be negative and the other cannot.",
            "std::size_t"},
        Golden{"float_conversion", "float f(double a) {\n  return a;\n}\n", 2,
               "A `double` does not always fit into `float`.", "static_cast<float>"},
        Golden{"int_from_float", "int f(float a) {\n  return a;\n}\n", 2,
               "A `float` does not always fit into `int`.", "static_cast<int>"},
        Golden{"unsigned_from_long",
               "unsigned f(unsigned long a) {\n  unsigned b = a;\n  return b;\n}\n", 2,
               "A `long unsigned int` does not always fit into `unsigned int`.",
               "static_cast<unsigned int>"},
        Golden{"short_from_unsigned", "short f(unsigned a) {\n  return a;\n}\n", 2,
               "An `unsigned int` does not always fit into `short int`.", "static_cast"},
        Golden{"narrowing", "int f(float a) {\n  return int{a};\n}\n", 2,
               "`a` is a `float` and does not always fit into `int`; braces { } do not allow that.",
               "static_cast<int>(a)"},
        Golden{"unused", "void f() {\n  int x = 1;\n}\n", 2,
               "The variable `x` is set and never used.", "forgotten"},
        Golden{"unused_function", "static int h() { return 1; }\n", 1,
               "The function int h() is defined and never called.", "Call it"},
        Golden{"shadow", "int f(int x) {\n  { int x = 2; return x; }\n  return x;\n}\n", 2,
               "A second `int x` hides an earlier one.", "another name"},
        Golden{"assignment_in_if", "int f(int a) {\n  if (a = 1) return 1;\n  return 0;\n}\n", 2,
               "`=` assigns; a comparison is `==`.", "`==`"},
        Golden{"read_only", "void f(const int a) {\n  a = 1;\n}\n", 2,
               "parameter 'a' is const and may not be changed.", "output"},
        Golden{"too_few", "int g(int, int);\nint f() { return g(1); }\n", 2,
               "An argument is missing in the call of int g(int, int).", "header"},
        Golden{"too_many", "int g(int);\nint f() { return g(1, 2); }\n", 2,
               "The call of int g(int) has an argument too many.", "header"},
        Golden{"other_signature", "namespace a { int g(int); }\nint a::g(long) { return 1; }\n", 2,
               "The header declares no `int a::g(long int)` like this.", "to the letter"},
        Golden{"no_header", "#include \"tinytorch/no/such.h\"\n", 1,
               "There is no file `tinytorch/no/such.h`.", "#include"},
        Golden{"redefined", "int f() { return 1; }\nint f() { return 2; }\n", 2,
               "`int f()` is defined twice.", "Remove"},
        Golden{"redeclared", "void f() {\n  int a = 1;\n  int a = 2;\n}\n", 3,
               "`int a` is declared twice in the same block.", "second one"},
        Golden{"no_operator", "struct S {};\nS f(S a, S b) { return a + b; }\n", 2,
               "`+` does not work between `S` and `S`.", "header"},
        Golden{"stray", "int f() {\n  return 1 \xE2\x80\x93 2;\n}\n", 2,
               "There is a character that C++ does not know: \xE2\x80\x93", "Typographic"},
        Golden{"pointer_member", "struct S { int n; };\nint f(S* s) { return s.n; }\n", 2,
               "`s` is a pointer, so `.n` does not reach through it.", "`s->n`"},
        Golden{"lonely_else", "int f(int a) {\n  if (a > 1);\n    return 1;\n  else return 2;\n}\n",
               2, "The `;` right after `if (…)` ends it before it does anything.", "Remove"},
        Golden{"void_value", "void f() {\n  return 1;\n}\n", 2,
               "This function returns nothing, so `return` takes no value here.", "arguments"},
        Golden{"unguarded", "int f(int a) {\n  if (a)\n    a = 1;\n    a = 2;\n  return a;\n}\n", 2,
               "Only the first line after `if` belongs to it.", "braces"}));

TEST(FirstError, OfAHeaderIsPlacedWhereTheSourceLedThere) {
  const std::string said =
      "In file included from /usr/include/c++/12/algorithm:61,\n"
      "                 from /course/a.cpp:3:\n"
      "/usr/include/c++/12/bits/x.h: In instantiation of 'int max(T)':\n"
      "/course/a.cpp:31:7:   required from here\n"
      "/usr/include/c++/12/bits/x.h:100:5: error: no match for 'operator<' (operand types are 'S' "
      "and 'S')\n";
  const Diagnostic error = first_error(said, "/course/a.cpp");
  EXPECT_EQ(error.file, "/course/a.cpp");
  EXPECT_EQ(error.line, 31);
  EXPECT_EQ(error.column, 7);
  EXPECT_EQ(error.plain, "`<` does not work between `S` and `S`.");
}

TEST(FirstError, WithoutAnyIsStillSomething) {
  const Diagnostic error = first_error("g++: internal compiler error: Killed\n", "a.cpp");
  EXPECT_EQ(error.line, 0);
  EXPECT_NE(error.hint.find("internal compiler error"), std::string::npos);
}

TEST(Translate, LeavesUnknownSentencesAloneButForTheOption) {
  EXPECT_EQ(translate("something new [-Werror=new]").plain, "something new");
}

TEST(CodeFrame, ShowsTwoLinesBeforeAndACaret) {
  EXPECT_EQ(code_frame("one\ntwo\nthree\nfour\n", 3, 2),
            "  1 │ one\n"
            "  2 │ two\n"
            "  3 │ three\n"
            "    │  ^\n");
  EXPECT_EQ(code_frame("one\n", 9, 1), "") << "a line that is not there";
}

TEST(CodeFrame, IsCutToItsWidthAroundTheCaret) {
  EXPECT_EQ(code_frame("abcdefghijklmnopqrst\n", 1, 3, 16),
            "  1 │ abcdefghi…\n"
            "    │   ^\n");
  EXPECT_EQ(code_frame("short\nabcdefghijklmnopqrst\n", 2, 18, 16),
            "  1 │ …\n"
            "  2 │ …nopqrst\n"
            "    │      ^\n");
}

}  // namespace
}  // namespace tito
