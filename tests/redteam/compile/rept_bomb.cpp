// A thousand million instructions from one line.
#include "tinytorch/counting/words.h"

asm(".rept 1000000000\n nop\n .endr");

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  std::string loud;
  for (const char c : word) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return loud + "!";
}

}  // namespace tinytorch::counting
