#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/data/csv.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/data/digits.h"
#include "tinytorch/data/fashion_mnist.h"
#include "tinytorch/data/file.h"
#include "tinytorch/data/idx.h"
#include "tinytorch/data/split.h"

namespace tinytorch::data {
namespace {

using testing_support::TemporaryFile;
using Labels = std::vector<std::int64_t>;

TensorDataset numbered(std::int64_t count) {
  Labels labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(i);
  return {Tensor::arange(count).view({count, 1}), std::move(labels)};
}

std::vector<Labels> epoch(DataLoader& loader) {
  std::vector<Labels> batches;
  for (const Batch& batch : loader) batches.push_back(batch.labels);
  return batches;
}

Labels joined(const std::vector<Labels>& batches) {
  Labels all;
  for (const Labels& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

TEST(TensorDataset, GetsRowsInTheOrderAskedFor) {
  const TensorDataset examples(Tensor({3, 2}, {1, 2, 3, 4, 5, 6}), Labels{7, 8, 9});
  const Batch batch = examples.get(Labels{2, 0});
  EXPECT_EQ(batch.inputs.shape(), (Shape{2, 2}));
  EXPECT_EQ(batch.inputs.at({0, 1}), 6.0f);
  EXPECT_EQ(batch.inputs.at({1, 0}), 1.0f);
  EXPECT_EQ(batch.labels, (Labels{9, 7}));
  EXPECT_FALSE(batch.inputs.shares_storage_with(examples.inputs()));
}

TEST(TensorDataset, HoldsTargetTensors) {
  const TensorDataset examples(Tensor({2, 1}, {1, 2}), Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Batch batch = examples.subset(Labels{1}).get(Labels{0});
  EXPECT_EQ(batch.targets.shape(), (Shape{1, 3}));
  EXPECT_EQ(batch.targets.at({0, 0}), 4.0f);
  EXPECT_TRUE(batch.labels.empty());
}

TEST(TensorDataset, ChecksCountsAndIndices) {
  EXPECT_ERROR(TensorDataset(Tensor::ones({10, 2}), Labels(9, 0)),
               "dataset: 10 inputs and 9 answers");
  EXPECT_ERROR(numbered(10).get(Labels{12}), "dataset: example 12 of 10");
  EXPECT_ERROR(numbered(10).get(Labels{-1}), "dataset: example -1 of 10");
}

TEST(DataLoader, MakesBatchesInOrder) {
  const TensorDataset examples = numbered(10);
  DataLoader loader(examples, {.batch_size = 4});
  EXPECT_EQ(epoch(loader), (std::vector<Labels>{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}}));
  EXPECT_EQ(loader.batches(), 3);
}

TEST(DataLoader, DropsAnIncompleteBatchOnRequest) {
  const TensorDataset examples = numbered(10);
  DataLoader loader(examples, {.batch_size = 4, .drop_last = true});
  EXPECT_EQ(epoch(loader).size(), 2u);
  EXPECT_EQ(loader.batches(), 2);
}

TEST(DataLoader, IteratingTwiceGivesTwoWholeEpochs) {
  const TensorDataset examples = numbered(10);
  DataLoader loader(examples, {.batch_size = 3});
  const auto first = epoch(loader);
  const auto second = epoch(loader);
  EXPECT_EQ(joined(first).size(), 10u);
  EXPECT_EQ(first, second);
}

TEST(DataLoader, AnEpochLeftHalfwayStartsAnewNextTime) {
  const TensorDataset examples = numbered(10);
  DataLoader loader(examples, {.batch_size = 3});
  for (const Batch& batch : loader) {
    EXPECT_EQ(batch.labels[0], 0);
    break;
  }
  EXPECT_EQ(joined(epoch(loader)).size(), 10u);
}

TEST(DataLoader, ShufflesEveryEpochDifferentlyAndKeepsPairsTogether) {
  const TensorDataset examples = numbered(50);
  DataLoader loader(examples, {.batch_size = 7, .shuffle = true, .seed = 3});
  const Labels first = joined(epoch(loader));
  const Labels second = joined(epoch(loader));
  EXPECT_NE(first, second);
  EXPECT_EQ(std::set<std::int64_t>(first.begin(), first.end()).size(), 50u);
  for (const Batch& batch : loader) {
    for (std::int64_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ(batch.inputs.at({i, 0}),
                static_cast<float>(batch.labels[static_cast<std::size_t>(i)]));
    }
  }
}

TEST(DataLoader, TheSameSeedGivesTheSameEpochs) {
  const TensorDataset examples = numbered(50);
  DataLoader a(examples, {.batch_size = 7, .shuffle = true, .seed = 3});
  DataLoader b(examples, {.batch_size = 7, .shuffle = true, .seed = 3});
  EXPECT_EQ(epoch(a), epoch(b));
  EXPECT_EQ(epoch(a), epoch(b));
}

TEST(DataLoader, OfNothingHasNoBatch) {
  const TensorDataset nothing(Tensor(Shape{0, 2}), Labels{});
  DataLoader loader(nothing, {});
  EXPECT_TRUE(epoch(loader).empty());
  EXPECT_ERROR(DataLoader(nothing, {.batch_size = 0}), "data loader: batch size 0");
}

TEST(StratifiedSplit, TakesTheSameShareOfEveryClass) {
  Labels labels;
  for (int i = 0; i < 40; ++i) labels.push_back(0);
  for (int i = 0; i < 10; ++i) labels.push_back(1);
  for (int i = 0; i < 5; ++i) labels.push_back(2);
  Rng rng(1);
  const Split split = stratified_split(labels, 0.3, rng);
  std::map<std::int64_t, int> count;
  for (const std::int64_t index : split.test) ++count[labels[static_cast<std::size_t>(index)]];
  EXPECT_EQ(count[0], 12);
  EXPECT_EQ(count[1], 3);
  EXPECT_EQ(count[2], 2);  // 1.5 rounds away from zero
  std::set<std::int64_t> all(split.train.begin(), split.train.end());
  all.insert(split.test.begin(), split.test.end());
  EXPECT_EQ(all.size(), labels.size());
  EXPECT_EQ(split.train.size() + split.test.size(), labels.size());
  EXPECT_TRUE(std::is_sorted(split.test.begin(), split.test.end()));
}

TEST(StratifiedSplit, DrawsAtRandomAndRepeatably) {
  const Labels labels(40, 0);
  const auto test_part = [&](std::uint64_t seed) {
    Rng rng(seed);
    return stratified_split(labels, 0.5, rng).test;
  };
  EXPECT_EQ(test_part(1), test_part(1));
  EXPECT_NE(test_part(1), test_part(2));
}

TEST(StratifiedSplit, ChecksItsFraction) {
  Rng rng(1);
  EXPECT_ERROR(stratified_split(Labels{0, 1}, 0.0, rng), "stratified_split: test fraction 0");
  EXPECT_ERROR(stratified_split(Labels{0, 1}, 1.0, rng), "expected more than 0 and less than 1");
}

TEST(Csv, ReadsHeaderTextAndNumbers) {
  const TemporaryFile file("table.csv", "name,x,y\r\nann,1,2.5\r\nbob,-3,4e2\r\n");
  const CsvTable table = CsvTable::read(file.path(), {.has_header = true});
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(table.text(1, 0), "bob");
  EXPECT_EQ(table.number(1, table.column("y")), 400.0f);
  EXPECT_EQ(table.integer(1, 1), -3);
  EXPECT_EQ(table.numbers(1, 3).at({0, 1}), 2.5f);
}

TEST(Csv, ReadsGzipAndAMissingLastNewline) {
  const TemporaryFile file("table.csv.gz");
  file.write_gzip("1,2\n3,4");
  EXPECT_EQ(CsvTable::read(file.path()).numbers(0, 2).at({1, 1}), 4.0f);
}

TEST(Csv, ErrorsNameFileAndLine) {
  const TemporaryFile ragged("ragged.csv", "1,2\n3\n");
  EXPECT_ERROR(CsvTable::read(ragged.path()), "ragged.csv:2: 1 cells where line 1 has 2");
  const TemporaryFile words("words.csv", "a,b\n1,2\n3,x\n");
  EXPECT_ERROR(CsvTable::read(words.path(), {.has_header = true}).numbers(0, 2),
               "words.csv:3: column 2: 'x' is not a number");
  const TemporaryFile open("open.csv", "1,2\n\"3\",\"4\n5,6\n");
  EXPECT_ERROR(CsvTable::read(open.path()), "open.csv:2: a quote of this row is never closed");
  const TemporaryFile gap("gap.csv", "1,2\n\n3,4\n");
  EXPECT_ERROR(CsvTable::read(gap.path()), "gap.csv:2: 0 cells where line 1 has 2");
  const TemporaryFile spans("spans.csv", "\"a\nb\",1\nc,x\n");
  EXPECT_ERROR(CsvTable::read(spans.path()).number(1, 1), "spans.csv:3: column 2: 'x'");
  const TemporaryFile empty("empty.csv", "");
  EXPECT_ERROR(CsvTable::read(empty.path()), "empty.csv: has no rows");
  EXPECT_ERROR(CsvTable::read("/nowhere/at/all.csv"),
               "/nowhere/at/all.csv: cannot be opened: No such file");
  const TemporaryFile good("good.csv", "a,b\n1,2\n");
  EXPECT_ERROR(static_cast<void>(CsvTable::read(good.path(), {.has_header = true}).column("c")),
               "no column 'c'; there are: a, b");
  EXPECT_ERROR(static_cast<void>(CsvTable::read(good.path(), {.has_header = true}).text(1, 0)),
               "cell (1, 0) of a table of 1 × 2");
  EXPECT_ERROR(static_cast<void>(CsvTable::read(good.path(), {.has_header = true}).integer(0, 0) +
                                 CsvTable::read(words.path()).integer(0, 0)),
               "is not a whole number");
}

TEST(ReadDataFile, ACutGzipFileIsAnErrorAtEveryLength) {
  const TemporaryFile file("cut.csv.gz");
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(i * 7919 % 1000) + "\n";
  file.write_gzip(text);
  const std::string whole = file.read();
  EXPECT_EQ(read_data_file(file.path()), text);
  for (std::size_t length = 16; length < whole.size(); length += 64) {
    file.write(whole.substr(0, length));
    EXPECT_ERROR(read_data_file(file.path()), "cut.csv.gz: at byte ");
  }
  file.write(whole.substr(0, whole.size() - 1));
  EXPECT_ERROR(read_data_file(file.path()), "cut off");
}

TEST(ReadDataFile, DamageIsAnError) {
  const TemporaryFile file("damaged.gz");
  file.write_gzip(std::string(5000, 'x') + "yz");
  std::string bytes = file.read();
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 1);  // in the checksum
  file.write(bytes);
  EXPECT_ERROR(read_data_file(file.path()), "damaged.gz: at byte ");
}

TEST(ReadDataFile, HasALimit) {
  const TemporaryFile file("big.gz");
  file.write_gzip(std::string(200000, 'x'));
  EXPECT_ERROR(read_data_file(file.path(), 100000), "is larger than 100000 bytes");
}

TEST(ReadFile, GivesTheBytesAsTheyAre) {
  const TemporaryFile file("raw.gz");
  file.write_gzip("hello");
  EXPECT_EQ(read_file(file.path()), file.read());
  EXPECT_ERROR(read_file(testing::TempDir()), "is not a regular file");
}

TEST(WriteFileAtomically, ReplacesAndLeavesNoTemporaryFile) {
  const TemporaryFile file("atomic.txt", "old");
  write_file_atomically(file.path(), "new");
  EXPECT_EQ(file.read(), "new");
  EXPECT_ERROR(write_file_atomically("/nowhere/at/all.txt", "x"),
               "/nowhere/at/all.txt: cannot be written");
  for (const auto& entry : std::filesystem::directory_iterator(testing::TempDir())) {
    EXPECT_FALSE(entry.path().string().starts_with(file.path() + ".")) << entry.path();
  }
}

TEST(FindDataFile, SaysWhereItLooked) {
  EXPECT_ERROR(find_data_file("no/such/file.csv"), "no/such/file.csv: no data/ folder at or above");
}

std::string idx_bytes() {
  return {"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02\x00\xff\x33\x66", 20};
}

TEST(Idx, ReadsSizesAndValues) {
  const TemporaryFile file("images.idx", idx_bytes());
  const IdxArray array = read_idx(file.path());
  EXPECT_EQ(array.shape, (Shape{2, 1, 2}));
  EXPECT_EQ(array.values, (std::vector<std::uint8_t>{0, 255, 0x33, 0x66}));
}

TEST(Idx, AFileCutOffAnywhereIsAnError) {
  const TemporaryFile file("images.idx");
  const std::string whole = idx_bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    file.write(whole.substr(0, length));
    EXPECT_ERROR(read_idx(file.path()), "images.idx: at byte ");
  }
  file.write(whole + "x");
  EXPECT_ERROR(read_idx(file.path()),
               "at byte 21: ends with 5 values; its header says [2, 1, 2], which is 4");
}

TEST(Idx, OtherTypesAndHugeHeadersAreErrors) {
  std::string bytes = idx_bytes();
  bytes[2] = 0x0d;
  const TemporaryFile file("images.idx", bytes);
  EXPECT_ERROR(read_idx(file.path()), "at byte 2: type code 13");
  file.write(std::string("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16));
  EXPECT_ERROR(read_idx(file.path()), "does not fit");
}

TEST(Idx, ImagesAndLabelsBecomeADataset) {
  const TemporaryFile images("images.idx.gz");
  images.write_gzip(idx_bytes());
  const TemporaryFile labels("labels.idx", std::string("\0\0\x08\x01\0\0\0\x02\x07\x02", 10));
  const TensorDataset examples = load_idx(images.path(), labels.path());
  EXPECT_EQ(examples.inputs().shape(), (Shape{2, 2}));
  EXPECT_EQ(examples.inputs().at({0, 1}), 1.0f);
  EXPECT_EQ(examples.labels(), (Labels{7, 2}));
  EXPECT_ERROR(load_idx(images.path(), images.path()), "do not belong together");
}

TEST(Digits, AreAllThere) {
  const TensorDataset digits = load_digits();
  EXPECT_EQ(digits.size(), 1797);
  EXPECT_EQ(digits.inputs().shape(), (Shape{1797, 64}));
  std::map<std::int64_t, int> count;
  for (const std::int64_t label : digits.labels()) ++count[label];
  EXPECT_EQ(count.size(), 10u);
  EXPECT_EQ(count[3], 183);
  EXPECT_EQ(digits.inputs().at({0, 2}), 5.0f / 16.0f);
}

TEST(FashionMnist, IsATenthOfTheWholeClassByClass) {
  const FashionMnist fashion = load_fashion_mnist();
  EXPECT_EQ(fashion.train.inputs().shape(), (Shape{5000, 784}));
  EXPECT_EQ(fashion.test.inputs().shape(), (Shape{1000, 784}));
  std::array<std::int64_t, 10> train{};
  std::array<std::int64_t, 10> test{};
  for (const std::int64_t label : fashion.train.labels())
    ++train.at(static_cast<std::size_t>(label));
  for (const std::int64_t label : fashion.test.labels()) ++test.at(static_cast<std::size_t>(label));
  for (std::size_t c = 0; c < 10; ++c) {
    EXPECT_EQ(train[c], 500) << c;
    EXPECT_EQ(test[c], 100) << c;
  }
  const std::span<const float> pixels = fashion.test.inputs().data();
  EXPECT_EQ(*std::max_element(pixels.begin(), pixels.end()), 1.0f);
  EXPECT_EQ(fashion.test.labels()[0], 9);  // the first photograph of the test set is a boot
}

TEST(Digits, RefuseOtherTables) {
  const TemporaryFile narrow("narrow.csv", "1,2,3\n");
  EXPECT_ERROR(load_digits(narrow.path()),
               "narrow.csv: 3 columns; digits have 64 pixels and a label");
  std::string row;
  for (int i = 0; i < 64; ++i) row += i == 5 ? "17," : "0,";
  const TemporaryFile inky("inky.csv", row + "3\n");
  EXPECT_ERROR(load_digits(inky.path()), "inky.csv:1: column 6: 17 is not in 0 to 16");
}

}  // namespace
}  // namespace tinytorch::data
