// Text of strangers on a terminal.
#include "tinytorch/core/printable.h"

#include <gtest/gtest.h>

#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

TEST(Printable, LeavesWordsOfAnyScriptAlone) {
  const std::string words = "Łukasz × 漢字 µ\n\ttab";
  EXPECT_EQ(printable(words), words);
}

TEST(Printable, ShowsWhatWouldActOnATerminal) {
  EXPECT_EQ(printable("\x1b[31mred\r"), "\\x1b[31mred\\x0d");
  EXPECT_EQ(printable("a\u202Eb"), "a\\xe2\\x80\\xaeb");
  EXPECT_EQ(printable(std::string("\0", 1)), "\\x00");
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // '/' in two bytes
}

TEST(Error, ShowsAStrangersBytesAsText) {
  EXPECT_STREQ(Error("tensor '\x1b]0;x\x07' is unknown").what(),
               "tensor '\\x1b]0;x\\x07' is unknown");
}

}  // namespace
}  // namespace tinytorch
