#include "tinytorch/core/aligned.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace tinytorch {
namespace {

template <typename T>
std::uintptr_t remainder(const AlignedVector<T>& values, std::uintptr_t unit) {
  return reinterpret_cast<std::uintptr_t>(values.data()) % unit;
}

TEST(AlignedVector, StartsOnACacheLineWhateverItsSize) {
  for (std::size_t size = 1; size < 3000; size += 7) {
    EXPECT_EQ(remainder(AlignedVector<std::int8_t>(size), kCacheLine), 0u) << size;
    EXPECT_EQ(remainder(AlignedVector<float>(size), kCacheLine), 0u) << size;
  }
}

TEST(AlignedVector, LargeOnesStartOnAHugePage) {
  constexpr std::uintptr_t kHugePage = 2u << 20;
  EXPECT_EQ(remainder(AlignedVector<std::int8_t>(1u << 20), kHugePage), 0u);
  EXPECT_EQ(remainder(AlignedVector<std::int8_t>((5u << 20) + 3), kHugePage), 0u);
}

TEST(AlignedVector, GrowsCopiesAndComparesLikeAVector) {
  AlignedVector<std::int32_t> values;
  for (std::int32_t i = 0; i < 600'000; ++i) values.push_back(i);  // past the border between pages
  const AlignedVector<std::int32_t> copy = values;
  EXPECT_EQ(copy, values);
  EXPECT_EQ(copy[599'999], 599'999);
  values.resize(3);
  values.shrink_to_fit();
  EXPECT_EQ(values, (AlignedVector<std::int32_t>{0, 1, 2}));
}

TEST(AlignedVector, NewElementsAreZero) {
  for (const std::int8_t value : AlignedVector<std::int8_t>(100)) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace tinytorch
