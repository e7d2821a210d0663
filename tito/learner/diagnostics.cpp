#include "tito/learner/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "tito/base/terminal.h"

namespace tito {
namespace {

// "file:31:5: rest".
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string_view rest;
};

bool parse_number(std::string_view& text, int& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return !text.empty() && text[0] == ':';
}

bool parse_place(std::string_view line, Place& place) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  place.file = std::string(line.substr(0, colon));
  line.remove_prefix(colon + 1);
  if (!parse_number(line, place.line)) return false;
  line.remove_prefix(1);
  place.column = 0;
  if (parse_number(line, place.column)) line.remove_prefix(1);
  while (!line.empty() && line[0] == ' ') line.remove_prefix(1);
  place.rest = line;
  return true;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "In file included from x.cpp:3:" and "x.cpp:12:5:   required from here" lead from a header's
// error back to the source.
void note_origin(std::string_view line, const std::string& source, Diagnostic& origin) {
  const std::size_t at = line.find(source + ':');
  if (at == std::string_view::npos) return;
  Place place;
  if (!parse_place(line.substr(at), place)) return;
  const bool leads_here = line.find("required from") != line.npos || line.find("from ") < at;
  if (leads_here) {
    origin.line = place.line;
    origin.column = place.column;
  }
}

std::string expand_tab(std::string_view line) {
  std::string out;
  for (const char c : line) out += c == '\t' ? ' ' : c;
  return out;
}

// `room` columns of a line from byte `skipped` on; ellipses stand for what is left out.
std::string part_of(const std::string& line, int skipped, int room) {
  if (skipped == 0 || line.empty()) return shorten(line, static_cast<std::size_t>(room));
  std::size_t begin = std::min(static_cast<std::size_t>(skipped) + 1, line.size());
  while (begin < line.size() && (static_cast<unsigned char>(line[begin]) & 0xC0) == 0x80) ++begin;
  return "…" + shorten(line.substr(begin), static_cast<std::size_t>(room) - 1);
}

}  // namespace

Diagnostic first_error(std::string_view compiler_output, const std::string& source) {
  Diagnostic origin;
  for (const std::string_view line : lines_of(compiler_output)) {
    Place place;
    const bool placed = parse_place(line, place);
    std::string_view rest = placed ? place.rest : line;
    if (!placed || !(take_prefix(rest, "error: ") || take_prefix(rest, "fatal error: "))) {
      note_origin(line, source, origin);
      continue;
    }
    Diagnostic result{place.file, place.line, place.column, std::string(rest), {}, {}};
    if (place.file != source && origin.line > 0) {
      result.file = source;
      result.line = origin.line;
      result.column = origin.column;
    }
    const auto [plain, hint] = translate(rest);
    result.plain = plain;
    result.hint = hint;
    return result;
  }
  Diagnostic unknown;
  unknown.file = source;
  unknown.raw = unknown.plain = "the compiler failed without naming an error";
  if (!compiler_output.empty()) unknown.hint = std::string(lines_of(compiler_output).back());
  return unknown;
}

std::string code_frame(std::string_view text, int line, int column, int width) {
  const auto lines = lines_of(text);
  const int count = static_cast<int>(lines.size());
  if (line < 1 || line > count) return "";
  const auto digits = std::to_string(line).size();
  const int room = std::max(width - static_cast<int>(digits) - 5, 10);
  const int skipped = column > room ? column - room * 2 / 3 : 0;
  std::string frame;
  for (int i = std::max(1, line - 2); i <= line; ++i) {
    const std::string shown =
        part_of(expand_tab(lines[static_cast<std::size_t>(i) - 1]), skipped, room);
    frame += fmt::format("  {:>{}} │ {}\n", i, digits, shown);
  }
  if (column > 0) {
    frame += fmt::format("  {:>{}} │ {}^\n", "", digits,
                         std::string(static_cast<std::size_t>(column - skipped) - 1, ' '));
  }
  return frame;
}

}  // namespace tito
