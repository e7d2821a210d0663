#pragma once
// Sizes in a network's file: one number or several, each checked before anybody multiplies them.
// Internal to the deployed room.

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/deployed/file_values.h"
#include "tinytorch/quantization/deployed/quantized_node.h"

namespace tinytorch::quantization {

// Of any dimension; keeps their products in int64.
inline constexpr std::int64_t kLargestSize = 1 << 24;

template <typename Numbers>
std::string joined(const Numbers& numbers) {
  std::string text;
  for (const auto number : numbers) text += concat(text.empty() ? "" : " ", number);
  return text;
}

inline std::vector<std::int64_t> numbers(const train::SafeTensors& file, const std::string& key) {
  std::istringstream words(file.value(key));
  std::vector<std::int64_t> values;
  for (std::string word; words >> word;)
    values.push_back(file_values::number_in<std::int64_t>(word, key));
  return values;
}

inline bool holds(const train::SafeTensors& file, const std::string& key) {
  return std::any_of(file.metadata.begin(), file.metadata.end(),
                     [&](const auto& entry) { return entry.first == key; });
}

// A size from `least` on.
inline std::int64_t size(const train::SafeTensors& file, const std::string& key,
                         std::int64_t least = 1) {
  const auto value = file_values::number<std::int64_t>(file, key);
  if (value < least || value > kLargestSize) throw Error(concat("metadata ", key, " is ", value));
  return value;
}

// One size, `count` of them, or an Error; `least` is the smallest legal one.
inline std::vector<std::int64_t> window_numbers(const train::SafeTensors& file,
                                                const std::string& key, std::size_t count,
                                                std::int64_t least) {
  const std::vector<std::int64_t> values = numbers(file, key);
  if (values.size() != 1 && values.size() != count) {
    throw Error(
        concat("metadata ", key, " holds ", values.size(), " numbers, expected 1 or ", count));
  }
  for (const std::int64_t value : values) {
    if (value < least || value > kLargestSize) throw Error(concat("metadata ", key, " is ", value));
  }
  return values;
}

// One number for both axes, or the height and the width.
inline Extent2 extent(const train::SafeTensors& file, const std::string& key,
                      std::int64_t least = 1) {
  const auto values = window_numbers(file, key, 2, least);
  return {values.front(), values.back()};
}

// One number for all sides, or top, left, bottom and right.
inline Padding4 padding(const train::SafeTensors& file, const std::string& key) {
  const auto values = window_numbers(file, key, 4, 0);
  if (values.size() == 1) return values.front();
  return {values[0], values[1], values[2], values[3]};
}

}  // namespace tinytorch::quantization
