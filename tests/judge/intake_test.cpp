#include "tito/judge/intake/intake.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>

#include "tinytorch/core/rng.h"
#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/process.h"
#include "toy_course.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using testing_support::TemporaryFolder;

Module module_of_three_parts() {
  Module module;
  module.name = "01_counting";
  module.parts.resize(3);
  module.parts[0].name = "sums";
  module.parts[1].name = "words";
  module.parts[2].name = "int8_gemm";
  return module;
}

struct ZipEntry {
  std::string name;
  std::string content;
  unsigned type = AE_IFREG;
  std::string link = {};
};

// A zip as an attacker would write it: whatever names and kinds it is told.
fs::path write_zip(const fs::path& path, const std::vector<ZipEntry>& entries) {
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_open_filename(writer, path.c_str());
  for (const ZipEntry& item : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, item.name.c_str());
    archive_entry_set_filetype(entry, item.type);
    archive_entry_set_perm(entry, 0644);
    if (!item.link.empty()) archive_entry_set_symlink(entry, item.link.c_str());
    if (item.type == AE_IFREG) {
      archive_entry_set_size(entry, static_cast<la_int64_t>(item.content.size()));
    }
    archive_write_header(writer, entry);
    if (item.type == AE_IFREG) archive_write_data(writer, item.content.data(), item.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  return path;
}

class IntakeTest : public ::testing::Test {
 protected:
  Intake take(const fs::path& path) { return take_in(path, module_, limits_); }
  Intake take_zip(const std::vector<ZipEntry>& entries) {
    return take(write_zip(folder_.path() / "a.zip", entries));
  }
  std::string text(const Intake& intake, const std::string& part) {
    const auto found = intake.sources.find(part);
    return found == intake.sources.end() ? "(absent)" : found->second.text;
  }
  std::string rejected(const Intake& intake, const std::string& part) {
    const auto found = intake.sources.find(part);
    return found == intake.sources.end() ? "(absent)" : found->second.rejected;
  }

  TemporaryFolder folder_;
  Module module_ = module_of_three_parts();
  IntakeLimits limits_;
};

TEST_F(IntakeTest, TakesEachLayoutOfAFolder) {
  for (const char* prefix : {"modules/01_counting/", "", "work/modules/01_counting/", "work/"}) {
    TemporaryFolder folder;
    folder.write(std::string(prefix) + "sums.cpp", "the sums");
    const Intake intake = take(folder.path());
    EXPECT_EQ(text(intake, "sums"), "the sums") << prefix;
    EXPECT_EQ(text(intake, "words"), "(absent)") << prefix;
  }
}

TEST_F(IntakeTest, TakesEachLayoutOfAZip) {
  for (const char* prefix : {"modules/01_counting/", "", "work/modules/01_counting/", "work/"}) {
    const Intake intake = take_zip({{std::string(prefix) + "sums.cpp", "the sums"}});
    EXPECT_EQ(text(intake, "sums"), "the sums") << prefix;
    EXPECT_EQ(intake.rejected, "") << prefix;
  }
}

TEST_F(IntakeTest, ToleratesWhatMacOsAdds) {
  const Intake intake =
      take_zip({{"work/sums.cpp", "the sums"}, {"__MACOSX/work/._sums.cpp", "rubbish"}});
  EXPECT_EQ(text(intake, "sums"), "the sums");
}

TEST_F(IntakeTest, IgnoresEverythingElseAndSaysSo) {
  folder_.write("sums.cpp", "the sums");
  folder_.write("CMakeLists.txt", "execute_process(COMMAND rm -rf /)");
  folder_.write("Makefile", "all: ; rm -rf /");
  folder_.write("extra\x1b[2J.cpp", "int x;");
  const Intake intake = take(folder_.path());
  EXPECT_EQ(intake.sources.size(), 1u);
  ASSERT_EQ(intake.ignored.size(), 3u);
  for (const std::string& name : intake.ignored) EXPECT_EQ(name.find('\x1b'), name.npos) << name;
}

TEST_F(IntakeTest, AnEmptyFolderHasNoSources) {
  EXPECT_TRUE(take(folder_.path()).sources.empty());
  EXPECT_EQ(take(folder_.path()).rejected, "");
}

TEST_F(IntakeTest, NothingAtThePathIsTheInstructorsMistake) {
  EXPECT_THROW(take(folder_.path() / "nobody"), UserError);
}

TEST_F(IntakeTest, FollowsNoLink) {
  const fs::path secret = folder_.write("secret.cpp", "a secret");
  const fs::path submission = folder_.path() / "submission";
  fs::create_directory(submission);
  fs::create_symlink(secret, submission / "sums.cpp");
  Intake intake = take(submission);
  EXPECT_NE(rejected(intake, "sums"), "");
  EXPECT_EQ(text(intake, "sums"), "");

  fs::create_directory(folder_.path() / "real");
  folder_.write("real/words.cpp", "a secret");
  fs::create_directory(submission / "modules");
  fs::create_directory_symlink(folder_.path() / "real", submission / "modules" / "01_counting");
  EXPECT_EQ(text(take(submission), "words"), "(absent)");
}

TEST_F(IntakeTest, OpensNoPipe) {
  ASSERT_EQ(mkfifo((folder_.path() / "sums.cpp").c_str(), 0600), 0);
  EXPECT_NE(rejected(take(folder_.path()), "sums"), "");  // and does not wait for a writer
}

TEST_F(IntakeTest, ASourceThatIsTooLargeOrNotTextIsRejectedAlone) {
  folder_.write("sums.cpp", std::string((1u << 20) + 1, ' '));
  folder_.write("words.cpp", std::string("int x;\0", 7));
  const Intake intake = take(folder_.path());
  EXPECT_NE(rejected(intake, "sums").find("larger than 1 MB"), std::string::npos);
  EXPECT_NE(rejected(intake, "words").find("not text"), std::string::npos);
  EXPECT_EQ(intake.rejected, "");
}

TEST_F(IntakeTest, ASourceOfExactlyTheLimitIsTaken) {
  folder_.write("sums.cpp", std::string(1u << 20, ' '));
  EXPECT_EQ(text(take(folder_.path()), "sums").size(), 1u << 20);
}

TEST_F(IntakeTest, RejectsAZipThatNamesFilesOutside) {
  for (const char* name : {"../sums.cpp", "/etc/cron.d/x", "a/../../x", "C:\\x", "..\\x"}) {
    EXPECT_NE(take_zip({{"sums.cpp", "x"}, {name, "y"}}).rejected, "") << name;
  }
}

TEST_F(IntakeTest, TakesNoLinkOrDeviceFromAZip) {
  EXPECT_NE(rejected(take_zip({{"sums.cpp", "", AE_IFLNK, "/etc/shadow"}}), "sums"), "");
  EXPECT_NE(rejected(take_zip({{"sums.cpp", "", AE_IFIFO}}), "sums"), "");
}

TEST_F(IntakeTest, RejectsANameThatIsInAZipTwice) {
  const Intake intake = take_zip({{"sums.cpp", "first"}, {"sums.cpp", "second"}});
  EXPECT_NE(rejected(intake, "sums").find("twice"), std::string::npos);
}

TEST_F(IntakeTest, ABombIsNotUnpacked) {
  const Intake intake =
      take_zip({{"sums.cpp", std::string(50u << 20, ' ')}, {"words.cpp", "fine"}});
  EXPECT_NE(rejected(intake, "sums").find("larger than"), std::string::npos);
  EXPECT_EQ(text(intake, "words"), "fine");
}

TEST_F(IntakeTest, RejectsAZipOfTooManyFiles) {
  limits_.entries = 100;
  std::vector<ZipEntry> entries;
  for (int i = 0; i < 101; ++i) entries.push_back({"f" + std::to_string(i), ""});
  EXPECT_NE(take_zip(entries).rejected.find("more than 100 files"), std::string::npos);
}

TEST_F(IntakeTest, RejectsAnArchiveThatIsTooLarge) {
  limits_.archive = 100;
  EXPECT_NE(take_zip({{"sums.cpp", std::string(1000, 'x')}}).rejected, "");
}

TEST_F(IntakeTest, RejectsWhatIsNoZip) {
  EXPECT_NE(take(folder_.write("a.zip", "int main() {}")).rejected, "");
  EXPECT_NE(take(folder_.write("b.zip", "")).rejected, "");
}

TEST_F(IntakeTest, NeverCrashesOnADamagedZip) {
  const fs::path good = write_zip(folder_.path() / "good.zip",
                                  {{"work/sums.cpp", std::string(300, 'x')}, {"work/y", "z"}});
  std::ifstream in(good, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  tinytorch::Rng rng(5);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = bytes;
    for (int i = 0; i < 3; ++i) {
      damaged[rng.below(damaged.size())] = static_cast<char>(rng.below(256));
    }
    if (rng.below(4) == 0) damaged.resize(rng.below(damaged.size()));
    take(folder_.write("bad.zip", damaged));  // any result will do
  }
}

// Whether anybody opened or listed the watched folder since the last question.
class FolderWatch {
 public:
  explicit FolderWatch(const fs::path& folder) {
    EXPECT_GE(inotify_add_watch(descriptor_, folder.c_str(), IN_OPEN | IN_ACCESS), 0);
  }
  ~FolderWatch() { ::close(descriptor_); }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  bool opened() const {
    char events[4096];
    return ::read(descriptor_, events, sizeof events) > 0;
  }

 private:
  int descriptor_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
};

TEST_F(IntakeTest, AFolderWithoutSourcesIsNotWalked) {
  folder_.write("sums.cpp", "the sums");
  fs::create_directory(folder_.path() / "build");
  const FolderWatch build(folder_.path() / "build");
  EXPECT_EQ(text(take(folder_.path()), "sums"), "the sums");
  EXPECT_FALSE(build.opened());
  EXPECT_TRUE(fs::directory_iterator(folder_.path() / "build") == fs::directory_iterator());
  EXPECT_TRUE(build.opened()) << "the watch sees nothing";
}

bool mentions(const std::vector<std::string>& lines, const std::string& words) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(words) != line.npos; });
}

// What people's systems and learning platforms make of "sums.cpp".
TEST_F(IntakeTest, TakesASourceWhoseNameAPlatformChanged) {
  for (const char* name : {"sums (1).cpp",
                           "Sums.cpp",
                           "SUMS.CPP",
                           "sums.cpp.txt",
                           "sums - Copy.cpp",
                           "sums copy.cpp",
                           "sums copy 2.cpp",
                           "Copy of sums.cpp",
                           "sums (1) (2).cpp",
                           "sums 2.cpp",
                           "sums-1.cpp",
                           "sums.cc",
                           "sums.cpp ",
                           "sums(1).cpp",
                           "sums[1].cpp",
                           "Copy of Copy of sums.cpp",
                           "doejane_12345_678901_sums.cpp",
                           "doejane_LATE_12345_678901_sums-2.cpp",
                           "Jane Doe_1234567_assignsubmission_file_sums.cpp",
                           "\xc5\x81ukasz \xc5\xbb_12_assignsubmission_file_Sums (1).cpp",
                           "Jane Doe_1234567_assignsubmission_file_/sums.cpp",
                           "Exercise 1_jdoe_attempt_2026-01-31-23-59-59_sums.cpp",
                           "12345-67890 - Jane Doe - Jan 31, 2026 1159 PM - sums.cpp"}) {
    for (const bool zipped : {false, true}) {
      TemporaryFolder folder;
      folder.write(name, "the sums");
      const Intake intake = zipped ? take_zip({{name, "the sums"}}) : take(folder.path());
      EXPECT_EQ(text(intake, "sums"), "the sums") << name;
      EXPECT_EQ(text(intake, "words"), "(absent)") << name;
      EXPECT_EQ(intake.rejected, "") << name;
    }
  }
}

TEST_F(IntakeTest, TakesAnotherSpellingOfANameOfSeveralWords) {
  for (const char* name :
       {"int8-gemm.cpp", "int8 gemm.cpp", "Int8Gemm.cpp", "Int8_Gemm (3).cpp", "int8_gemm-1.cpp"}) {
    EXPECT_EQ(text(take_zip({{name, "x"}}), "int8_gemm"), "x") << name;
  }
}

TEST_F(IntakeTest, TakesNoSourceThatIsSomethingElse) {
  for (const char* name : {"sums_test.cpp", "my_sums.cpp", "sums.h", "sums.o", "sums.cpp.orig",
                           "sums2.cpp", "resums.cpp", "sums_old.cpp", "._sums.cpp", "sums.cpp~",
                           "__MACOSX/sums.cpp", "modules/02_sorting/sums.cpp"}) {
    EXPECT_EQ(text(take_zip({{name, "x"}}), "sums"), "(absent)") << name;
  }
}

TEST_F(IntakeTest, TakesSourcesBelowSeveralFoldersAndBesideJunk) {
  for (const char* prefix :
       {"a/b/", "a/b/c/d/", "a/b/modules/01_counting/", "01_counting/", "a/01_counting/",
        "modules/01_counting/modules/01_counting/", "Modules/01_Counting/", "01_counting (1)/"}) {
    for (const bool zipped : {false, true}) {
      const std::vector<ZipEntry> entries{{std::string(prefix) + "sums.cpp", "the sums"},
                                          {std::string(prefix) + ".DS_Store", "x"},
                                          {".DS_Store", "x"},
                                          {"__MACOSX/a/._sums.cpp", "x"},
                                          {"a/._b", "x"},
                                          {"Thumbs.db", "x"},
                                          {"readme.txt", "x"}};
      TemporaryFolder folder;
      for (const ZipEntry& entry : entries) folder.write(entry.name, entry.content);
      const Intake intake = zipped ? take_zip(entries) : take(folder.path());
      EXPECT_EQ(text(intake, "sums"), "the sums") << prefix;
      EXPECT_TRUE(mentions(intake.ignored, ".DS_Store")) << prefix;
      EXPECT_TRUE(mentions(intake.ignored, "__MACOSX")) << prefix;
    }
  }
}

TEST_F(IntakeTest, AnOddNameElsewhereCostsNothing) {
  for (const std::string& name :
       {std::string("notes\\x.txt"), std::string("t:est.txt"), std::string("a\nb.txt"),
        std::string("\xff\xfe.txt"), std::string(3000, 'n'), std::string("aux. "),
        std::string("...txt"), std::string("-rf"), std::string("\xe2\x80\xae.cpp")}) {
    const Intake intake = take_zip({{"sums.cpp", "the sums"}, {name, "x"}});
    EXPECT_EQ(intake.rejected, "") << name.substr(0, 40);
    EXPECT_EQ(text(intake, "sums"), "the sums") << name.substr(0, 40);
    for (const std::string& line : intake.ignored) {
      EXPECT_EQ(line.find_first_of("\n\x1b"), line.npos) << line;
      EXPECT_LT(line.size(), 300u);
    }
  }
}

TEST_F(IntakeTest, ReadsTheFoldersOfAnOldWindowsArchive) {
  EXPECT_EQ(text(take_zip({{"modules\\01_counting\\sums.cpp", "x"}}), "sums"), "x");
}

TEST_F(IntakeTest, WhatCouldBeTwoFilesIsNotGuessed) {
  const Intake two =
      take_zip({{"sums (1).cpp", "one"}, {"sums (2).cpp", "two"}, {"words.cpp", ""}});
  EXPECT_EQ(text(two, "sums"), "");
  for (const char* name : {"sums (1).cpp", "sums (2).cpp"}) {
    EXPECT_NE(rejected(two, "sums").find(name), std::string::npos) << rejected(two, "sums");
  }
  EXPECT_EQ(rejected(two, "words"), "");
  EXPECT_EQ(text(take_zip({{"sums (1).cpp", "one"}, {"sums (2).cpp", "one"}}), "sums"), "one");
  EXPECT_EQ(text(take_zip({{"sums (1).cpp", "one"}, {"sums.cpp", "two"}}), "sums"), "two");
  EXPECT_NE(rejected(take_zip({{"a/sums.cpp", "one"}, {"b/sums.cpp", "two"}}), "sums"), "");
}

TEST_F(IntakeTest, NothingRecognisedIsOneMessageOfFoundExpectedAndNearest) {
  const Intake intake = take_zip({{"summs.cpp", "x"}, {"a/notes.txt", "x"}});
  EXPECT_TRUE(intake.sources.empty());
  EXPECT_EQ(intake.rejected, "");
  const std::string all = fmt::format("{}", fmt::join(intake.notes, "\n"));
  for (const char* words :
       {"summs.cpp", "a/notes.txt", "expected sums.cpp, words.cpp, int8_gemm.cpp"}) {
    EXPECT_NE(all.find(words), std::string::npos) << words << " in:\n" << all;
  }
  EXPECT_NE(all.find("sums.cpp for summs.cpp"), std::string::npos) << all;
  EXPECT_EQ(intake.nearest.at("sums"), "summs.cpp");
  EXPECT_TRUE(
      mentions(take_zip({{"words_final.cpp", "x"}}).notes, "words.cpp for words_final.cpp"));
}

fs::path write_tar(const fs::path& path, int (*filter)(archive*)) {
  archive* writer = archive_write_new();
  filter(writer);
  archive_write_set_format_pax_restricted(writer);
  archive_write_open_filename(writer, path.c_str());
  const std::vector<ZipEntry> entries{{"./work/._sums.cpp", "rubbish"},
                                      {"./work/sums.cpp", "the sums"},
                                      {"./work/Łukasz.txt", "x"}};
  for (const ZipEntry& item : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, item.name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(item.content.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, item.content.data(), item.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  return path;
}

TEST_F(IntakeTest, TakesATarBall) {
  const std::pair<const char*, int (*)(archive*)> balls[] = {
      {"a.tar.gz", archive_write_add_filter_gzip}, {"a.tgz", archive_write_add_filter_gzip},
      {"a.tar", archive_write_add_filter_none},    {"a.tar.bz2", archive_write_add_filter_bzip2},
      {"a.tar.xz", archive_write_add_filter_xz},   {"misnamed.zip", archive_write_add_filter_gzip}};
  for (const auto& [name, filter] : balls) {
    const Intake intake = take(write_tar(folder_.path() / name, filter));
    EXPECT_EQ(intake.rejected, "") << name;
    EXPECT_EQ(text(intake, "sums"), "the sums") << name;
  }
}

// Moodle hands out a folder for each student, with what was uploaded in it.
TEST_F(IntakeTest, OpensTheArchiveThatIsAllAFolderHolds) {
  const fs::path student = folder_.path() / "Jane Doe_12_assignsubmission_file_";
  fs::create_directory(student);
  write_zip(student / "work (1).zip", {{"work/sums.cpp", "the sums"}});
  folder_.write("Jane Doe_12_assignsubmission_file_/comment.txt", "x");
  EXPECT_EQ(text(take(student), "sums"), "the sums");
  // Beside a source, or another archive, nobody knows which is meant.
  write_zip(student / "other.zip", {{"words.cpp", "x"}});
  EXPECT_TRUE(take(student).sources.empty());
  folder_.write("Jane Doe_12_assignsubmission_file_/sums.cpp", "the source");
  EXPECT_EQ(text(take(student), "sums"), "the source");
  EXPECT_EQ(text(take(student), "words"), "(absent)");
}

TEST_F(IntakeTest, ATextInUtf16IsSaidToBeOne) {
  const std::string utf16("\xff\xfei\0n\0t\0", 8);
  EXPECT_NE(rejected(take_zip({{"sums.cpp", utf16}}), "sums").find("UTF-16"), std::string::npos);
}

TEST_F(IntakeTest, ATarBallThatUnpacksToALotIsRejected) {
  limits_.unpacked = 4u << 20;
  folder_.write("in/big.bin", std::string(8u << 20, ' '));
  folder_.write("in/sums.cpp", "x");
  const fs::path to = folder_.path() / "a.tar.gz";
  ASSERT_TRUE(
      run_process({"tar", "-czf", to.string(), "-C", (folder_.path() / "in").string(), "."}).ok());
  EXPECT_NE(take(to).rejected.find("unpacks to more than 4 MB"), std::string::npos);
}

TEST_F(IntakeTest, TakesASingleSource) {
  for (const char* name : {"sums.cpp", "Sums (2).cpp", "doejane_12345_678901_sums.cpp"}) {
    const Intake intake = take(folder_.write(name, "the sums"));
    EXPECT_EQ(intake.rejected, "") << name;
    EXPECT_EQ(text(intake, "sums"), "the sums") << name;
  }
  const Intake other = take(folder_.write("sum.cpp", "x"));
  EXPECT_TRUE(mentions(other.notes, "sums.cpp for sum.cpp"));
  for (const char* name : {"a.rar", "a.docx.pdf", "a.7z"}) {
    EXPECT_NE(take(folder_.write(name, "Rar!")).rejected.find(".tar.gz"), std::string::npos)
        << name;
  }
}

// A loop of links is the stranger's; so is a folder that cannot be read.
TEST_F(IntakeTest, WhatCannotBeOpenedIsRejected) {
  fs::create_symlink("loop", folder_.path() / "loop");
  EXPECT_NE(take(folder_.path() / "loop").rejected, "");
  fs::create_symlink("nowhere", folder_.path() / "dangling");
  EXPECT_NE(take(folder_.path() / "dangling").rejected, "");
  ASSERT_EQ(mkfifo((folder_.path() / "pipe").c_str(), 0600), 0);
  EXPECT_NE(take(folder_.path() / "pipe").rejected, "");
  fs::create_directories(folder_.path() / "deep");
  fs::create_directory_symlink(".", folder_.path() / "deep" / "again");
  folder_.write("deep/sums.cpp", "x");
  EXPECT_EQ(text(take(folder_.path() / "deep"), "sums"), "x");
}

TEST_F(IntakeTest, IsQuickWithAFolderOfManyFiles) {
  limits_.entries = 500;
  for (int i = 0; i < 2000; ++i) folder_.write("f" + std::to_string(i), "");
  folder_.write("sums.cpp", "the sums");
  folder_.write("modules/01_counting/words.cpp", "the words");
  EXPECT_EQ(text(take(folder_.path()), "words"), "the words");
}

// As a zip that was written to a pipe: lengths stand behind the data. Megabytes of zeros each.
void write_streamed_zip(const fs::path& path,
                        const std::vector<std::pair<std::string, int>>& entries) {
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_open_filename(writer, path.c_str());
  const std::string megabyte(1u << 20, '\0');
  for (const auto& [name, megabytes] : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    for (int i = 0; i < megabytes; ++i) {
      archive_write_data(writer, megabyte.data(), megabyte.size());
    }
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
}

// Nothing of a bomb is unpacked but the first bytes of what is looked for, and those once.
TEST_F(IntakeTest, ABombBehindADataDescriptorIsNotUnpacked) {
  const fs::path bomb = folder_.path() / "bomb.zip";
  write_streamed_zip(bomb, {{"sums.cpp", 256}, {"other.bin", 256}});
  // Without its directory at the end a zip can only be read by inflating all of it.
  std::string bytes = read_file(bomb, 64u << 20);
  bytes.resize(bytes.find("PK\x01\x02"));
  const fs::path cut = folder_.write("cut.zip", bytes);
  const std::clock_t begin = std::clock();  // of the processor: half a gigabyte takes a second
  EXPECT_NE(rejected(take(bomb), "sums").find("larger than"), std::string::npos);
  EXPECT_NE(take(cut).rejected, "");
  EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC / 2);
}

}  // namespace
}  // namespace tito
