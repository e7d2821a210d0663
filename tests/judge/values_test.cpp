#include "tito/worker/values.h"

#include <cstring>

#include "tinytorch/core/rng.h"

namespace tito {
namespace {

Values one_of_each() {
  Values values;
  values.add("float", std::vector<float>{1.5f, -0.0f});
  values.add("double", std::vector<double>{});
  values.add("int8", std::vector<std::int8_t>{-128, 127});
  values.add("uint8", std::vector<std::uint8_t>{255});
  values.add("int32", std::vector<std::int32_t>{-1, 0, 1});
  values.add("int64", std::vector<std::int64_t>{INT64_MIN});
  values.add("text", std::string("zero \0 inside", 13));
  return values;
}

TEST(Values, SurviveTheRoundTrip) {
  const std::string bytes = one_of_each().encode();
  const Values back = Values::decode(bytes);
  EXPECT_EQ(back.encode(), bytes);
  EXPECT_EQ(back.get<std::int8_t>("int8"), (std::vector<std::int8_t>{-128, 127}));
  EXPECT_EQ(back.get_text("text").size(), 13u);
}

TEST(Values, NameTheEntryThatIsMissingOrOfAnotherType) {
  const Values values = one_of_each();
  try {
    values.get<float>("nothing");
    FAIL() << "no error";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("nothing"), std::string::npos);
  }
  EXPECT_THROW(values.get<float>("int8"), std::runtime_error);
  EXPECT_THROW(values.get_float("float"), std::runtime_error) << "two floats are not one";
}

TEST(Values, RefuseEveryTruncation) {
  const std::string bytes = one_of_each().encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(Values::decode(bytes.substr(0, size)), std::runtime_error) << size << " bytes";
  }
  EXPECT_THROW(Values::decode(bytes + "x"), std::runtime_error) << "one byte too many";
}

TEST(Values, RefuseAHugeLengthWithoutTakingMemoryForIt) {
  std::string bytes = one_of_each().encode();
  // The length of the first array: after count, name length, "float" and the type.
  const std::uint64_t huge = UINT64_MAX / 4;
  std::memcpy(bytes.data() + 4 + 2 + 5 + 1, &huge, sizeof huge);
  EXPECT_THROW(Values::decode(bytes), std::runtime_error);
}

TEST(Values, NeverCrashOnDamagedBytes) {
  tinytorch::Rng rng(1);
  const std::string good = one_of_each().encode();
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = good;
    for (std::uint64_t i = 0; i <= rng.below(4); ++i) {
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    }
    try {
      EXPECT_EQ(Values::decode(bytes).encode(), bytes);
    } catch (const std::runtime_error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000) << "the damage was never noticed";
}

TEST(Values, NeverCrashOnRandomBytes) {
  tinytorch::Rng rng(2);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(rng.below(64), '\0');
    for (char& byte : bytes) byte = static_cast<char>(rng.below(rng.below(2) == 0 ? 4 : 256));
    try {
      EXPECT_EQ(Values::decode(bytes).encode(), bytes);
    } catch (const std::runtime_error&) {
    }
  }
}

}  // namespace
}  // namespace tito
