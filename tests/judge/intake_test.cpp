#include "tito/judge/intake/intake.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tinytorch/core/rng.h"
#include "tito/base/error.h"
#include "toy_course.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using testing_support::TemporaryFolder;

Module module_of_two_parts() {
  Module module;
  module.name = "01_counting";
  module.parts.resize(2);
  module.parts[0].name = "sums";
  module.parts[1].name = "words";
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
  Module module_ = module_of_two_parts();
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

}  // namespace
}  // namespace tito
