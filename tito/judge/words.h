#pragma once
// A stranger's text in our reports: one line, bounded, never cut inside a character.

#include <cstddef>
#include <string>
#include <string_view>

namespace tito {

// printable(), and what ends a line, jumps in it or turns its direction is escaped as well: a name
// can forge no row of a table and no line of a file.
std::string one_line(std::string_view text);
// The first `bytes` of a text, or a little less: a character is taken whole or not at all.
std::string clip(std::string_view text, std::size_t bytes);

}  // namespace tito
