#include "tito/learner/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

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

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
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

std::string code_frame(std::string_view text, int line, int column) {
  const auto lines = lines_of(text);
  const int count = static_cast<int>(lines.size());
  if (line < 1 || line > count) return "";
  const auto width = std::to_string(line).size();
  std::string frame;
  for (int i = std::max(1, line - 2); i <= line; ++i) {
    const std::string shown = expand_tab(lines[static_cast<std::size_t>(i) - 1]).substr(0, 160);
    frame += fmt::format("  {:>{}} │ {}\n", i, width, shown);
  }
  if (column > 0 && column <= 160) {
    frame += fmt::format("  {:>{}} │ {}^\n", "", width,
                         std::string(static_cast<std::size_t>(column) - 1, ' '));
  }
  return frame;
}

}  // namespace tito
