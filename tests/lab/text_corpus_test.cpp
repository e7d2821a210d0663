// The text of the language models: no chapter is on both sides.
#include "milestones/support/text_corpus.h"

#include <gtest/gtest.h>

#include <set>

#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

TEST(TextCorpus, ChaptersMakeTheBookAgain) {
  const std::string book =
      "CHAPTER 1. One.\nA line.\nCHAPTER of accidents\n\nCHAPTER 2. Two.\nThe end";
  const auto chapters = chapters_of(book);
  ASSERT_EQ(chapters.size(), 2u);
  EXPECT_EQ(chapters[0].title, "CHAPTER 1. One.");
  EXPECT_EQ(chapters[0].text, "CHAPTER 1. One.\nA line.\nCHAPTER of accidents\n\n");
  EXPECT_EQ(chapters[0].text + chapters[1].text, book);
  EXPECT_THROW(chapters_of("Etymology\nCHAPTER 1. One.\n"), Error);
}

TEST(TextCorpus, TheSplitIsByChapterAndDisjoint) {
  const TextSplit split = load_moby_dick();
  const auto train = chapters_of(split.train);
  const auto validation = chapters_of(split.validation);
  EXPECT_EQ(train.size(), 128u);
  ASSERT_EQ(validation.size(), 7u);
  EXPECT_EQ(split.train.size() + split.validation.size(), 1204997u)
      << "every byte is in one of them";
  std::set<std::string> seen;
  for (const Chapter& chapter : train) seen.insert(chapter.title);
  for (std::size_t i = 0; i < validation.size(); ++i) {
    EXPECT_EQ(validation[i].title, split.held_out[i]);
    EXPECT_TRUE(validation[i].title.starts_with(concat("CHAPTER ", 10 + 20 * i, ". ")));
    EXPECT_EQ(seen.count(validation[i].title), 0u) << validation[i].title;
    EXPECT_EQ(split.train.find(validation[i].text.substr(0, 400)), std::string::npos);
  }
}

TEST(TextCorpus, ABookOfNineChaptersHasNoneToHoldOut) {
  const std::vector<Chapter> chapters(9, {"CHAPTER 1. One.", "CHAPTER 1. One.\n"});
  EXPECT_THROW(split_by_chapter(chapters), Error);
}

TEST(TextCorpus, BatchesDependOnSeedAndStepAlone) {
  const std::string text = load_moby_dick().train;
  const auto batch = [&](std::uint64_t seed, std::int64_t step) {
    return training_batch(text, 4, 16, seed, step).next;
  };
  EXPECT_EQ(batch(1, 7), batch(1, 7));
  EXPECT_NE(batch(1, 7), batch(1, 8));
  EXPECT_NE(batch(1, 7), batch(2, 7));
  const TextBatch one = training_batch(text, 4, 16, 1, 7);
  for (std::size_t i = 0; i + 1 < 16; ++i) {
    EXPECT_EQ(one.ids.data()[i + 1], static_cast<float>(one.next[i])) << "next is what follows";
  }
  EXPECT_THROW(training_batch("short", 1, 5, 1, 0), Error);
}

}  // namespace
}  // namespace tinytorch::milestones
