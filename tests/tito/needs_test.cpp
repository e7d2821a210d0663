// What the tests of a module are linked with, found through includes.
#include "tito/build/needs.h"

#include <gtest/gtest.h>

#include <string>

#include "tito/base/files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

// Two modules: 01 writes core/numbers.h, 02 writes text/words.h.
class SourcesOfTests : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    course_.root = root_;
    add_module("01_numbers", "numbers", "tinytorch/core/numbers.h");
    add_module("02_words", "words", "tinytorch/text/words.h");
    write("tinytorch/core/numbers.h", "");
    write("tinytorch/core/shape.h", "");
    write("tinytorch/core/shape.cpp", "#include \"tinytorch/core/shape.h\"\n");
    write("tinytorch/text/words.h", "#include \"tinytorch/core/numbers.h\"\n");
    write("tinytorch/text/lists.h", "");
    write("tinytorch/text/detail/lists_sorted.cpp", "");
    for (const char* folder : {"modules", "solutions"}) {
      const std::string top = folder;
      write(top + "/01_numbers/numbers.cpp", "#include \"tinytorch/core/numbers.h\"\n");
      write(top + "/02_words/words.cpp", "#include \"tinytorch/text/words.h\"\n");
    }
    write("tests/01_numbers/numbers_test.cpp", "#include \"tinytorch/core/numbers.h\"\n");
    write("tests/02_words/words_test.cpp", "#include \"tinytorch/text/words.h\"\n");
  }

  void add_module(const std::string& name, const std::string& part, const std::string& header) {
    Module module;
    module.name = name;
    module.stage = "complete";
    module.parts.resize(1);
    module.parts[0].name = part;
    module.parts[0].header = header;
    course_.modules.push_back(std::move(module));
  }
  void write(const std::string& name, const std::string& text) {
    write_file_atomically(root_ / name, text);
  }
  Names found(std::size_t module) {
    Names names;
    const auto sources = sources_of_tests(course_, course_.modules[module],
                                          [&](const Module& other, const Part& part) {
                                            return course_.solution_source(other, part);
                                          });
    for (const fs::path& path : sources) names.insert(path.lexically_relative(root_).string());
    return names;
  }

  fs::path root_ = fs::path(SCRATCH_DIR) / "needs";
  Course course_;
};

TEST_F(SourcesOfTests, AreThoseOfOtherModulesThatAreIncluded) {
  EXPECT_EQ(found(0), Names{});
  EXPECT_EQ(found(1), Names{"solutions/01_numbers/numbers.cpp"});
}

TEST_F(SourcesOfTests, AreFoundThroughTheLearnersOwnIncludes) {
  write("modules/01_numbers/numbers.cpp", "#include \"tinytorch/core/shape.h\"\n");
  EXPECT_EQ(found(0), Names{"tinytorch/core/shape.cpp"});
}

TEST_F(SourcesOfTests, MayBeginWithTheNameOfTheHeaderAndStandInItsDetails) {
  write("modules/01_numbers/numbers.cpp", "#include \"tinytorch/text/lists.h\"\n");
  EXPECT_EQ(found(0), Names{"tinytorch/text/detail/lists_sorted.cpp"});
}

TEST_F(SourcesOfTests, AreFoundThroughThoseFoundAlready) {
  write("modules/01_numbers/numbers.cpp", "#include \"tinytorch/text/lists.h\"\n");
  write("tinytorch/text/detail/lists_sorted.cpp", "#include \"tinytorch/core/shape.h\"\n");
  EXPECT_EQ(found(0),
            (Names{"tinytorch/core/shape.cpp", "tinytorch/text/detail/lists_sorted.cpp"}));
}

TEST_F(SourcesOfTests, MayDefineWhatAnotherFolderDeclares) {
  write("tinytorch/text/numbers_printed.cpp",
        "#include \"tinytorch/core/numbers.h\"\n#include \"tinytorch/core/shape.h\"\n");
  EXPECT_EQ(found(0), (Names{"tinytorch/core/shape.cpp", "tinytorch/text/numbers_printed.cpp"}));
}

TEST_F(SourcesOfTests, DoNotComeWithEveryHeaderTheyInclude) {
  write("tinytorch/text/shape_names.cpp",
        "#include \"tinytorch/core/numbers.h\"\n#include \"tinytorch/core/shape.h\"\n");
  EXPECT_EQ(found(0), Names{});
}

TEST_F(SourcesOfTests, WithoutAHeaderOfTheirOwnServeThoseBeside) {
  write("tinytorch/core/restore.cpp", "#include <vector>\n#include \"tinytorch/core/numbers.h\"\n");
  EXPECT_EQ(found(0), Names{"tinytorch/core/restore.cpp"});
}

TEST_F(SourcesOfTests, LeaveOutWhatOnlyTheJudgesChecksNeed) {
  write("tests/01_numbers/checks.cpp", "#include \"tinytorch/core/shape.h\"\n");
  write("tests/01_numbers/more_checks.cpp", "#include \"tinytorch/core/shape.h\"\n");
  EXPECT_EQ(found(0), Names{});
}

TEST_F(SourcesOfTests, BearIncludesOfFilesThatAreNotThere) {
  write("modules/01_numbers/numbers.cpp",
        "#include \"tinytorch/missing.h\"\n#include \"tests/none.h\"\n");
  EXPECT_EQ(found(0), Names{});
}

}  // namespace
}  // namespace tito
