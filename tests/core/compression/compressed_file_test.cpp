// A model's compressed file: every bit comes back, each tensor in the smallest of its forms, and
// what is damaged is an Error.
#include "tinytorch/compression/compressed_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/compression/sparse_storage.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/data/file.h"

namespace tinytorch::compression {
namespace {

using testing_support::TemporaryFile;
using train::SafeTensors;
using train::StoredTensor;

SafeTensors mixed_content() {
  std::string floats(400, '\0'), codes(64, '\0');
  floats[7] = '\x3f';
  floats[399] = '\x80';
  codes[3] = -5;
  return {{{"weight", "F32", Shape{10, 10}, floats},
           {"codes", "I8", Shape{8, 8}, codes},
           {"full", "U8", Shape{3}, "abc"},
           {"none", "F32", Shape{0, 4}, ""}},
          {{"bits", "8"}, {"kind", "test"}}};
}

void expect_equal(const SafeTensors& got, const SafeTensors& expected) {
  EXPECT_EQ(got.metadata, expected.metadata);
  ASSERT_EQ(got.tensors.size(), expected.tensors.size());
  for (const StoredTensor& tensor : expected.tensors) {
    const StoredTensor& back = got.tensor(tensor.name);
    EXPECT_EQ(back.dtype, tensor.dtype) << tensor.name;
    EXPECT_EQ(back.shape, tensor.shape) << tensor.name;
    EXPECT_EQ(back.bytes, tensor.bytes) << tensor.name;
  }
}

// The document inside of a compressed file, as it was written.
SafeTensors inside(const TemporaryFile& file) {
  return train::decode_safetensors(data::read_data_file(file.path()), file.path());
}

TEST(CompressedFile, GivesEveryBitBack) {
  const TemporaryFile file("compressed");
  for (const Coding coding : {Coding::kDense, Coding::kBitmap, Coding::kSmallest}) {
    const SafeTensors content = mixed_content();
    const std::int64_t bytes = write_compressed(file.path(), content, coding);
    EXPECT_EQ(bytes, static_cast<std::int64_t>(std::filesystem::file_size(file.path())));
    expect_equal(read_compressed(file.path()), content);
  }
}

// --- N:M ---

// Codes from −127 to 127, n of every m neighbours not 0.
std::vector<float> n_m_codes(std::int64_t count, NmPattern pattern, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> codes(static_cast<std::size_t>(count), 0.0f);
  int wanted = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const int left = pattern.m - static_cast<int>(i) % pattern.m;
    if (left == pattern.m) wanted = pattern.n;
    if (static_cast<int>(rng.below(static_cast<std::uint64_t>(left))) >= wanted) continue;
    --wanted;
    const auto code = static_cast<float>(1 + rng.below(127));
    codes[i] = rng.uniform() < 0.5f ? code : -code;
  }
  return codes;
}

StoredTensor stored_as(const std::string& dtype, const Shape& shape,
                       const std::vector<float>& codes) {
  if (dtype == "F32") return train::store("w", Tensor(shape, codes));
  std::string bytes;
  for (const float code : codes) bytes += static_cast<char>(static_cast<int>(code));
  return {"w", dtype, shape, bytes};
}

// How the file stores the tensor: "2:4", "bitmap" or "dense"; and that it comes back.
std::string form_of(const StoredTensor& tensor) {
  const TemporaryFile file("form");
  const SafeTensors content{{tensor}, {}};
  write_compressed(file.path(), content, Coding::kSmallest);
  expect_equal(read_compressed(file.path()), content);
  const SafeTensors raw = inside(file);
  if (raw.metadata.empty()) return "dense";
  EXPECT_EQ(raw.metadata.size(), 1u);
  EXPECT_LT(raw.tensors.front().bytes.size(), tensor.bytes.size());
  const auto& [key, text] = raw.metadata.front();
  return key == "bitmap:w" ? "bitmap" : text.substr(0, text.find(' '));
}

TEST(CompressedFileNToM, HoldsKeptValuesAndThenPlaces) {
  const TemporaryFile file("n_m");
  const StoredTensor weight =
      stored_as("F32", Shape{2, 4}, {0.0f, 5.0f, 0.0f, 7.0f, 2.0f, 9.0f, 0.0f, 0.0f});
  write_compressed(file.path(), {{weight}, {{"kind", "test"}}}, Coding::kSmallest);
  const SafeTensors raw = inside(file);
  EXPECT_EQ(raw.value("nm:w"), "2:4 F32 2 4");
  EXPECT_EQ(raw.tensor("w").dtype, "U8");
  const std::vector<float> kept{5.0f, 7.0f, 2.0f, 9.0f};
  std::string expected(16, '\0');
  std::memcpy(expected.data(), kept.data(), expected.size());
  expected += static_cast<char>(0b01001101);  // places 1, 3, 0, 1
  EXPECT_EQ(raw.tensor("w").bytes, expected);
  expect_equal(read_compressed(file.path()), {{weight}, {{"kind", "test"}}});
}

TEST(CompressedFileNToM, ServesFloatsAndCodesOfAByte) {
  for (const char* dtype : {"F32", "I8", "U8"}) {
    std::uint64_t seed = 1;
    for (const NmPattern pattern : {NmPattern{1, 2}, {2, 4}, {1, 4}, {2, 8}, {1, 16}, {1, 5}}) {
      const Shape shape{3, 2, 4 * pattern.m};
      const auto codes = n_m_codes(shape.numel(), pattern, seed++);
      EXPECT_EQ(form_of(stored_as(dtype, shape, codes)), concat(pattern.n, ":", pattern.m))
          << dtype;
    }
  }
}

TEST(CompressedFileNToM, TheSmallestFormIsTaken) {
  const Shape shape{4, 32};
  Rng rng(3);
  std::vector<float> full(128), two_of_four(128, 0.0f), few(128, 0.0f);
  for (std::size_t i = 0; i < 128; ++i) full[i] = static_cast<float>(1 + rng.below(100));
  for (std::size_t i = 0; i < 128; i += 4) two_of_four[i] = two_of_four[i + 1 + i % 3] = full[i];
  for (std::size_t i = 0; i < 5; ++i) few[i] = full[i];
  const std::vector<float> none(128, 0.0f);
  EXPECT_EQ(form_of(stored_as("F32", shape, none)), "bitmap") << "16 bytes against 36";
  EXPECT_EQ(form_of(stored_as("I8", shape, none)), "1:16") << "16 bytes against 12";
  for (const char* dtype : {"F32", "I8"}) {
    EXPECT_EQ(form_of(stored_as(dtype, shape, full)), "dense");
    EXPECT_EQ(form_of(stored_as(dtype, shape, few)), "bitmap") << "five in one group of 16";
    EXPECT_EQ(form_of(stored_as(dtype, shape, two_of_four)), "2:4") << "equal sizes: N:M";
    two_of_four[0] = 0.0f;
    EXPECT_EQ(form_of(stored_as(dtype, shape, two_of_four)), "bitmap") << "a zero to spare";
    two_of_four[0] = full[0];
  }
}

TEST(CompressedFileNToM, LeavesAloneWhatItsFormCannotSay) {
  const NmPattern pattern{1, 4};
  const auto codes = n_m_codes(64, pattern, 4);
  EXPECT_EQ(form_of(stored_as("F32", Shape{4, 16}, codes)), "1:4");
  EXPECT_EQ(form_of(stored_as("F32", Shape{64}, codes)), "bitmap") << "no rows";
  std::vector<float> uneven = codes;
  uneven.resize(63);
  EXPECT_EQ(form_of(stored_as("F32", Shape{9, 7}, uneven)), "bitmap") << "rows of 7";
  const std::size_t zero = codes[8] == 0.0f ? 8 : 9;
  for (const float odd : {-0.0f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    std::vector<float> with = codes;
    with[zero] = odd;
    EXPECT_EQ(form_of(stored_as("F32", Shape{4, 16}, with)), "bitmap") << odd;
  }
  const StoredTensor halves{"w", "F16", Shape{4, 16},
                            stored_as("I8", Shape{8, 16}, n_m_codes(128, {1, 8}, 5)).bytes};
  EXPECT_EQ(form_of(halves), "bitmap") << "neither F32 nor bytes";
  EXPECT_EQ(form_of({"w", "F32", Shape{0, 4}, ""}), "dense");
  EXPECT_EQ(form_of(stored_as("F32", Shape{}, {0.0f})), "bitmap");
}

// --- damage ---

// A file that says so of the tensor "w".
void write_claim(const TemporaryFile& file, const std::string& key, const std::string& text,
                 const std::string& bytes, const std::string& dtype = "U8") {
  const auto size = static_cast<std::int64_t>(bytes.size());
  const Shape shape{size / train::dtype_bytes(dtype)};
  file.write(train::encode_safetensors({{{"w", dtype, shape, bytes}}, {{key, text}}}));
}

TEST(CompressedFile, DamageIsAnErrorThatNamesTheFile) {
  const TemporaryFile file("compressed");
  write_compressed(file.path(), mixed_content(), Coding::kBitmap);
  const std::string good = file.read();
  file.write(good.substr(0, good.size() / 2));
  EXPECT_ERROR((void)read_compressed(file.path()), file.path());
  file.write("");
  EXPECT_ERROR((void)read_compressed(file.path()), file.path());
  for (const char* text : {"F32", "F32 3", "F32 x", "Q9 10 10", "F32 -1",
                           "F32 4000000000 4000000000", "", "F32 4 ", "F32  4"}) {
    write_claim(file, "bitmap:w", text, std::string(2, '\0'));
    EXPECT_ERROR((void)read_compressed(file.path()), file.path());
  }
}

TEST(CompressedFile, ACodedTensorMustBeThereAndCodedOnce) {
  const TemporaryFile file("compressed");
  const std::string bytes(1, '\0');
  write_claim(file, "bitmap:w", "F32 8", bytes);
  EXPECT_EQ(read_compressed(file.path()).tensor("w").bytes, std::string(32, '\0'));
  write_claim(file, "bitmap:v", "F32 8", bytes);
  EXPECT_ERROR((void)read_compressed(file.path()), "names a tensor that the file does not hold");
  write_claim(file, "bitmap:w", "F32 8", std::string(4, '\0'), "F32");
  EXPECT_ERROR((void)read_compressed(file.path()), "w: stored as F32, not as U8");
  const StoredTensor w{"w", "U8", Shape{1}, bytes};
  const SafeTensors twice{{w}, {{"bitmap:w", "F32 8"}, {"bitmap:w", "F32 8"}}};
  EXPECT_ERROR(train::encode_safetensors(twice), "metadata bitmap:w is given twice");
  const SafeTensors both{{w}, {{"bitmap:w", "F32 8"}, {"nm:w", "1:2 I8 1 2"}}};
  file.write(train::encode_safetensors(both));
  EXPECT_ERROR((void)read_compressed(file.path()), "w is coded twice");
}

TEST(CompressedFile, MetadataThatReadsLikeACodedTensorIsRefused) {
  const TemporaryFile file("compressed");
  for (const char* key : {"bitmap:w", "nm:w", "nm:"}) {
    const SafeTensors content{{{"w", "U8", Shape{1}, "a"}}, {{key, "F32 8"}}};
    for (const Coding coding : {Coding::kDense, Coding::kBitmap, Coding::kSmallest}) {
      EXPECT_ERROR((void)write_compressed(file.path(), content, coding), key);
    }
  }
}

TEST(CompressedFileNToM, WhatIsNoPatternIsAnError) {
  const TemporaryFile file("n_m");
  for (const char* text : {"",
                           "2:4",
                           "2:4 ",
                           "2:4 F32",
                           "2:4F32 2 4",
                           "2 4 F32 2 4",
                           ":4 F32 2 4",
                           "2: F32 2 4",
                           "x:4 F32 2 4",
                           "2:4 F16 2 4",
                           "2:4 Q9 2 4",
                           "2:4 F32 2 -4",
                           "2:4 F32 2 4 ",
                           "0:4 F32 2 4",
                           "4:4 F32 2 4",
                           "-1:4 F32 2 4",
                           "2:0 F32 2 4",
                           "2:17 F32 2 17",
                           "2:4 F32 8",
                           "2:4 F32 2 6",
                           "2:4 F32 0 4",
                           "2:4 F32 4 0",
                           "99999999999:4 F32 2 4",
                           "2:99999999999 F32 2 4",
                           "2:4 F32 4000000000 4000000000",
                           "2:4 F32 2 4611686018427387900",
                           "2:4 I8 2 4611686018427387900",
                           "15:16 F32 2 4000000000000000000"}) {
    write_claim(file, "nm:w", text, std::string(17, '\1'));
    EXPECT_ERROR((void)read_compressed(file.path()), concat(file.path(), ": "));
  }
}

TEST(CompressedFileNToM, AnotherNumberOfBytesIsAnError) {
  const TemporaryFile file("n_m");
  const std::string good = std::string("\5\7\0\11", 4) + static_cast<char>(0b10001101);
  write_claim(file, "nm:w", "2:4 I8 2 4", good);
  EXPECT_EQ(read_compressed(file.path()).tensor("w").bytes, std::string("\0\5\0\7\0\0\11\0", 8));
  for (const std::string& bytes : {good.substr(1), good + "x", std::string()}) {
    write_claim(file, "nm:w", "2:4 I8 2 4", bytes);
    EXPECT_ERROR((void)read_compressed(file.path()),
                 concat("w: ", bytes.size(), " bytes; [2, 4] in 2:4 takes 5"));
  }
}

TEST(CompressedFileNToM, PlacesMustBeWithinTheirGroupAscendAndFillUpFromTheFirst) {
  const TemporaryFile file("n_m");
  const auto read = [&](int values, unsigned places) {
    std::string bytes(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>(values >> 4 * (3 - i) & 15);
    bytes += static_cast<char>(places & 255);
    bytes += static_cast<char>(places >> 8);
    write_claim(file, "nm:w", "2:5 I8 2 5", bytes);  // 4 places of 3 bits, 4 bits unused
    return read_compressed(file.path()).tensor("w").bytes;
  };
  EXPECT_EQ(read(0x5719, 04210 | 0 << 12), std::string("\5\7\0\0\0\0\0\1\0\11", 10));
  EXPECT_ERROR((void)read(0x5719, 05210), "below 5, got place 5");
  EXPECT_ERROR((void)read(0x5719, 07210), "below 5, got place 7");
  EXPECT_ERROR((void)read(0x5719, 04211), "places");            // 1 and 1: a value would be lost
  EXPECT_ERROR((void)read(0x5719, 04201), "places");            // 1 before 0
  EXPECT_ERROR((void)read(0x5700, 04310), "places");            // zeros fill up at 0 and 1
  EXPECT_ERROR((void)read(0x5719, 1 << 12 | 04210), "places");  // an unused bit
}

TEST(CompressedFileNToM, AValueThatIsNoNumberIsAnError) {
  const TemporaryFile file("n_m");
  std::string bytes(8, '\0');
  bytes[2] = '\xc0';  // a NaN in the first of two floats
  bytes[3] = '\x7f';
  write_claim(file, "nm:w", "1:2 F32 2 2", bytes + '\0');
  EXPECT_ERROR((void)read_compressed(file.path()), "nan");
}

TEST(CompressedFileNToM, AnyByteMayBeWrongAndNothingWorseThanAnErrorHappens) {
  const TemporaryFile file("n_m");
  const StoredTensor weight = stored_as("F32", Shape{4, 10}, n_m_codes(40, {1, 5}, 6));
  write_compressed(file.path(), {{weight}, {}}, Coding::kSmallest);
  const std::string good = data::read_data_file(file.path());
  Rng rng(7);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1 + rng.below(255)));
    file.write(bad);
    try {
      (void)read_compressed(file.path());
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(file.path()), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace tinytorch::compression
