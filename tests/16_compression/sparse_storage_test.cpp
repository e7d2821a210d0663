// Learner tests of part 4: zeros that take no room.
#include "tinytorch/compression/sparse_storage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/16_compression/support.h"

namespace tinytorch::compression {
namespace {

using teach::expect_error;
using teach::expect_same;
using teach::expect_value;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr NmPattern kTwoOfFour{2, 4};

// --- 16.6 n_m_mask, compress_n_m, expand_n_m ---

TEST(NToM, MaskByHand) {
  expect_same<std::uint8_t>("mask", n_m_mask(row({1, -4, 2, 3}), kTwoOfFour), {0, 1, 0, 1},
                            {{{0, 0, 1, 1}, "-4 counts as small: rank by magnitude, std::abs."},
                             {{1, 0, 1, 0}, "The smallest stayed and the largest went."},
                             {{1, 1, 0, 0}, "The first two stayed, whatever their size."},
                             {{0, 1, 0, 0}, "One stayed: in 2:4 two of four do."}});
}

TEST(NToM, EveryGroupKeepsItsOwn) {
  expect_same<std::uint8_t>(
      "mask", n_m_mask(row({1, 2, 3, 4, 50, 60, 70, 80}), kTwoOfFour), {0, 0, 1, 1, 0, 0, 1, 1},
      {{{0, 0, 0, 0, 1, 1, 1, 1}, "This is a ranking of the whole row; each group of 4 keeps 2."},
       {{1, 1, 1, 1, 1, 1, 1, 1}, "Nothing was pruned."},
       {{0, 0, 1, 1, 0, 0, 0, 0}, "Only the first group was looked at."}});
  const Tensor two_rows(Shape{2, 4}, {8, 1, 1, 8, 1, 8, 8, 1});
  expect_same<std::uint8_t>(
      "mask of two rows", n_m_mask(two_rows, kTwoOfFour), {1, 0, 0, 1, 0, 1, 1, 0},
      {{{1, 0, 0, 1, 0, 0, 0, 0}, "Only the first row was looked at."},
       {{1, 0, 0, 1, 1, 0, 0, 1}, "Every row was given the first row's mask."}});
}

TEST(NToM, OfEqualsTheEarlierStay) {
  expect_same<std::uint8_t>("mask", n_m_mask(row({5, -5, 5, 5}), kTwoOfFour), {1, 1, 0, 0},
                            {{{0, 0, 1, 1}, "Of equal magnitudes the later goes."},
                             {{1, 1, 1, 1}, "A threshold kept all equals: exactly n stay."}});
  expect_same<std::uint8_t>("mask of 1:3", n_m_mask(row({0, 0, 0}), {1, 3}), {1, 0, 0},
                            {{{0, 0, 0}, "Exactly n stay, also of zeros."},
                             {{1, 1, 0}, "n is how many stay, not how many go."}});
}

TEST(NToM, RowsAreEverythingBehindDimensionZero) {
  require(n_m_mask(Tensor::ones(Shape{2, 2, 2, 2}), kTwoOfFour).size() == 16,
          "a row is everything behind dimension 0: 8 weights here");
}

TEST(NToM, BitsForAPlace) {
  const std::vector<std::pair<int, int>> expected{{2, 1}, {3, 2}, {4, 2}, {5, 3}, {8, 3}, {16, 4}};
  for (const auto& [m, bits] : expected) {
    expect_value("position_bits(" + teach::show(std::int64_t{m}) + ")", position_bits(m), bits,
                 {{bits + 1, "One bit too many: places are numbered 0 to m - 1."},
                  {bits - 1, "Too few: 2^bits must be at least m."},
                  {m, "That is one bit for each place; its number is shorter."}});
  }
}

TEST(NToM, CompressByHand) {
  const NmWeights got = compress_n_m(row({0, 5, 0, 7, 0, 0, 9, 0}), kTwoOfFour);
  expect_list<float>("values", got.values, {5, 7, 0, 9},
                     {{{5, 7, 9}, "Every group stores n values; zeros fill up."},
                      {{5, 7, 9, 0},
                       "Values stand in the order of their places: the zero at "
                       "place 0 comes before the 9 at place 2."},
                      {{7, 5, 9, 0}, "Values stand in the order of their places."}});
  expect_list<std::uint8_t>(
      "positions", got.positions, {0b10001101},
      {{{0b01110010}, "Most significant first; place 0 belongs into the lowest bits."},
       {{1, 3, 0, 2}, "One byte a place: two bits are enough, four places share a byte."},
       {{0b11001101}, "The fill-up is the group's first zero, place 0."},
       {{0b00011101}, "A group's places come ascending, also with a zero that fills up."}});
  require(got.pattern == kTwoOfFour && got.shape == Shape({1, 8}),
          "pattern and shape belong to the stored form: without them nobody can expand it");
  expect_value("bytes of 8 weights in 2:4", got.bytes(), std::int64_t{17});
}

Tensor pruned(const Shape& shape, NmPattern pattern, std::uint64_t seed) {
  Rng rng(seed);
  Tensor weight = Tensor::randn(shape, rng);
  const Mask keep = n_m_mask(weight, pattern);
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i] == 0 || rng.uniform() < 0.2f) weight.data()[i] = 0.0f;
  }
  return weight;
}

TEST(NToM, RoundTripIsExact) {
  std::uint64_t seed = 1;
  for (const NmPattern pattern : {NmPattern{2, 4}, {1, 2}, {4, 8}, {3, 5}, {1, 16}, {5, 12}}) {
    const Tensor weight = pruned(Shape{3, 2 * pattern.m}, pattern, seed++);
    const NmWeights stored = compress_n_m(weight, pattern);
    const std::string name =
        teach::show(std::int64_t{pattern.n}) + ":" + teach::show(std::int64_t{pattern.m});
    expect_value("values stored in " + name, static_cast<std::int64_t>(stored.values.size()),
                 std::int64_t{6} * pattern.n);
    expect_value("bytes of places in " + name, static_cast<std::int64_t>(stored.positions.size()),
                 (std::int64_t{6} * pattern.n * position_bits(pattern.m) + 7) / 8);
    const Tensor back = expand_n_m(stored);
    expect_tensor(
        "expanded " + name, back, weight.shape(), values(weight),
        {{Floats(static_cast<std::size_t>(weight.numel()), 0.0f), "Nothing was put back."}});
  }
}

// --- 16.7 encode_bitmap, decode_bitmap ---

std::string bytes_of(const Floats& x) {
  std::string bytes(x.size() * sizeof(float), '\0');
  if (!x.empty()) std::memcpy(bytes.data(), x.data(), bytes.size());
  return bytes;
}

Bytes unsigned_bytes(const std::string& text) { return {text.begin(), text.end()}; }

TEST(Bitmap, ByHand) {
  const std::string dense{0, 7, 0, 9};
  expect_list<std::uint8_t>(
      "coded bytes", unsigned_bytes(encode_bitmap(dense, 1)), {0b1010, 7, 9},
      {{{0b0101, 7, 9},
        "The bits are the other way round: bit i of a byte, counted from the "
        "lowest, is element i, and 1 means that it follows."},
       {{0b01010000, 7, 9}, "Element 0 belongs into the lowest bit, not into the highest."},
       {{0b1010, 0, 7, 0, 9}, "Zeros are left out; that is what it is for."},
       {{7, 9, 0b1010}, "The bits come first: only they tell how much follows."},
       {{7, 9}, "Without the bits nobody knows where 7 and 9 belong."},
       {{0, 1, 0, 1, 7, 9}, "One byte an element instead of one bit."}});
}

TEST(Bitmap, EightElementsAByte) {
  std::string dense(9, '\0');
  dense[0] = 1;
  dense[7] = 2;
  dense[8] = -3;
  expect_list<std::uint8_t>(
      "coded bytes", unsigned_bytes(encode_bitmap(dense, 1)), {0b10000001, 1, 1, 2, 253},
      {{{0b10000001, 1, 2, 253}, "9 elements take 2 bytes of bits: (n + 7) / 8."}});
}

TEST(Bitmap, AnElementIsZeroWhenAllItsBytesAre) {
  const Floats x{0.0f, 1.0f, -0.0f, 256.0f};
  const std::string coded = encode_bitmap(bytes_of(x), 4);
  expect_value("bytes", static_cast<std::int64_t>(coded.size()), std::int64_t{13},
               {{9,
                 "-0 was left out: its sign would be lost. An element goes only when all of its "
                 "bytes are 0."},
                {1, "An element whose first byte is 0 was taken for zero: look at all of them."},
                {7, "Bytes were coded, not elements of 4 bytes."},
                {17, "Zeros are left out; that is what it is for."}});
  expect_same<std::uint8_t>("bits", Bytes{static_cast<std::uint8_t>(coded.at(0))}, {0b1110});
}

TEST(Bitmap, RoundTripIsExact) {
  Rng rng(6);
  for (const std::int64_t count : {1, 7, 8, 9, 1000}) {
    Floats x(static_cast<std::size_t>(count));
    for (float& v : x) v = rng.uniform() < 0.8f ? 0.0f : rng.normal();
    x.back() = -0.0f;
    if (count > 10) x[3] = kNan;
    const std::string dense = bytes_of(x);
    for (const std::int64_t size : {1, 2, 4}) {
      const std::string back = decode_bitmap(encode_bitmap(dense, size), count * 4 / size, size);
      expect_same<std::uint8_t>("decoded bytes", unsigned_bytes(back), unsigned_bytes(dense));
    }
  }
  require(decode_bitmap(encode_bitmap("", 4), 0, 4).empty(), "no elements are no bytes");
}

TEST(Bitmap, PrunedFloatsGetSmaller) {
  Floats x(800, 0.0f);
  for (std::size_t i = 0; i < x.size(); i += 10) x[i] = 1.5f;
  expect_value("bytes of 800 floats, 90 % zeros",
               static_cast<std::int64_t>(encode_bitmap(bytes_of(x), 4).size()), std::int64_t{420},
               {{1120, "One byte an element instead of one bit."}});
}

TEST(Bitmap, BelievesTheBitsOnlyWhereTheBytesAreThere) {
  const std::string coded{0b1010, 7, 9};
  expect_error([&] { (void)decode_bitmap(coded.substr(0, 2), 4, 1); }, "1 bytes",
               "The bits announce two elements, one is there.");
  expect_error([&] { (void)decode_bitmap(coded + "x", 4, 1); }, "3 bytes",
               "A byte too many: the file is not what it says it is.");
}

}  // namespace
}  // namespace tinytorch::compression
