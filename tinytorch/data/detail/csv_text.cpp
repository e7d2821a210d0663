#include "tinytorch/data/detail/csv_text.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "tinytorch/data/detail/ascii_digits.h"

namespace tinytorch::data {
namespace {

// Takes LF, CRLF or CR off `rest`, which begins with one.
std::string_view take_end_of_line(std::string_view& rest) {
  const std::size_t length = rest.starts_with("\r\n") ? 2 : 1;
  const std::string_view end = rest.substr(0, length);
  rest.remove_prefix(length);
  return end;
}

bool at_end_of_line(std::string_view rest) {
  return rest.empty() || rest.front() == '\r' || rest.front() == '\n';
}

// Behind an opening quote: everything up to the closing one, which is taken too.
bool take_quoted(std::string_view& rest, std::int64_t& line, std::string& cell) {
  while (!rest.empty()) {
    if (rest.front() == '\r' || rest.front() == '\n') {
      cell += take_end_of_line(rest);
      ++line;
      continue;
    }
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"') {
      if (!rest.starts_with('"')) return true;
      rest.remove_prefix(1);
    }
    cell += c;
  }
  return false;
}

// What float() and int() pass over.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view stripped(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Without '_' between two digits; nothing where one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return plain;
}

// Takes a sign off; true for '-'.
bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

// Of a decimal number that a double cannot hold: is it too large, rather than too small?
bool is_huge(std::string_view text) {
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, e);
  std::string_view exponent_text = text.substr(std::min(e + 1, text.size()));
  const bool negative = take_sign(exponent_text);
  std::int64_t exponent = 0;
  for (const char c : exponent_text) {
    exponent = std::min<std::int64_t>(exponent * 10 + (c - '0'), 1'000'000'000'000);
  }
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  const auto first = static_cast<std::int64_t>(digits.find_first_of("123456789"));
  return (negative ? -exponent : exponent) + point - first > 0;
}

std::optional<double> unsigned_double(std::string_view text) {
  // from_chars knows these words too, but with signs and payloads of its own.
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (lower == "inf" || lower == "infinity") return std::numeric_limits<double>::infinity();
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text.empty() || (!is_digit(text.front()) && text.front() != '.')) return std::nullopt;
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ptr != end || result.ec == std::errc::invalid_argument) return std::nullopt;
  if (result.ec == std::errc::result_out_of_range) {
    return is_huge(text) ? std::numeric_limits<double>::infinity() : 0.0;
  }
  return value;
}

}  // namespace

std::optional<std::vector<std::string>> take_record(std::string_view& rest, std::int64_t& line) {
  std::vector<std::string> cells;
  const bool blank = at_end_of_line(rest);
  while (!blank) {
    std::string& cell = cells.emplace_back();
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      if (!take_quoted(rest, line, cell)) return std::nullopt;
    }
    const std::size_t end = std::min(rest.find_first_of(",\r\n"), rest.size());
    cell += rest.substr(0, end);
    rest.remove_prefix(end);
    if (at_end_of_line(rest)) break;
    rest.remove_prefix(1);  // the comma
  }
  if (!rest.empty()) {
    take_end_of_line(rest);
    ++line;
  }
  return cells;
}

std::optional<float> to_float(std::string_view text) {
  const std::string ascii = with_ascii_digits(text);
  const auto plain = without_underscores(stripped(ascii));
  if (!plain) return std::nullopt;
  std::string_view rest = *plain;
  const bool negative = take_sign(rest);
  const auto value = unsigned_double(rest);
  if (!value) return std::nullopt;
  return static_cast<float>(negative ? -*value : *value);
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  const std::string ascii = with_ascii_digits(text);
  const auto plain = without_underscores(stripped(ascii));
  if (!plain) return std::nullopt;
  std::string_view digits = *plain;
  const bool negative = take_sign(digits);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  std::int64_t value = 0;
  std::string number = negative ? "-" : "";
  number.append(digits);
  const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

}  // namespace tinytorch::data
