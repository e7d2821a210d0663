#include "tinytorch/train/json_scanner.h"

#include <limits>

namespace tinytorch::train {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

}  // namespace

Error JsonScanner::error(std::string_view what) const {
  return Error(concat(source_, ": at byte ", offset_ + position_, ": ", what));
}

void JsonScanner::skip_space() {
  while (position_ < text_.size() &&
         std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos) {
    ++position_;
  }
}

char JsonScanner::take() {
  if (position_ == text_.size()) throw error("the header ends too early");
  return text_[position_++];
}

bool JsonScanner::accept(char c) {
  skip_space();
  if (position_ == text_.size() || text_[position_] != c) return false;
  ++position_;
  return true;
}

void JsonScanner::expect(char c) {
  if (!accept(c)) throw error(concat("expected '", c, "'"));
}

void JsonScanner::expect_end() {
  skip_space();
  if (position_ != text_.size()) throw error("expected the header to end");
}

std::uint32_t JsonScanner::hex4() {
  std::uint32_t value = 0;
  for (int digit = 0; digit < 4; ++digit) {
    const char c = take();
    value <<= 4;
    if (c >= '0' && c <= '9') {
      value |= static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value |= static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      value |= static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      throw error("expected four hexadecimal digits");
    }
  }
  return value;
}

std::uint32_t JsonScanner::code_point() {
  const std::uint32_t first = hex4();
  if (first < 0xD800 || first > 0xDFFF) return first;
  const bool paired = first < 0xDC00 && take() == '\\' && take() == 'u';
  const std::uint32_t second = paired ? hex4() : 0;
  if (second < 0xDC00 || second > 0xDFFF) throw error("half of a surrogate pair");
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

std::string JsonScanner::string() {
  expect('"');
  std::string out;
  for (;;) {
    const char c = take();
    if (c == '"') return out;
    if (static_cast<unsigned char>(c) < 0x20) throw error("control character in a string");
    if (c != '\\') {
      out += c;
      continue;
    }
    const char escaped = take();
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = kFrom.find(escaped); at != std::string_view::npos) {
      out += kTo[at];
    } else if (escaped == 'u') {
      append_utf8(out, code_point());
    } else {
      throw error("unknown escape in a string");
    }
  }
}

std::int64_t JsonScanner::integer() {
  skip_space();
  const std::size_t begin = position_;
  std::int64_t value = 0;
  while (position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9') {
    const int digit = text_[position_] - '0';
    if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10) {
      throw error("number too large");
    }
    value = value * 10 + digit;
    ++position_;
  }
  if (position_ == begin) throw error("expected a whole number");
  if (text_[begin] == '0' && position_ > begin + 1) throw error("number with a leading zero");
  return value;
}

std::string json_quote(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20) {
      out += "\\u00";
      out += kHex[code >> 4];
      out += kHex[code & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace tinytorch::train
