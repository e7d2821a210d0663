// Part 2: raising the voice.
#include "tinytorch/counting/words.h"

#include "tinytorch/core/error.h"

namespace tinytorch::counting {

// BEGIN SOLUTION 01.3 helper
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

}  // namespace
// END SOLUTION 01.3

// TASK 01.3
std::string shout(const std::string& word) {
  // Every letter in upper case, then one "!".
  // BEGIN SOLUTION 01.3
  std::string loud;
  for (const char c : word) loud += upper(c);
  return loud + "!";
  // END SOLUTION 01.3
}

}  // namespace tinytorch::counting
