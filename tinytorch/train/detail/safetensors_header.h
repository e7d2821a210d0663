#pragma once
// The JSON header of a safetensors file: strict in what it takes, compact in what it writes.
// Given (safetensors_header.cpp).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinytorch/core/shape.h"

namespace tinytorch::train {

// A tensor as the header names it, not yet compared with the values.
struct HeaderEntry {
  std::string name;
  std::string dtype;
  Shape shape;
  std::int64_t begin = -1;
  std::int64_t end = -1;
};

struct SafeTensorsHeader {
  std::vector<HeaderEntry> entries;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Both in the order of the text. Whatever is not as the format has it throws an Error that names
// `source` and the place: the byte, counted from `offset` where the text begins, or the tensor and
// its field.
SafeTensorsHeader read_header(std::string_view text, const std::string& source, std::size_t offset);

// Throws Error on text that is not UTF-8 and on metadata given twice.
std::string write_header(const SafeTensorsHeader& header);

}  // namespace tinytorch::train
