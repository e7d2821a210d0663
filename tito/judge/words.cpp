#include "tito/judge/words.h"

#include "tito/base/terminal.h"

namespace tito {
namespace {

// Ends of lines beyond those of ASCII, and marks of direction that printable() lets stand.
bool turns_or_ends(char32_t c) {
  return c == 0x2028 || c == 0x2029 || c == 0x200E || c == 0x200F || c == 0x061C || c == 0xFEFF;
}

}  // namespace

std::string one_line(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const tinytorch::CodePoint point = tinytorch::first_code_point(text);
    const bool escape = point.valid && (point.value < 0x20 || turns_or_ends(point.value));
    if (!escape) out += printable(text.substr(0, point.bytes));
    for (const char byte : text.substr(0, escape ? point.bytes : 0)) {
      const auto value = static_cast<unsigned char>(byte);
      out += {'\\', 'x', kHex[value >> 4], kHex[value & 15]};
    }
    text.remove_prefix(point.bytes);
  }
  return out;
}

std::string clip(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  // A character of UTF-8 has at most three bytes after its first.
  std::size_t end = bytes;
  const auto inside = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (end > 0 && bytes - end < 4 && inside(end)) --end;
  return std::string(text.substr(0, inside(end) ? bytes : end));
}

}  // namespace tito
