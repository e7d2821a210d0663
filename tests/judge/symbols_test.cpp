#include "tito/judge/symbols.h"

#include "tito/base/process.h"
#include "toy_course.h"

namespace tito {
namespace {

using testing_support::TemporaryFolder;

// The rules on a real object of real source, beside one archive of ours that defines given::f().
class SymbolsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    const auto given =
        compile("given",
                "namespace given { int f() { return 1; } inline bool helper() { return true; }\n"
                "template <typename T> T same(T x) { return x; }\n"
                "bool g() { return helper() && same(true); } }");
    rules_ = new SymbolRules({given}, "/usr/bin/c++");
  }
  static void TearDownTestSuite() {
    delete rules_;
    delete folder_;
  }

  static std::filesystem::path compile(const std::string& name, const std::string& source) {
    const auto file = folder_->write(name + ".cpp", source);
    const auto object = folder_->path() / (name + ".o");
    const auto result = run_process(
        {"/usr/bin/c++", "-std=c++20", "-w", "-c", file.string(), "-o", object.string()});
    EXPECT_TRUE(result.ok()) << result.err;
    return object;
  }
  static std::string refusal(const std::string& source) {
    const auto object = compile("submitted", source);
    const auto listing =
        run_process({"nm", "--format=posix", "--defined-only", "--extern-only", object.string()});
    return rules_->refuses(listing.out);
  }

  static TemporaryFolder* folder_;
  static SymbolRules* rules_;
};
TemporaryFolder* SymbolsTest::folder_ = nullptr;
SymbolRules* SymbolsTest::rules_ = nullptr;

TEST_F(SymbolsTest, OrdinaryCodeIsFine) {
  EXPECT_EQ(
      refusal("#include <algorithm>\n#include <cmath>\n#include <functional>\n"
              "#include <iostream>\n#include <map>\n#include <memory>\n#include <new>\n"
              "#include <string>\n#include <thread>\n#include <vector>\n"
              "namespace { struct Hook { Hook() {} ~Hook() {} } hook; thread_local int t; }\n"
              "namespace mine { template <typename T> T twice(T x) { return x + x; }\n"
              "inline int counter = 0; struct V { virtual ~V() = default; }; V v;\n"
              "std::vector<std::string> f(std::map<std::string, double> m) {\n"
              "  std::vector<std::string> r(3, \"x\"); std::sort(r.begin(), r.end());\n"
              "  std::function<int(int)> g = [&](int i) { return i + (int)m.size(); };\n"
              "  if (g(1) > std::abs(-2)) throw std::runtime_error(twice(r[0]));\n"
              "  std::thread([] { t = 1; }).join(); std::cout << std::sqrt(2.0);\n"
              "  alignas(8) char b[8]; new (b) double(1); static int once = counter++;\n"
              "  return std::make_shared<std::vector<std::string>>(r)->size() > 1 ? r : r; } }"),
      "");
}

TEST_F(SymbolsTest, RefusesNamesThatAreNotASubmissions) {
  const std::pair<const char*, const char*> refused[] = {
      {"int main() { return 0; }", "main()"},
      {"extern \"C\" __attribute__((weak)) int main() { return 0; }", "main()"},
      {"namespace testing { int x = 1; }", "Google Test"},
      {"namespace testing { class Test { void f(); }; void Test::f() {} }", "Google Test"},
      {"namespace tito { int checks() { return 1; } }", "judge"},
      {"namespace tito { __attribute__((weak)) int checks() { return 1; } }", "judge"},
      {"#include <cstddef>\nvoid* operator new(std::size_t) { return nullptr; }", "replaces"},
      {"void operator delete(void*) noexcept {}", "replaces"},
      {"extern \"C\" int memcmp(const void*, const void*, unsigned long) { return 0; }", "library"},
      {"extern \"C\" __attribute__((weak)) int fork() { return 0; }", "library"},
      {"extern \"C\" double fabs(double) { return 0; }", "library"},
      {"extern \"C\" int inflate(void*, int) { return 0; }", "library"},
      {"int optind = 3;", "library"},
      {"extern \"C\" const char* __asan_default_options() { return \"\"; }", "compiler"},
      {"extern \"C\" void __cxa_throw(void*, void*, void (*)(void*)) { for (;;); }", "compiler"},
      {"extern \"C\" void _start() {}", "compiler"},
      {"namespace given { int f() { return 2; } }", "another part"},
      {"namespace given { __attribute__((weak)) int f() { return 2; } }", "another part"},
      // What the worker's own code defines inline: a strong definition would take its place.
      {"namespace given { bool helper() { return false; } }", "another part"},
      {"namespace given { template <typename T> T same(T x) { return x; }\n"
       "template <> bool same<bool>(bool) { return false; } }",
       "another part"},
      {"namespace checks { bool throws() { return true; } }", "judge"},
      {"namespace checks { inline bool throws() { return true; } bool (*p)() = throws; }\n"
       "auto q = checks::p;",
       "judge"},
      {"namespace checks18 { template <typename T> T f(T x) { return x; } }\n"
       "int g() { return checks18::f(1); }",
       "judge"},
      {"namespace tito { namespace { struct Hidden {}; } struct Values { ~Values() {} }; }\n"
       "#include <vector>\nstd::vector<tito::Values> v(1);",
       "judge"},
      {"namespace tito { struct Values {}; }\nvoid f(const tito::Values&) {}", "judge"},
      {"namespace tito { inline namespace v1 { inline int x = 1; } } int* p = &tito::x;", "judge"},
      {"namespace testing { template <typename T> bool f(T) { return true; } }\n"
       "bool g() { return testing::f(1); }",
       "Google Test"},
      {"namespace std { int mine() { return 1; } }", "namespace std"},
      {"#include <string>\nnamespace std { void terminate() noexcept { for (;;); } }", "library"},
      {"asm(\".globl \\\"two words\\\"\\n\\\"two words\\\": nop\");", ""},
  };
  for (const auto& [source, reason] : refused) {
    const std::string text = refusal(source);
    EXPECT_NE(text, "") << source;
    EXPECT_NE(text.find(reason), std::string::npos) << source << "\n" << text;
  }
}

TEST_F(SymbolsTest, OrdinaryNamesThatHoldTheJudgesAreFine) {
  EXPECT_EQ(refusal("namespace titos { int f() { return 1; } } namespace mine { struct tito {}; \n"
                    "int checks(int n) { return n; } namespace checksum { int f() { return 1; } }\n"
                    "void g(tito) {} }"),
            "");
}

TEST_F(SymbolsTest, WhatIsNotSeenByOthersMayHaveAnyName) {
  EXPECT_EQ(refusal("namespace { int memcmp(int a) { return a; } }\nint g() { return memcmp(1); }"),
            "");
  EXPECT_EQ(refusal("static double fabs(int x) { return x; }\ndouble h() { return fabs(2); }"), "");
}

}  // namespace
}  // namespace tito
