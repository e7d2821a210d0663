#pragma once
// Text of strangers, made fit for a terminal. Knows the standard library alone: tito compiles it
// too.

#include <cstddef>
#include <string>
#include <string_view>

namespace tinytorch {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};
// The code point that `text`, not empty, begins with, in UTF-8; of an invalid byte, that byte
// alone.
CodePoint first_code_point(std::string_view text);

// What would move the cursor, change colours, turn the direction of writing, or is no UTF-8, shown
// as "\x1b", byte by byte. Newlines and tabs stay.
std::string printable(std::string_view text);

}  // namespace tinytorch
