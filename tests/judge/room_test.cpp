#include "tito/judge/sandbox/room.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>

namespace tito {
namespace {

TEST(Room, SpaceThatIsMissingIsNamed) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "x";
  EXPECT_EQ(lack_of_space(folder.parent_path(), 1), "");
  const std::string words = lack_of_space(folder.parent_path(), std::uint64_t{1} << 60);
  for (const char* part : {" MB free", "needs", "TMPDIR"}) {
    EXPECT_NE(words.find(part), std::string::npos) << words;
  }
}

TEST(Room, ALimitOnProcessesIsNamed) {
  EXPECT_EQ(lack_of_processes(1), "");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NPROC, &before), 0);
  const rlimit low{10, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NPROC, &low), 0);
  const std::string words = lack_of_processes(64);
  setrlimit(RLIMIT_NPROC, &before);
  for (const char* part : {"10 processes and threads", "ulimit -u", "64 more"}) {
    EXPECT_NE(words.find(part), std::string::npos) << words;
  }
}

}  // namespace
}  // namespace tito
