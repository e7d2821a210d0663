#include "tinytorch/data/npy.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

// A file of that header and those bytes behind it.
std::string file(const std::string& header, const std::string& values, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {version, '\0', static_cast<char>(header.size()), '\0'};
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + header + values;
}
std::string header(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }  \n";
}
template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}
std::vector<float> values_of(const Tensor& tensor) {
  return {tensor.data().begin(), tensor.data().end()};
}
std::string error_of(const std::string& bytes) {
  try {
    (void)data::decode_npy(bytes, "a.npy");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Npy, ReadsWhatNumPyWrites) {
  // numpy.save of numpy.arange(3, dtype="<f4"), byte for byte.
  std::string saved = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
  saved.resize(117, ' ');
  saved += '\n';
  const Tensor array = data::decode_npy(file(saved, bytes_of<float>({0, 1, 2})), "a.npy");
  EXPECT_EQ(array.shape(), (Shape{3}));
  EXPECT_EQ(values_of(array), (std::vector<float>{0, 1, 2}));
}

TEST(Npy, WritesWhatItReads) {
  const Tensor values({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  const std::string bytes = data::encode_npy(values);
  EXPECT_EQ(bytes.find('\n') % 64, 63u) << "values begin at a multiple of 64";
  const Tensor again = data::decode_npy(bytes, "a.npy");
  EXPECT_EQ(again.shape(), values.shape());
  EXPECT_EQ(values_of(again), values_of(values));
  EXPECT_EQ(data::decode_npy(data::encode_npy(Tensor::scalar(2.0f)), "a.npy").item(), 2.0f);
}

TEST(Npy, EveryTypeAndVersion) {
  const auto read = [](const std::string& type, const std::string& values, char version) {
    return values_of(data::decode_npy(file(header(type, "(2,)"), values, version), "a.npy"));
  };
  const std::vector<float> expected = {3.0f, 7.0f};
  EXPECT_EQ(read("<f8", bytes_of<double>({3, 7}), 1), expected);
  EXPECT_EQ(read("|i1", bytes_of<std::int8_t>({3, 7}), 2), expected);
  EXPECT_EQ(read("|u1", bytes_of<std::uint8_t>({3, 7}), 3), expected);
  EXPECT_EQ(read("<i2", bytes_of<std::int16_t>({3, 7}), 1), expected);
  EXPECT_EQ(read("<i4", bytes_of<std::int32_t>({3, 7}), 1), expected);
  EXPECT_EQ(read("<i8", bytes_of<std::int64_t>({3, 7}), 1), expected);
  EXPECT_EQ(read("<u8", bytes_of<std::uint64_t>({3, 7}), 1), expected);
}

TEST(Npy, NamesThePlaceOfWhatIsWrong) {
  const std::string floats = bytes_of<float>({1, 2});
  EXPECT_NE(error_of("PK\x03\x04 an archive").find("a.npy: at byte 0"), std::string::npos);
  EXPECT_NE(error_of(file(header("<f4", "(2,)"), floats, 4)).find("at byte 6: version 4.0"),
            std::string::npos);
  EXPECT_NE(error_of(file(header(">f4", "(2,)"), floats)).find("type >f4"), std::string::npos);
  EXPECT_NE(error_of(file(header("<f4", "(3,)"), floats)).find("8 bytes of values; the shape [3]"),
            std::string::npos);
  EXPECT_NE(error_of(file(header("<f4", "(-2,)"), floats)).find("not a number from 0"),
            std::string::npos);
  EXPECT_NE(error_of(file(header("<f4", "(99999999999, 99999999999)"), floats)).find("elements"),
            std::string::npos);
  EXPECT_NE(error_of(file(header("<i4", "(1,)"), bytes_of<std::int32_t>({16777217})))
                .find("the integer 16777217 is no float"),
            std::string::npos);
  EXPECT_NE(error_of(file("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}", floats))
                .find("Fortran order"),
            std::string::npos);
  EXPECT_NE(error_of(file("{'descr': '<f4'}", floats)).find("does not say"), std::string::npos);
  EXPECT_NE(
      error_of(file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", floats))
          .find("expected a quoted text"),
      std::string::npos);
}

TEST(Npy, EveryPrefixAndEveryChangedByteIsAnErrorOrAnArray) {
  const std::string bytes = data::encode_npy(Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_NE(error_of(bytes.substr(0, length)), "") << length;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {1, 8, 128}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      error_of(changed);
    }
  }
}

}  // namespace
}  // namespace tinytorch
