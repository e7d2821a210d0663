#include "tinytorch/counting/words.h"

#include <gtest/gtest.h>

namespace tinytorch::counting {
namespace {

TEST(Shout, RaisesLetters) { EXPECT_EQ(shout("hey"), "HEY!") << "letters become upper case"; }
TEST(Shout, LeavesOthersAlone) { EXPECT_EQ(shout("a1Z"), "A1Z!") << "only a to z change"; }

}  // namespace
}  // namespace tinytorch::counting
