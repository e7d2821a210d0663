#pragma once
// CSV as Python reads it: one record, one number. For csv.cpp; the rules are in csv.h. Given.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::data {

// Takes the next record off `rest`, which is not empty; a blank line has no cells. Counts the lines
// it spans in `line`. Nothing when the text ends inside quotes.
std::optional<std::vector<std::string>> take_record(std::string_view& rest, std::int64_t& line);

// Nothing where float() and int() raise a ValueError; to_integer also beyond 64 bits.
std::optional<float> to_float(std::string_view text);
std::optional<std::int64_t> to_integer(std::string_view text);

}  // namespace tinytorch::data
