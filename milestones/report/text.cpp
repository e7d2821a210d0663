#include "milestones/report/text.h"

#include <algorithm>
#include <cstdio>

#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

struct CodePoint {
  std::string_view bytes;
  char32_t value = 0xFFFD;
  bool valid = false;
};

// What `text` begins with: a code point, or a byte that belongs to none.
CodePoint first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const CodePoint none{text.substr(0, 1)};
  const unsigned char first = byte(0);
  if (first < 0x80) return {text.substr(0, 1), first, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return none;
  char32_t value = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return none;
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  const bool nothing = (value & 0xFFFE) == 0xFFFE;  // XML forbids what is never a character
  if (value < kSmallest[length] || value > 0x10FFFF || surrogate || nothing) return none;
  return {text.substr(0, length), value, true};
}

template <typename Width>
double sum(std::string_view text, Width width) {
  double total = 0.0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = first_of(text.substr(at));
    total += width(point.value);
    at += point.bytes.size();
  }
  return total;
}

int columns_of(char32_t c) {
  const auto in = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
  if (in(0x300, 0x36F) || in(0x200B, 0x200F) || in(0xFE00, 0xFE0F) || c == 0x2060) return 0;
  const bool wide = in(0x1100, 0x115F) || in(0x2E80, 0xA4CF) || in(0xAC00, 0xD7A3) ||
                    in(0xF900, 0xFAFF) || in(0xFE30, 0xFE6F) || in(0xFF00, 0xFF60) ||
                    in(0x1F300, 0x1FAFF) || in(0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

// Letter widths of DejaVu Sans, rounded up by kinds of letters.
double pixels_of(char32_t c) {
  constexpr std::string_view kNarrow = " .,:;'!|()[]/-ijlItfrJ";
  constexpr std::string_view kWide = "mwMW%@";
  if (c >= 0x80) return columns_of(c) == 2 ? 1.1 : columns_of(c) == 0 ? 0.0 : 0.84;
  const char letter = static_cast<char>(c);
  if (kNarrow.find(letter) != std::string_view::npos) return 0.42;
  if (kWide.find(letter) != std::string_view::npos) return 1.0;
  return letter >= 'a' || (letter >= '0' && letter <= '9') ? 0.64 : 0.84;
}

// The longest beginning of `line` that is at most `limit` wide and ends before a space; without
// such a space, the longest that is.
std::size_t fitting(std::string_view line, double limit,
                    const std::function<double(std::string_view)>& measure) {
  std::size_t at_space = 0;
  for (std::size_t end = 0; end < line.size();) {
    const std::size_t next = end + first_of(line.substr(end)).bytes.size();
    if (line[end] == ' ') at_space = end;
    if (measure(line.substr(0, next)) > limit && end > 0) return at_space > 0 ? at_space : end;
    end = next;
  }
  return line.size();
}

}  // namespace

std::string format(const char* pattern, double value) {
  char buffer[400];  // "%.2f" of the largest double takes 312
  std::snprintf(buffer, sizeof buffer, pattern, value);
  return buffer;
}

std::string xml(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto [bytes, value, valid] = first_of(text.substr(at));
    const bool markup = value == '<' || value == '>' || value == '&' || value == '"';
    const bool control = value < 0x20 || value == 0x7F;
    out += !valid    ? "\uFFFD"
           : markup  ? concat("&#", static_cast<int>(value), ";")
           : control ? " "
                     : std::string(bytes);
    at += bytes.size();
  }
  return out;
}

double display_width(std::string_view text) { return sum(text, columns_of); }

double pixel_width(std::string_view text, bool bold) {
  return (bold ? 1.14 : 1.0) * sum(text, pixels_of);
}

std::vector<std::string> wrap(std::string_view text, double limit,
                              const std::function<double(std::string_view)>& measure) {
  std::vector<std::string> lines;
  for (bool more = true; more;) {
    const std::size_t broken = text.find('\n');
    std::string_view line = text.substr(0, broken);
    more = broken != std::string_view::npos;
    if (more) text.remove_prefix(broken + 1);
    do {
      const std::size_t end = fitting(line, limit, measure);
      lines.emplace_back(line.substr(0, end));
      line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ', end)));
    } while (!line.empty());
  }
  return lines;
}

}  // namespace tinytorch::milestones
