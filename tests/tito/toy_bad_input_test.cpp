// Bad input of every kind, on the toy course.
#include "tests/tito/toy.h"
#include "tito/base/files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

class BadInput : public ToyCourse {};

struct BadSource {
  const char* name;
  std::string content;
  const char* says;
};
std::ostream& operator<<(std::ostream& out, const BadSource& bad) { return out << bad.name; }

class BadSourceTest : public ToyCourse, public testing::WithParamInterface<BadSource> {};

TEST_P(BadSourceTest, IsOneLineAndHarmsNoOther) {
  solve("01_counting", "words");
  write("modules/01_counting/sums.cpp", GetParam().content);
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.1")["status"], "compile-error");
  EXPECT_SAYS(task(document, "01.1")["message"].get<std::string>(), GetParam().says);
  EXPECT_EQ(task(document, "01.3")["status"], "pass");
}

INSTANTIATE_TEST_SUITE_P(
    All, BadSourceTest,
    testing::Values(BadSource{"binary", std::string("int a;\n\0\x01\x02", 10),
                              "zero byte at offset 7"},
                    BadSource{"huge", std::string((1u << 20) + 1, ' '), "1048577 bytes"},
                    BadSource{"unparsable", "%%% not C++ at all \xff\xfe\n", ""},
                    BadSource{"empty", "", "nowhere defined"}));

TEST_F(BadInput, AMissingSourceIsOneLine) {
  solve("01_counting", "words");
  fs::remove(root() / "modules/01_counting/sums.cpp");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.1")["status"], "compile-error");
  EXPECT_SAYS(task(document, "01.1")["message"].get<std::string>(), "missing");
  EXPECT_EQ(task(document, "01.3")["status"], "pass");
}

TEST_F(BadInput, ASourceThatIsAFolderIsOneLine) {
  solve("01_counting", "words");
  fs::remove(root() / "modules/01_counting/sums.cpp");
  fs::create_directory(root() / "modules/01_counting/sums.cpp");
  const auto document = tito_json({"test", "1"});
  EXPECT_EQ(task(document, "01.1")["status"], "compile-error");
  EXPECT_EQ(task(document, "01.3")["status"], "pass");
}

TEST_F(BadInput, AnUnknownModuleOrTaskNamesTheNearest) {
  const auto module = tito({"test", "countign"});
  EXPECT_EQ(module.exit_code, 2);
  EXPECT_SAYS(module.err, "Did you mean 01_counting?");
  const auto task = tito({"test", "01.9"});
  EXPECT_EQ(task.exit_code, 2);
  EXPECT_SAYS(task.err, "01.1");
  const auto command = tito({"tset", "1"});
  EXPECT_EQ(command.exit_code, 2);
  EXPECT_SAYS(command.err, "Did you mean test");
  EXPECT_EQ(tito({"test", "--nonsense"}).exit_code, 2);
}

TEST_F(BadInput, AnErrorListsWhatIsLegal) {
  EXPECT_SAYS(tito({"test", "countign"}).err, "Its modules: 01_counting, 02_sorting, 03_later");
  EXPECT_SAYS(tito({"test", "01.9"}).err, "Module 01 has: 01.1, 01.2, 01.3");
  EXPECT_SAYS(tito({"tset", "1"}).err, "The commands: ");
  EXPECT_SAYS(tito({"test", "--nonsense"}).err, "Its options: --help, --json");
  EXPECT_SAYS(tito({"dev", "chekc"}).err, "Its subcommands: check, new");
  EXPECT_SAYS(tito({"milestone", "zzz"}).err, "The milestones: 1900_first_sum");
  EXPECT_EQ(tito({"test", "1", "--timeout", "-1"}).exit_code, 2);
}

TEST_F(BadInput, ABrokenCourseNamesFileAndLine) {
  edit("modules/01_counting/module.yaml", "points: 4", "points: many");
  const auto result = tito({"test", "1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_SAYS(result.err,
              "modules/01_counting/module.yaml:26: points is \"many\", expected a whole number");
  const auto document = tito_json({"test", "1"});
  EXPECT_SAYS(document["error"].get<std::string>(), "modules/01_counting/module.yaml:26");
}

TEST_F(BadInput, EveryCommandExplainsItself) {
  for (const char* command : {"list", "start", "test", "watch", "hint", "export", "status", "reset",
                              "diff", "bench", "milestone", "doctor", "stubs"}) {
    const auto result = tito({command, "--help"});
    EXPECT_EQ(result.exit_code, 0) << command;
    EXPECT_SAYS(result.out, "Examples:");
    EXPECT_SAYS(result.out, "--json");
  }
  EXPECT_EQ(tito({"dev", "check", "--help"}).exit_code, 0);
  EXPECT_EQ(tito({"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace tito
