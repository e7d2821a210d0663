#include "tito/learner/source_check.h"

#include <gtest/gtest.h>

namespace tito {
namespace {

TEST(CommentAbove, JoinsTheLinesOfAParagraph) {
  EXPECT_EQ(
      comment_above("  // The strips first, rounded up, and what is left of them; then how many "
                    "products are worth\n"
                    "  // 6 parts.\n"
                    "  stub\n",
                    3),
      "The strips first, rounded up, and what is left of them; then how many products are "
      "worth 6 parts.");
}

TEST(CommentAbove, KeepsListsExamplesAndBlankLines) {
  const std::string wide =
      "a line that is as wide as it can be, so that it has to be folded on a screen";
  for (const char* next :
       {"  code[i] = 0", "- an item", "2. another", "10) the tenth", "Try it by hand first: 1."}) {
    const std::string source = "// " + wide + ", always\n// " + next + "\nstub\n";
    EXPECT_EQ(comment_above(source, 3), wide + ", always\n" + next);
  }
  EXPECT_EQ(comment_above("// short\n// lines\nstub\n", 3), "short\nlines")
      << "what fits stays as it was written";
  EXPECT_EQ(comment_above("// " + wide + ", always\n// 2.5 is no item\nstub\n", 3),
            wide + ", always 2.5 is no item");
  EXPECT_EQ(comment_above("// " + wide + "\n//\n// after\nstub\n", 4), wide + "\n\nafter");
}

}  // namespace
}  // namespace tito
