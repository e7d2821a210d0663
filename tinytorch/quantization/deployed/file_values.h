#pragma once
// How numbers and codes stand in a safetensors file: what network_file and weight_only_file share.
// Given.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/packing.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization::file_values {

template <typename T>
train::StoredTensor stored(std::string name, const char* dtype, Shape shape,
                           std::span<const T> values) {
  std::string bytes(values.size_bytes(), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), values.size_bytes());
  return {std::move(name), dtype, std::move(shape), std::move(bytes)};
}

// Throws Error unless the tensor has that dtype.
template <typename T>
std::vector<T> values_of(const train::StoredTensor& tensor, const char* dtype) {
  if (tensor.dtype != dtype) {
    throw Error(concat(tensor.name, " is ", tensor.dtype, ", expected ", dtype));
  }
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(T));
  return values;
}

// A number that must be all of the text.
template <typename Number>
Number number_in(const std::string& text, const std::string& what) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(concat("metadata ", what, " is \"", text, "\", expected a number"));
  }
  return value;
}

template <typename Number>
Number number(const train::SafeTensors& file, const std::string& key) {
  return number_in<Number>(file.value(key), key);
}

// The one of `values` whose name() stands in the metadata.
template <typename Value>
Value named(const train::SafeTensors& file, const std::string& key,
            std::initializer_list<Value> values) {
  const std::string& text = file.value(key);
  for (const Value value : values) {
    if (text == name(value)) return value;
  }
  throw Error(concat("metadata ", key, " is \"", text, "\", which means nothing here"));
}

// Metadata "<key>_scale" and "<key>_zero_point". Throws Error unless the scale is positive and
// finite.
inline QParams qparams(const train::SafeTensors& file, const std::string& key) {
  const QParams read{number<float>(file, key + "_scale"),
                     number<std::int32_t>(file, key + "_zero_point")};
  if (!std::isfinite(read.scale) || read.scale <= 0.0f) {
    throw Error(concat("metadata ", key, "_scale is ", read.scale, ", expected a positive number"));
  }
  if (read.zero_point < -128 || read.zero_point > 127) {
    throw Error(concat("metadata ", key, "_zero_point is ", read.zero_point, ", not a code"));
  }
  return read;
}

// Weight codes: I8 in `shape` at 8 bits, U8 packed (packing.h) below.
inline train::StoredTensor stored_codes(const std::string& name, const Shape& shape,
                                        std::span<const std::int8_t> codes, int bits) {
  if (bits == 8) return stored<std::int8_t>(name, "I8", shape, codes);
  const std::vector<std::uint8_t> packed = pack_codes(codes, bits);
  return stored<std::uint8_t>(name, "U8", Shape{static_cast<std::int64_t>(packed.size())}, packed);
}

// The way back; throws Error unless there are `count` codes of a width from 2 to 8. Whether they
// fit that width is for require_codes_fit() to say.
inline std::vector<std::int8_t> codes_of(const train::StoredTensor& tensor, std::int64_t count,
                                         int bits) {
  std::vector<std::int8_t> codes =
      bits == 8 ? values_of<std::int8_t>(tensor, "I8")
                : unpack_codes(values_of<std::uint8_t>(tensor, "U8"), count, bits);
  if (static_cast<std::int64_t>(codes.size()) != count) {
    throw Error(concat(tensor.name, " has ", codes.size(), " codes, expected ", count));
  }
  return codes;
}

}  // namespace tinytorch::quantization::file_values
