#include "tito/base/terminal.h"

#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace tito {
namespace {

const char* code_of(Colour colour) {
  switch (colour) {
    case Colour::kRed:
      return "31";
    case Colour::kGreen:
      return "32";
    case Colour::kYellow:
      return "33";
    case Colour::kBlue:
      return "34";
    case Colour::kCyan:
      return "36";
    case Colour::kGrey:
      return "90";
    case Colour::kBold:
      return "1";
    case Colour::kPlain:
      break;
  }
  return "0";
}

// The C library knows the marks and the wide characters of every script.
int columns_in_library(char32_t c) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (utf8 == nullptr) return -1;
  const locale_t before = ::uselocale(utf8);
  const int columns = ::wcwidth(static_cast<wchar_t>(c));
  ::uselocale(before);
  return columns;
}

std::size_t columns_of(char32_t c) {
  if (const int columns = columns_in_library(c); columns >= 0) {
    return static_cast<std::size_t>(columns);
  }
  const auto in = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
  if (in(0x300, 0x36F) || in(0x200B, 0x200F) || in(0xFE00, 0xFE0F) || c == 0x2060) return 0;
  if (in(0x1100, 0x115F) || in(0x2E80, 0xA4CF) || in(0xAC00, 0xD7A3) || in(0xF900, 0xFAFF) ||
      in(0xFE30, 0xFE6F) || in(0xFF00, 0xFF60) || in(0x1F300, 0x1FAFF) || in(0x20000, 0x3FFFD)) {
    return 2;
  }
  return 1;
}

// A sign that belongs to the character before it: a mark, or a vowel of an Indic script, whose
// blocks share one order.
bool continues_character(char32_t c) {
  const bool indic = c >= 0x0900 && c < 0x0E00;
  const char32_t place = c & 0x7F;
  return columns_of(c) == 0 || (indic && ((place >= 0x3E && place <= 0x4D) || place <= 0x03));
}

// Bytes of the first character as a reader sees it, with its marks, and with what a joiner ties to
// it.
std::size_t character_length(std::string_view text) {
  constexpr char32_t kJoiner = 0x200D;
  std::size_t end = tinytorch::first_code_point(text).bytes;
  bool joined = false;
  while (end < text.size()) {
    const tinytorch::CodePoint next = tinytorch::first_code_point(text.substr(end));
    if (!next.valid || !(joined || continues_character(next.value))) break;
    joined = next.value == kJoiner;
    end += next.bytes;
  }
  return end;
}

// Bytes of the escape sequence `text` begins with; 0 when it begins with something else.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b' || text[1] != '[') return 0;
  std::size_t i = 2;
  while (i < text.size() && (text[i] < '@' || text[i] > '~')) ++i;
  return std::min(i + 1, text.size());
}

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

void pad(std::string& line, const std::string& cell, std::size_t width, bool right, bool last) {
  const std::size_t missing = width - std::min(width, display_width(cell));
  if (right) line.append(missing, ' ');
  line += cell;
  if (!right && !last) line.append(missing, ' ');
}

}  // namespace

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

bool use_colour() {
  const char* term = std::getenv("TERM");
  static const bool colour = stdout_is_terminal() && !is_set("NO_COLOR") && term != nullptr &&
                             std::strcmp(term, "dumb") != 0;
  return colour;
}

std::string paint(Colour colour, std::string_view text) {
  if (!use_colour() || colour == Colour::kPlain || text.empty()) return std::string(text);
  return std::string("\x1b[") + code_of(colour) + 'm' + std::string(text) + "\x1b[0m";
}

int terminal_width() {
  winsize size{};
  int width = 0;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  return width == 0 ? 80 : std::max(width, 40);
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (const std::size_t escape = escape_length(text)) {
      text.remove_prefix(escape);
      continue;
    }
    const tinytorch::CodePoint point = tinytorch::first_code_point(text);
    width += point.valid ? columns_of(point.value) : 1;
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  for (const std::string_view line : lines_of(text)) widest = std::max(widest, display_width(line));
  return widest;
}

std::string wrap(std::string_view text, int width, int indent) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  const auto room = static_cast<std::size_t>(std::max(width - indent, 10));
  std::string out, line;
  const auto flush = [&] {
    out += line.empty() ? "" : margin + line;
    out += '\n';
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && display_width(line) + 1 + display_width(word) > room) flush();
    if (!word.empty()) (line += line.empty() ? "" : " ") += word;
    if (end < text.size() && text[end] == '\n') flush();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) flush();
  if (!out.empty()) out.pop_back();
  return out;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t next = 0; next < text.size(); end = next) {
    next = end + character_length(text.substr(end));
    if (display_width(text.substr(0, next)) + 1 > width) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string fold_lines(std::string_view text, int width) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (display_width(line) <= static_cast<std::size_t>(std::max(width, 0))) {
      out += line;
    } else {
      const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
      out += wrap(line.substr(indent), width, static_cast<int>(indent));
    }
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string indent_lines(std::string_view text, std::string_view margin) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) (out += margin) += text.substr(0, end);
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Table fold_last_column(const Table& table, int width, int indent) {
  Table others = table;  // the columns that stay
  if (!others.header.empty()) others.header.back().clear();
  for (auto& row : others.rows) {
    if (!row.empty()) row.back().clear();
  }
  const int room = width - static_cast<int>(widest_line(render(others, indent)));
  Table folded = table;
  folded.rows.clear();
  for (const auto& row : table.rows) {
    folded.rows.push_back(row);
    if (row.empty()) continue;
    const std::string text = fold_lines(row.back(), room);
    const std::vector<std::string_view> lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) folded.rows.emplace_back(row.size());
      folded.rows.back().back() = lines[i];
    }
  }
  return folded;
}

std::string render(const Table& table, int indent) {
  std::vector<std::vector<std::string>> rows;
  if (!table.header.empty()) {
    rows.push_back(table.header);
    for (auto& cell : rows.back()) cell = paint(Colour::kGrey, cell);
  }
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    out.append(static_cast<std::size_t>(indent), ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool right = i < table.right_aligned.size() && table.right_aligned[i];
      const bool last = i + 1 == row.size();
      pad(out, row[i], widths[i], right, last);
      if (!last) out += "  ";
    }
    out += '\n';
  }
  return out;
}

}  // namespace tito
