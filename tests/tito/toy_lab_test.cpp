// tito lab on the toy course, whose experiment prints its arguments.
#include "tests/tito/toy.h"

namespace tito {
namespace {

class Lab : public ToyCourse {};

TEST_F(Lab, BuildsTheProgramAndHandsItTheOptions) {
  const auto result = tito({"lab", "qat-ablation", "--smoke", "--jobs", "3", "--seeds", "4"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_SAYS(result.out, "--smoke\n--jobs\n3\n--seeds\n4\n");
  EXPECT_SAYS(result.out, ".tito/lab/qat-ablation-smoke\n--commit\n");
  const auto long_run = tito({"lab", "qat-ablation", "--page", "page.md", "--steps", "700"});
  EXPECT_SAYS(long_run.out, ".tito/lab/qat-ablation\n");
  EXPECT_SAYS(long_run.out, "--steps\n700\n--page\n" + root().string() + "/page.md\n");
}

TEST_F(Lab, TheGateDecidesTheExitStatus) {
  EXPECT_EQ(tito({"lab", "qat-ablation", "--artifact-limit", "99"}).exit_code, 1);
  EXPECT_EQ(tito({"lab", "qat-ablation", "--artifact-limit", "100"}).exit_code, 0);
}

TEST_F(Lab, RefusesWhatItCannotDo) {
  EXPECT_EQ(tito({"lab", "pruning"}).exit_code, 2);
  std::filesystem::remove_all(root() / "lab");
  EXPECT_SAYS(tito({"lab", "qat-ablation"}).err, "this workspace holds no lab");
}

}  // namespace
}  // namespace tito
