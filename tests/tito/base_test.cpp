#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <set>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/parallel.h"
#include "tito/base/terminal.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

fs::path scratch(const std::string& name) {
  const fs::path folder = fs::path(SCRATCH_DIR) / "base" / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

TEST(Files, AtomicWriteCreatesFoldersAndReplaces) {
  const fs::path path = scratch("atomic") / "a" / "b.txt";
  write_file_atomically(path, "one");
  write_file_atomically(path, "two");
  EXPECT_EQ(read_file(path), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(path.parent_path()), {}), 1)
      << "no temporary stays behind";
}

TEST(Files, AtomicWriteKeepsTheMode) {
  const fs::path path = scratch("mode") / "run.sh";
  write_file_atomically(path, "one");
  fs::permissions(path, fs::perms::owner_all);
  write_file_atomically(path, "two");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
}

TEST(Files, ReadRefusesWhatIsNotAFileOrTooLarge) {
  const fs::path folder = scratch("read");
  EXPECT_THROW(read_file(folder), UserError);
  EXPECT_THROW(read_file(folder / "missing"), UserError);
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_THROW(read_file(folder / "fifo"), UserError) << "a pipe would block for ever";
  write_file_atomically(folder / "large", std::string(1001, 'x'));
  EXPECT_THROW(read_file(folder / "large", 1000), UserError);
  EXPECT_EQ(read_file(folder / "large", 1001).size(), 1001u);
}

TEST(Files, Sha256OfAKnownText) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Terminal, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("é✓—"), 3u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u) << "a combining accent takes no column";
  EXPECT_EQ(display_width("\x1b[31mred\x1b[0m"), 3u);
  EXPECT_EQ(display_width("\xff\xfe"), 2u) << "bytes that are not UTF-8 count one each";
}

TEST(Terminal, WrapBreaksAtSpacesAndKeepsLineBreaks) {
  EXPECT_EQ(wrap("one two three", 12, 2), "  one two\n  three");
  EXPECT_EQ(wrap("a\n\nb", 20, 1), " a\n\n b");
  EXPECT_EQ(wrap("averyveryverylongword x", 12), "averyveryverylongword\nx");
}

TEST(Terminal, FoldBreaksOnlyWhatIsTooWideAndKeepsItsIndentation) {
  EXPECT_EQ(shorten("one two", 7), "one two");
  EXPECT_EQ(shorten("one two", 6), "one t…");
  EXPECT_EQ(shorten("µµµµ", 3), "µµ…");
  EXPECT_EQ(shorten("one", 0), "…");
  EXPECT_EQ(shorten("", 0), "");
  EXPECT_EQ(fold_lines("one  two\n  3   4\n", 10), "one  two\n  3   4\n") << "columns stay";
  EXPECT_EQ(fold_lines("  one two three\nfour", 10), "  one two\n  three\nfour");
  EXPECT_EQ(fold_lines("", 10), "");
  EXPECT_EQ(fold_lines("a\n\n", 10), "a\n\n");
}

TEST(Terminal, PrintableShowsControlCharacters) {
  EXPECT_EQ(printable("\x1b[2Jhi\a"), "\\x1b[2Jhi\\x07");
  EXPECT_EQ(printable("tab\tline\n"), "tab\tline\n");
  EXPECT_EQ(printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae") << "right-to-left override";
  EXPECT_EQ(printable("é\xff"), "é\\xff");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b") << "the eight-bit form of ESC [";
}

TEST(Terminal, TablesAlignByColumns) {
  Table table;
  table.rows = {{"é", "1"}, {"abc", "22"}};
  table.right_aligned = {false, true};
  EXPECT_EQ(render(table, 1), " é     1\n abc  22\n");
}

TEST(Terminal, TheLastColumnOfATableFoldsWithinItself) {
  Table table;
  table.rows = {{"a", "one two three"}, {"bcd", "four"}};
  EXPECT_EQ(render(fold_last_column(table, 14)), "  a    one two\n       three\n  bcd  four\n");
  EXPECT_EQ(render(fold_last_column(table, 80)), render(table));
  EXPECT_EQ(widest_line("one\nthree\n\n"), 5u);
}

TEST(Parallel, DoesEachItemOnceAndPassesErrorsOn) {
  std::vector<std::atomic<int>> counts(100);
  parallel_for(100, [&](std::size_t i) { ++counts[i]; });
  for (const auto& count : counts) EXPECT_EQ(count, 1);
  EXPECT_THROW(parallel_for(10,
                            [](std::size_t i) {
                              if (i == 3) throw UserError("three");
                            }),
               UserError);
}

}  // namespace
}  // namespace tito
