#include "tinytorch/train/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_file.h"

namespace tinytorch::train {
namespace {

std::string with_header(const std::string& header, std::string_view values = {}) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(values);
}

SafeTensors sample() {
  SafeTensors content;
  content.metadata = {{"format", "pt"}, {"note", "a \"quoted\" \\ line\nand é"}};
  content.tensors.push_back({"codes", "I8", Shape{3}, std::string("\x01\x02\x03", 3)});
  content.tensors.push_back(store("layer.weight", Tensor({2, 2}, {1, -2, 0.5f, 3})));
  content.tensors.push_back(store("empty", Tensor(Shape{0, 4})));
  content.tensors.push_back(store("scalar", Tensor::scalar(7)));
  return content;
}

TEST(Safetensors, RoundTrip) {
  const SafeTensors back = decode_safetensors(encode_safetensors(sample()), "memory");
  EXPECT_EQ(back.value("format"), "pt");
  EXPECT_EQ(back.value("note"), "a \"quoted\" \\ line\nand é");
  EXPECT_EQ(back.tensor("codes").bytes, std::string("\x01\x02\x03", 3));
  EXPECT_EQ(back.tensor("codes").dtype, "I8");
  EXPECT_EQ(restore(back.tensor("layer.weight")).at({0, 1}), -2.0f);
  EXPECT_EQ(restore(back.tensor("empty")).shape(), (Shape{0, 4}));
  EXPECT_EQ(restore(back.tensor("scalar")).item(), 7.0f);
  EXPECT_EQ(restore(back.tensor("codes")).at({2}), 3.0f);
  EXPECT_ERROR(static_cast<void>(back.tensor("nothing")),
               "no tensor nothing; there are: layer.weight");
}

template <typename T>
StoredTensor holding(const char* dtype, const std::vector<T>& values) {
  StoredTensor stored{"x", dtype, Shape{static_cast<std::int64_t>(values.size())}, {}};
  stored.bytes.resize(values.size() * sizeof(T));
  std::memcpy(stored.bytes.data(), values.data(), stored.bytes.size());
  return stored;
}

std::vector<float> floats(const StoredTensor& stored) {
  const Tensor tensor = restore(stored);
  return {std::as_const(tensor).data().begin(), std::as_const(tensor).data().end()};
}

TEST(SafetensorsRestore, ConvertsEveryDtypeOfTheFormat) {
  using Floats = std::vector<float>;
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(floats(holding<std::uint16_t>("F16", {0x3C00, 0xC000, 0x0001, 0x7BFF, 0x7C00})),
            (Floats{1.0f, -2.0f, 0x1p-24f, 65504.0f, infinity}));
  EXPECT_EQ(floats(holding<std::uint16_t>("BF16", {0x3F80, 0xC000, 0x0001, 0xFF80})),
            (Floats{1.0f, -2.0f, 0x1p-133f, -infinity}));
  EXPECT_EQ(floats(holding<double>("F64", {0.1, -2.0, 1.0 + 0x1p-24, 1.0 + 0x1.8p-23, 1e-300})),
            (Floats{0.1f, -2.0f, 1.0f, 1.0f + 0x1p-22f, 0.0f}));
  EXPECT_EQ(floats(holding<std::uint8_t>("BOOL", {0, 1, 1})), (Floats{0, 1, 1}));
  EXPECT_EQ(floats(holding<std::int8_t>("I8", {-128, 127})), (Floats{-128, 127}));
  EXPECT_EQ(floats(holding<std::uint8_t>("U8", {0, 255})), (Floats{0, 255}));
  EXPECT_EQ(floats(holding<std::int16_t>("I16", {-32768, 32767})), (Floats{-32768, 32767}));
  EXPECT_EQ(floats(holding<std::uint16_t>("U16", {65535})), (Floats{65535}));
  EXPECT_EQ(floats(holding<std::int32_t>("I32", {-16777216, 1 << 30, INT32_MIN})),
            (Floats{-16777216.0f, 0x1p30f, -0x1p31f}));
  EXPECT_EQ(floats(holding<std::uint32_t>("U32", {0x80000000u})), (Floats{0x1p31f}));
  EXPECT_EQ(floats(holding<std::int64_t>("I64", {7, -16777216, INT64_MIN, 1LL << 40})),
            (Floats{7, -16777216.0f, -0x1p63f, 0x1p40f}));
  EXPECT_EQ(floats(holding<std::uint64_t>("U64", {1ULL << 63})), (Floats{0x1p63f}));
}

// The bits of "FP8 Formats for Deep Learning" (Micikevicius et al., 2022): E4M3 has no infinity.
TEST(SafetensorsRestore, ReadsEightBitFloats) {
  using Floats = std::vector<float>;
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(floats(holding<std::uint8_t>("F8_E4M3", {0x00, 0x38, 0xC0, 0x01, 0x08, 0x7E, 0xFE})),
            (Floats{0.0f, 1.0f, -2.0f, 0x1p-9f, 0x1p-6f, 448.0f, -448.0f}));
  EXPECT_EQ(floats(holding<std::uint8_t>("F8_E5M2", {0x80, 0x3C, 0xC0, 0x01, 0x04, 0x7B, 0xFC})),
            (Floats{-0.0f, 1.0f, -2.0f, 0x1p-16f, 0x1p-14f, 57344.0f, -infinity}));
  EXPECT_EQ(floats(holding<std::uint8_t>("F8_E8M0", {0, 127, 254})),
            (Floats{0x1p-127f, 1.0f, 0x1p127f}));
  for (const char* dtype : {"F8_E4M3", "F8_E5M2", "F8_E8M0"}) {
    EXPECT_TRUE(std::isnan(floats(holding<std::uint8_t>(dtype, {0xFF}))[0])) << dtype;
  }
}

// Tensors of no values take no place, wherever they are listed.
TEST(Safetensors, EmptyTensorsMayShareAPlace) {
  SafeTensors content;
  content.tensors = {{"none", "I64", {0, 3}, ""},
                     store("a", Tensor({2}, {1, 2})),
                     {"nothing", "F16", {2, 0}, ""},
                     {"nil", "F32", {0}, ""}};
  const SafeTensors back = decode_safetensors(encode_safetensors(content), "memory");
  EXPECT_EQ(back.tensors.size(), 4u);
  EXPECT_EQ(restore(back.tensor("nothing")).shape(), (Shape{2, 0}));
  EXPECT_EQ(restore(back.tensor("a")).at({1}), 2.0f);
}

TEST(SafetensorsRestore, RefusesOnlyWhatNoFloatIs) {
  EXPECT_ERROR(restore(holding<std::int64_t>("I64", {0, 16777217})),
               "x (I64) holds 16777217 at place 1; expected an integer that a float can hold");
  EXPECT_ERROR(restore(holding<std::int64_t>("I64", {INT64_MAX})), "holds 9223372036854775807");
  EXPECT_ERROR(restore(holding<std::uint64_t>("U64", {UINT64_MAX})), "18446744073709551615");
  EXPECT_ERROR(restore(holding<std::int32_t>("I32", {INT32_MAX})), "holds 2147483647");
  EXPECT_ERROR(restore(holding<std::uint32_t>("U32", {UINT32_MAX})), "holds 4294967295");
  EXPECT_ERROR(restore(holding<double>("F64", {1e39})), "expected the range of a float");
  EXPECT_ERROR(restore(holding<std::uint8_t>("BOOL", {2})), "holds 2 at place 0; expected 0 or 1");
  EXPECT_ERROR(restore(holding<std::uint8_t>("F4", {2})), "unknown dtype F4");
  EXPECT_TRUE(std::isnan(floats(holding<double>("F64", {std::nan("")}))[0]));
  EXPECT_TRUE(std::isinf(floats(holding<double>("F64", {HUGE_VAL}))[0]));
}

TEST(Safetensors, TheBytesAreThoseOfTheFormat) {
  SafeTensors content;
  content.tensors.push_back(store("a", Tensor({1, 2}, {1, 2})));
  const std::string bytes = encode_safetensors(content);
  const std::string header = R"({"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})";
  EXPECT_EQ(bytes.substr(8, header.size()), header);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(bytes.size(), 8 + length + 8);
  EXPECT_EQ(bytes.substr(8 + length), std::string("\0\0\x80\x3f\0\0\0\x40", 8));
}

TEST(Safetensors, WideTypesComeFirstSoThatAllAreAligned) {
  const SafeTensors back = decode_safetensors(encode_safetensors(sample()), "memory");
  EXPECT_EQ(back.tensors.back().name, "codes");
}

TEST(Safetensors, ReadsAForeignHeader) {
  const std::string values("\0\0\x80\x3f", 4);
  const std::string header =
      "{ \"__metadata__\" : {\"k\\u00e9\\ud83d\\ude00\" : \"v\\t\"},\n"
      " \"w\\/x\" : { \"data_offsets\" : [ 0 , 4 ], \"shape\" : [ ], \"dtype\" : \"F32\" } }   ";
  const SafeTensors content = decode_safetensors(with_header(header, values), "memory");
  EXPECT_EQ(content.metadata[0].first, "ké😀");
  EXPECT_EQ(content.metadata[0].second, "v\t");
  EXPECT_EQ(restore(content.tensor("w/x")).item(), 1.0f);
}

TEST(Safetensors, AFileCutOffAnywhereIsAnError) {
  const std::string whole = encode_safetensors(sample());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_ERROR(decode_safetensors(std::string_view(whole).substr(0, length), "memory"),
                 "memory: ");
  }
  EXPECT_ERROR(decode_safetensors(whole + "x", "memory"), "of which the header names");
}

TEST(Safetensors, AnyFlippedByteIsReadOrRefusedButNeverCrashes) {
  const std::string whole = encode_safetensors(sample());
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int mask : {0x01, 0x20, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      try {
        const SafeTensors content = decode_safetensors(bytes, "memory");
        for (const StoredTensor& tensor : content.tensors) {
          if (tensor.dtype == "F32") restore(tensor);
        }
      } catch (const Error&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(Safetensors, MalformedHeadersAreErrors) {
  const std::string eight(8, '\0');
  const auto refused = [&](const std::string& header, const char* why) {
    EXPECT_ERROR(decode_safetensors(with_header(header, eight), "memory"), why);
  };
  const auto entry = [](const std::string& shape, const std::string& offsets,
                        const std::string& dtype = "F32") {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}}";
  };
  refused("", "expected '{'");
  refused("[]", "expected '{'");
  refused("{", "expected string literal");
  refused(entry("[2]", "[0,8]") + "x", "expected end of input");
  refused(entry("[3]", "[0,8]"), "should take 12 bytes");
  refused(entry("[2]", "[8,16]"), "from 0, not [8, 16)");
  refused(entry("[2]", "[8,0]"), "not [8, 0)");
  refused(entry("[1]", "[0,4]"), "of which the header names 4");
  refused(entry("[4]", "[0,16]"), "the file is cut off");
  refused(entry("[2]", "[0,8]", "F31"), "unknown dtype F31");
  refused(entry("[-2]", "[0,8]"), "expected a whole number");
  refused(entry("[2.0]", "[0,8]"), "expected a whole number from 0, got 2.0");
  refused(entry("[02]", "[0,8]"), "expected ']'");
  refused(entry("[99999999999999999999]", "[0,8]"), "number too large");
  refused(entry("[4611686018427387904,4]", "[0,8]"), "does not fit");
  refused(entry("[4611686018427387904]", "[0,8]"), "too large");
  refused(R"({"a":{"dtype":"F32","shape":[2]}})", "it lacks dtype, shape or data_offsets");
  refused(R"({"a":{"dtype":"F32","dtype":"F32"}})", "field dtype is unknown or given twice");
  refused(R"({"a":{"colour":"red"}})", "field colour is unknown");
  refused(R"({"__metadata__":{},"__metadata__":{}})", "given twice");
  refused(R"({"__metadata__":{"k":1}})", "__metadata__, k: expected a string, got 1");
  refused("{\"\\ud800\":{}}", "surrogate U+D800..U+DBFF must be followed by");
  refused("{\"\\q\":{}}", "forbidden character after backslash");
  refused("{\"a\nb\":{}}", "control character");
  refused(R"({"a)", "missing closing quote");
  const std::string two = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                          R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
  refused(two, "b of shape [1] should take 4 bytes from 8, not [4, 8)");
}

// A file of `header` and eight bytes of values is refused; the error names the place.
void expect_refused(const std::string& header, const char* why) {
  EXPECT_ERROR(decode_safetensors(with_header(header, std::string(8, '\0')), "memory"), why);
  EXPECT_ERROR(decode_safetensors(with_header(header, std::string(8, '\0')), "memory"), "memory: ");
}

// An entry that is right but for one of its fields.
std::string entry_with(const std::string& field, const std::string& value) {
  std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const std::size_t at = header.find('"' + field + '"') + field.size() + 3;
  const char close = header[at] == '[' ? ']' : '"';
  return header.replace(at, header.find(close, at + 1) + 1 - at, value);
}

TEST(Safetensors, NothingIsNamedTwice) {
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  expect_refused("{" + a + "," + a + "}", "a: it is given twice");
  // The same name, written in two ways.
  expect_refused("{" + a + R"(,"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}})",
                 "a: it is given twice");
  expect_refused(R"({"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})",
                 "field shape is unknown or given twice");
  expect_refused(R"({"__metadata__":{"k":"1","k":"2"},)" + a + "}",
                 "field k is unknown or given twice");
}

TEST(Safetensors, DepthIsRefusedAtOnce) {
  const std::string deep(1'000'000, '[');
  expect_refused(deep, "memory: ");
  expect_refused(R"({"a":)" + deep, "a");
  expect_refused(entry_with("shape", deep), "a");
  expect_refused(R"({"a":{"dtype":{"b":)", "a");
  std::string objects = "{";
  for (int i = 0; i < 100'000; ++i) objects += R"("a":{)";
  expect_refused(objects, "a");
}

TEST(Safetensors, SizesAndOffsetsAreWholeNumbersOf63Bits) {
  for (const char* number : {"9223372036854775808", "18446744073709551615", "18446744073709551616",
                             "99999999999999999999999999999999"}) {
    expect_refused(entry_with("shape", concat("[", number, "]")), "number too large");
    expect_refused(entry_with("data_offsets", concat("[0,", number, "]")), "number too large");
  }
  expect_refused(entry_with("shape", "[" + std::string(5000, '9') + "]"), "memory: ");
  for (const char* number : {"2.0", "2e0", "2E+0", "-2", "-0", "1e400", "true", "null", "\"2\""}) {
    expect_refused(entry_with("shape", concat("[", number, "]")), "memory: ");
    expect_refused(entry_with("data_offsets", concat("[0,", number, "]")), "memory: ");
  }
  for (const char* number : {"+2", "02", "0x2", "2.", ".2", "NaN", "Infinity", "2 2", ""}) {
    expect_refused(entry_with("data_offsets", concat("[0,", number, "]")), "memory: at byte ");
  }
  for (const char* offsets : {"[]", "[0]", "[0,8,8]", "8", "\"0,8\"", "{}", "[[0],8]"}) {
    expect_refused(entry_with("data_offsets", offsets), "memory: ");
  }
}

TEST(Safetensors, OnlyWhatTheFormatKnowsStandsInTheHeader) {
  for (const char* value : {"1", "1.5", "true", "null", "\"F32\"", "[]"}) {
    expect_refused(concat("{\"a\":", value, "}"), "memory: ");
    expect_refused(concat("{\"__metadata__\":", value, "}"), "memory: ");
    expect_refused(concat("{\"__metadata__\":{\"k\":", value[0] == '"' ? "{}" : value, "}}"),
                   "memory: ");
    expect_refused(value, "memory: at byte 8");
  }
  for (const char* value : {"1", "true", "null", "[]", "{}"}) {
    expect_refused(entry_with("dtype", value), "memory: ");
  }
}

TEST(Safetensors, TheHeaderIsUtf8) {
  for (const char* bad : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    expect_refused(concat("{\"", bad, "\":{}}"), "memory: at byte ");
    expect_refused(concat("{\"__metadata__\":{\"k\":\"", bad, "\"}}"), "memory: at byte ");
    SafeTensors content;
    content.metadata = {{"k", bad}};
    EXPECT_ERROR(encode_safetensors(content), "safetensors: ");
    content.metadata.clear();
    content.tensors.push_back({bad, "I8", Shape{1}, "x"});
    EXPECT_ERROR(encode_safetensors(content), "safetensors: ");
  }
}

TEST(Safetensors, NothingStandsAroundTheHeader) {
  const std::string whole = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_NO_THROW(decode_safetensors(with_header(whole + " \t\r\n", std::string(8, '\0')), ""));
  const std::string zero(1, '\0');
  for (const std::string& more : {std::string("x"), std::string("{}"), std::string(","),
                                  std::string("// note"), std::string("/**/"), zero, zero + "x"}) {
    expect_refused(whole + more, "memory: at byte ");
  }
  expect_refused("\xef\xbb\xbf" + whole, "memory: at byte 8");
  expect_refused("/**/" + whole, "memory: at byte 8");
  expect_refused(zero + whole, "memory: at byte 8");
  expect_refused(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],}})", "memory: at byte ");
  expect_refused(R"({'a':{}})", "memory: at byte ");
}

TEST(Safetensors, MetadataIsWrittenOnlyIfItCanBeRead) {
  SafeTensors content;
  content.metadata = {{"k", "1"}, {"k", "2"}};
  EXPECT_ERROR(encode_safetensors(content), "safetensors: metadata k is given twice");
}

TEST(Safetensors, ErrorsNameFileAndOffset) {
  const testing_support::TemporaryFile file("broken.safetensors", with_header("{\"a\" 1}"));
  EXPECT_ERROR(read_safetensors(file.path()), "broken.safetensors: at byte 13: ");
}

TEST(Safetensors, WritesOnlyWhatItCanRead) {
  SafeTensors content = sample();
  content.tensors.push_back(content.tensors[0]);
  EXPECT_ERROR(encode_safetensors(content), "the name codes is reserved or used twice");
  content = sample();
  content.tensors[0].bytes.pop_back();
  EXPECT_ERROR(encode_safetensors(content), "codes of shape [3] comes with 2 bytes");
  content = sample();
  content.tensors[0].name = "__metadata__";
  EXPECT_ERROR(encode_safetensors(content), "reserved");
}

}  // namespace
}  // namespace tinytorch::train
