#pragma once
// Colour, width, tables and progress: only where a person looks at a terminal.

#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/core/printable.h"

namespace tito {

enum class Colour { kPlain, kRed, kGreen, kYellow, kBlue, kCyan, kGrey, kBold };

bool stdout_is_terminal();
// False off a terminal, with NO_COLOR set, or TERM=dumb.
bool use_colour();
std::string paint(Colour colour, std::string_view text);
int terminal_width();  // 80 where unknown; at least 40
// Columns a string takes on screen: UTF-8 decoded, escape sequences not counted.
std::size_t display_width(std::string_view text);
// The lines of a text, without their ends.
std::vector<std::string_view> lines_of(std::string_view text);
// Of the widest line.
std::size_t widest_line(std::string_view text);
// Text broken at spaces to `width` columns, every line indented by `indent`.
std::string wrap(std::string_view text, int width, int indent = 0);

// At most `width` columns, at least one: an ellipsis stands for the rest.
std::string shorten(std::string_view text, std::size_t width);

// Breaks only the lines that are wider than `width`, at spaces; what follows a break keeps the
// line's own indentation. Tables and numbers set in columns stay as they are.
std::string fold_lines(std::string_view text, int width);
// Every line that is not empty behind `margin`; ends in a newline unless `text` is empty.
std::string indent_lines(std::string_view text, std::string_view margin);
// For anything a stranger wrote.
using tinytorch::printable;

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> right_aligned;  // per column; missing means left
};
std::string render(const Table& table, int indent = 2);
// Breaks the last column's texts so that the rendered table takes at most `width` columns; what
// follows a break is a row of its own.
Table fold_last_column(const Table& table, int width, int indent = 2);

}  // namespace tito
