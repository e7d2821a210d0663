#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tinytorch/text/bpe.h"
#include "tinytorch/text/characters.h"

namespace tinytorch::text {
namespace {

TEST(ByteTokenizer, ReadsEveryByte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const ByteTokenizer bytes;
  const Tokens tokens = bytes.encode(all);
  for (std::int64_t i = 0; i < 256; ++i) EXPECT_EQ(tokens[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(bytes.decode(tokens), all);
}

TEST(ByteTokenizer, RefusesWhatIsNoByte) {
  const ByteTokenizer bytes;
  EXPECT_ERROR((void)bytes.decode(Tokens{65, 66, 300}),
               "byte_tokenizer: token 300 at place 2; tokens are 0 to 255");
  EXPECT_ERROR((void)bytes.decode(Tokens{-1}), "token -1 at place 0");
}

TEST(CharTokenizer, NumbersTheBytesThatOccur) {
  const CharTokenizer chars("banana");
  EXPECT_EQ(chars.vocab_size(), 3);
  EXPECT_EQ(chars.encode("ban"), (Tokens{1, 0, 2}));
  EXPECT_EQ(chars.decode(Tokens{2, 0, 1}), "nab");
}

TEST(CharTokenizer, KeepsBytesAbove127) {
  const CharTokenizer chars("caf\xc3\xa9");
  EXPECT_EQ(chars.decode(chars.encode("\xc3\xa9")), "\xc3\xa9");
}

TEST(CharTokenizer, RefusesTheUnknown) {
  const CharTokenizer chars("banana");
  EXPECT_ERROR((void)chars.encode("nanax"), "'x' at place 4 is not in the vocabulary of 3");
  EXPECT_ERROR((void)chars.decode(Tokens{3}), "token 3 at place 0; the vocabulary has 3");
  EXPECT_ERROR(CharTokenizer(""), "an empty text has no vocabulary");
}

TEST(Bpe, CountsNeighbours) {
  const auto counts = count_pairs(Tokens{1, 1, 1, 2});
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts.at({1, 1}), 2);
  EXPECT_EQ(counts.at({1, 2}), 1);
  EXPECT_TRUE(count_pairs(Tokens{}).empty());
}

TEST(Bpe, MergesFromTheLeftWithoutOverlap) {
  EXPECT_EQ(merge_pair(Tokens{1, 1, 1, 2}, {1, 1}, 9), (Tokens{9, 1, 2}));
  EXPECT_EQ(merge_pair(Tokens{2, 1, 1, 1, 1}, {1, 1}, 9), (Tokens{2, 9, 9}));
  EXPECT_EQ(merge_pair(Tokens{1}, {1, 1}, 9), (Tokens{1}));
}

TEST(Bpe, LearnsTheMostFrequentPairFirst) {
  const std::vector<Pair> merges = train_bpe("aaabdaaabac", 300);
  ASSERT_GE(merges.size(), 2u);
  EXPECT_EQ(merges[0], (Pair{'a', 'a'}));
  EXPECT_EQ(merges[1], (Pair{'a', 'b'}));
  EXPECT_EQ(merges[2], (Pair{256, 257}));
  EXPECT_EQ(merges.size(), 3u) << "after these no pair occurs twice";
  EXPECT_ERROR(train_bpe("a", 200), "a vocabulary of 200 does not hold the 256 bytes");
}

TEST(Bpe, EncodesShorterAndDecodesExactly) {
  const std::string text = "the cat sat on the mat, the cat that sat";
  const BpeTokenizer bpe(train_bpe(text, 270));
  const Tokens tokens = bpe.encode(text);
  EXPECT_LT(tokens.size(), text.size() / 2 + 5);
  EXPECT_EQ(bpe.decode(tokens), text);
  const std::string other = "quite another text \xc3\xa9";
  EXPECT_EQ(bpe.decode(bpe.encode(other)), other);
}

TEST(Bpe, RefusesTokensThatDoNotExist) {
  EXPECT_ERROR(BpeTokenizer({{97, 256}}), "token 256 merges 97 and 256");
  const BpeTokenizer bpe({{97, 98}});
  EXPECT_EQ(bpe.vocab_size(), 257);
  EXPECT_EQ(bpe.decode(Tokens{256}), "ab");
  EXPECT_ERROR((void)bpe.decode(Tokens{257}), "token 257 at place 0; the vocabulary has 257");
}

}  // namespace
}  // namespace tinytorch::text
