#include "tito/judge/words.h"

#include <gtest/gtest.h>

namespace tito {
namespace {

TEST(Words, OneLineEscapesWhatWouldEndOrTurnIt) {
  EXPECT_EQ(one_line("Łukasz 名前 कि"), "Łukasz 名前 कि");
  EXPECT_EQ(one_line("a\nb\tc\rd"), "a\\x0ab\\x09c\\x0dd");
  EXPECT_EQ(one_line("a\xe2\x80\xae"), "a\\xe2\\x80\\xae");
  EXPECT_EQ(one_line("a\xe2\x80\x8f"), "a\\xe2\\x80\\x8f");
  EXPECT_EQ(one_line("a\xe2\x80\xa8"), "a\\xe2\\x80\\xa8");
  EXPECT_EQ(one_line("\xc5"), "\\xc5");
  EXPECT_EQ(one_line(""), "");
}

TEST(Words, ClipTakesACharacterWholeOrNotAtAll) {
  const std::string text = "aŁ名👩";  // 1, 2, 3 and 4 bytes
  const std::string expected[] = {"",     "a",    "a",    "aŁ",   "aŁ", "aŁ",
                                  "aŁ名", "aŁ名", "aŁ名", "aŁ名", text, text};
  for (std::size_t bytes = 0; bytes < std::size(expected); ++bytes) {
    EXPECT_EQ(clip(text, bytes), expected[bytes]) << bytes;
  }
  EXPECT_EQ(clip("\x80\x80\x80\x80\x80\x80", 5), "\x80\x80\x80\x80\x80") << "what is no UTF-8";
}

}  // namespace
}  // namespace tito
